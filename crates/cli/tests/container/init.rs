//! One run of a machine, from boot to the end of its PID 1.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::{PATIENCE, output};

/// A booted container. Dropping it kills every process in it.
pub(crate) struct Init {
    container: Child,
    leader: u32,
    groups: Groups,
}

impl Init {
    /// Boots what is in `root` and returns when systemd has nothing left to
    /// start.
    pub(crate) fn start(root: &Path) -> Self {
        let groups = Groups::make();
        let console = fs::File::create(root.with_extension("console")).expect("a file");
        let container = Command::new("sh")
            .args(["-c", &groups.script(), "sh"])
            .args(["systemd-nspawn", "--quiet", "--register=no", "--keep-unit"])
            .args(["--boot", "--directory"])
            .arg(root)
            .env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1")
            .stdin(Stdio::null())
            .stdout(console.try_clone().expect("a second descriptor"))
            .stderr(console)
            .spawn()
            .expect("systemd-nspawn is installed");
        let mut init = Self {
            container,
            leader: 0,
            groups,
        };
        init.wait_until_up(root);
        init
    }

    /// The machine's PID 1, as this machine numbers it.
    pub(crate) fn leader(&self) -> u32 {
        self.leader
    }

    /// Returns when every process of the machine has ended.
    pub(crate) fn wait(mut self) {
        self.container.wait().expect("it can be waited for");
    }

    fn wait_until_up(&mut self, root: &Path) {
        let deadline = Instant::now() + PATIENCE;
        while !self.is_up() {
            let ended = self.container.try_wait().expect("it can be waited for");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "the container does not boot ({ended:?}): {}",
                fs::read_to_string(root.with_extension("console")).unwrap_or_default()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn is_up(&mut self) -> bool {
        let pid = self.container.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let Some(leader) = children.ok().and_then(|text| text.trim().parse().ok()) else {
            return false;
        };
        self.leader = leader;
        let state = output(
            Command::new("nsenter")
                .args(["--all", "--target", &leader.to_string()])
                .args(["systemctl", "is-system-running"]),
        );
        // A container lacks hardware that some unit wants: that is "degraded".
        matches!(state.stdout.trim_ascii(), b"running" | b"degraded")
    }
}

impl Drop for Init {
    fn drop(&mut self) {
        if self.container.try_wait().is_ok_and(|ended| ended.is_none()) {
            if self.leader != 0 {
                // With the PID 1 of a namespace the kernel kills all of it.
                let kill = format!("kill -KILL {}", self.leader);
                let _ = Command::new("sh").args(["-c", &kill]).status();
            } else {
                let _ = self.container.kill();
            }
            let _ = self.container.wait();
        }
        self.groups.remove();
    }
}

/// Control groups for one container: without them, two that run at the same time
/// would both take the group `payload`.
struct Groups(Vec<PathBuf>);

impl Groups {
    fn make() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("outlast-test-{}-{count}", std::process::id());
        let hierarchies = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"];
        let hierarchies = if Path::new("/sys/fs/cgroup/cgroup.procs").exists() {
            &["/sys/fs/cgroup"][..]
        } else {
            &hierarchies
        };
        let made = hierarchies
            .iter()
            .map(|hierarchy| Path::new(hierarchy).join(&name))
            .filter(|group| fs::create_dir(group).is_ok());
        Self(made.collect())
    }

    /// A shell's words that move itself into the groups and become `"$@"`.
    fn script(&self) -> String {
        let moves = self
            .0
            .iter()
            .map(|group| format!("echo $$ > {}/cgroup.procs; ", group.display()));
        format!("{}exec \"$@\"", moves.collect::<String>())
    }

    fn remove(&self) {
        for group in &self.0 {
            // Groups of processes that have ended a moment ago may still be busy;
            // what is left over is empty and costs nothing.
            let _ = Command::new("find")
                .arg(group)
                .args(["-depth", "-type", "d", "-exec", "rmdir", "{}", "+"])
                .stderr(Stdio::null())
                .status();
        }
    }
}
