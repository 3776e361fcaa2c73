//! A machine of its own with systemd as its PID 1: a container that a test boots,
//! restarts, cuts off and throws away.
//!
//! `cargo xtask test --only systemd-base,release,systemd-tests` prepares what it
//! needs and tells where that is by `OUTLAST_TEST_CONTAINER` (the file system
//! that is copied for each machine) and `OUTLAST_TEST_BINARY` (the binary under
//! test). It shares the network of this machine, so a program in it that listens
//! on 127.0.0.1 answers the test.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses its own part of this, so no lint is always expected"
)]

mod init;
pub(crate) mod shop;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use init::Init;

/// Nothing a test waits for takes this long on a machine that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running machine. Dropping it kills it and removes its file system.
pub(crate) struct Machine {
    init: Option<Init>,
    root: PathBuf,
    /// Removes `root` when it is dropped.
    _folder: TempDir,
}

impl Machine {
    /// Copies the base, puts the binary under test into it as
    /// `/usr/local/bin/outlast`, and boots.
    pub(crate) fn boot() -> Self {
        let machine = Self::off();
        Self {
            init: Some(Init::start(&machine.root)),
            ..machine
        }
    }

    /// The same, without booting: nothing runs in it.
    pub(crate) fn off() -> Self {
        // Not /tmp, which may be a small file system in memory.
        let folder = tempfile::tempdir_in("/var/tmp").expect("a temporary folder can be made");
        let root = folder.path().join("root");
        let copied = Command::new("cp")
            .args(["--archive", "--reflink=auto"])
            .args([&told("OUTLAST_TEST_CONTAINER"), &root])
            .status();
        assert!(copied.is_ok_and(|status| status.success()), "{root:?}");
        let machine = Self {
            init: None,
            root,
            _folder: folder,
        };
        machine.put(&told("OUTLAST_TEST_BINARY"), "/usr/local/bin/outlast");
        machine
    }

    /// Where a `path` of the machine is on this one.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Copies a file of this machine to `path`.
    pub(crate) fn put(&self, file: &Path, path: &str) {
        let to = self.at(path);
        fs::create_dir_all(to.parent().expect("it is below the root")).expect("a folder");
        fs::copy(file, &to).unwrap_or_else(|error| panic!("{file:?} to {to:?}: {error}"));
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let to = self.at(path);
        fs::create_dir_all(to.parent().expect("it is below the root")).expect("a folder");
        fs::write(to, text).expect("a file");
    }

    /// Runs a command line of the machine, as root.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        let leader = self.init.as_ref().expect("the machine runs").leader();
        let mut command = Command::new("nsenter");
        command
            .args(["--all", "--target", &leader.to_string()])
            .args(["--", "/usr/bin/env", "--ignore-environment", "--chdir=/"])
            .args([PATH, "HOME=/root", "LANG=C.UTF-8"])
            .args(words);
        output(&mut command)
    }

    /// The same, which has to succeed; its standard output without the last end
    /// of line.
    #[track_caller]
    pub(crate) fn succeed(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(
            output.status.success(),
            "{words:?}: {output:?}\n{}",
            self.told()
        );
        let text = String::from_utf8(output.stdout).expect("the output is text");
        text.trim_end().to_owned()
    }

    /// A property of a unit, as systemd tells it.
    pub(crate) fn unit(&self, unit: &str, property: &str) -> String {
        let output = self.run(&["systemctl", "show", "--value", "-p", property, unit]);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Waits until `condition` holds.
    #[track_caller]
    pub(crate) fn eventually(&self, what: &str, condition: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            assert!(
                Instant::now() < deadline,
                "{what} never came true\n{}",
                self.told()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Shuts down in good order and boots again.
    pub(crate) fn reboot(&mut self) {
        self.run(&["systemctl", "poweroff"]);
        let init = self.init.take().expect("the machine runs");
        init.wait();
        self.init = Some(Init::start(&self.root));
    }

    /// Kills every process at once, as a power cut does, and boots again.
    pub(crate) fn cut_power(&mut self) {
        self.init = None;
        self.init = Some(Init::start(&self.root));
    }

    /// Has the machine's PID 1 stand still, and nothing else.
    pub(crate) fn halt(&self) {
        self.signal("-STOP");
    }

    /// Has it go on.
    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let leader = self.init.as_ref().expect("the machine runs").leader();
        let sent = Command::new("kill")
            .args([signal, &leader.to_string()])
            .status();
        assert!(sent.is_ok_and(|status| status.success()), "{signal}");
    }

    /// The same as [`run`](Self::run) without a PID 1, in a machine that is off.
    pub(crate) fn run_without_init(&self, words: &[&str]) -> Output {
        output(Command::new("chroot").arg(&self.root).args(words))
    }

    /// Every file, folder and link on the disk with its kind, mode, owner, size
    /// and target; without those that belong to the machine's own running:
    /// its log, its caches, who was logged in.
    pub(crate) fn files(&self) -> BTreeSet<String> {
        let print = ["-printf", "/%P %y %m %u:%g %s %l\n"];
        let found = output(Command::new("find").arg(&self.root).args(print));
        let text = String::from_utf8_lossy(&found.stdout);
        let is_its_own = |line: &&str| !OWN_RUNNING.iter().any(|path| line.starts_with(path));
        // A folder's size says nothing about what is in it.
        let line = |line: &str| line.replace(" 4096 ", " - ");
        text.lines().filter(is_its_own).map(line).collect()
    }

    /// What the machine's log says, for a test that has failed.
    pub(crate) fn told(&self) -> String {
        let log = self.run(&["journalctl", "--no-pager", "--lines=80", "--output=short"]);
        String::from_utf8_lossy(&log.stdout).into_owned()
    }
}

/// Fails with what one of two disks has and the other has not.
#[track_caller]
pub(crate) fn assert_same(before: &BTreeSet<String>, after: &BTreeSet<String>) {
    let lost: Vec<_> = before.difference(after).collect();
    let new: Vec<_> = after.difference(before).collect();
    assert!(
        lost.is_empty() && new.is_empty(),
        "lost: {lost:#?}\nnew: {new:#?}"
    );
}

/// Where a machine writes whatever it does.
const OWN_RUNNING: [&str; 7] = [
    "/run/",
    "/tmp/",
    "/var/tmp/",
    "/var/log/",
    "/var/cache/",
    "/var/lib/systemd/",
    "/root/",
];

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Runs `command` with an empty input.
fn output(command: &mut Command) -> Output {
    command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// The path in the variable `name`, which xtask sets.
pub(crate) fn told(name: &str) -> PathBuf {
    std::env::var_os(name)
        .unwrap_or_else(|| panic!("{name} is not set; run `cargo xtask test --only systemd-tests`"))
        .into()
}
