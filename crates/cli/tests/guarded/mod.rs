//! A live guardian for tests: the real binary on a folder of its own.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses its own part of this, so no lint is always expected"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Nothing a test waits for takes this long on a machine that works. A burst of changes
/// may last for fifty times its debounce time, and is looked at twice.
pub(crate) const PATIENCE: Duration = Duration::from_secs(150);

/// A running guardian. Dropping it kills it and fails nothing.
pub(crate) struct Guarded {
    pub(crate) folder: TempDir,
    process: Child,
    /// How many events earlier waits have consumed.
    seen: usize,
    /// What was read of the journal, and how many bytes that was.
    events: Vec<Value>,
    read: usize,
}

/// The command under test.
pub(crate) fn outlast() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outlast"));
    command.env_remove("OUTLAST_STATE_DIR").stdin(Stdio::null());
    // Whoever runs the tests may be a service itself.
    command.env_remove("NOTIFY_SOCKET");
    command
}

impl Guarded {
    /// Writes `config` to a folder and runs a guardian on it.
    pub(crate) fn run(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("outlast.toml"), config)
            .expect("the file can be written");
        Self::run_in(folder)
    }

    /// Runs a guardian on the `outlast.toml` in `folder`.
    pub(crate) fn run_in(folder: TempDir) -> Self {
        Self::run_as(folder, |_| ())
    }

    /// The same; `prepare` may change how it is started.
    pub(crate) fn run_as(folder: TempDir, prepare: impl FnOnce(&mut Command)) -> Self {
        let errors =
            std::fs::File::create(folder.path().join("stderr")).expect("a file can be made");
        let mut command = outlast();
        command
            .arg("run")
            .arg(folder.path().join("outlast.toml"))
            .arg("--state-dir")
            .arg(folder.path().join("state"))
            .arg("--quiet")
            .env("TEST_FOLDER", folder.path())
            .stdout(Stdio::null())
            .stderr(errors);
        prepare(&mut command);
        let process = command.spawn().expect("the guardian can be started");
        let mut guarded = Self {
            folder,
            process,
            seen: 0,
            events: Vec::new(),
            read: 0,
        };
        guarded.wait_for("guardian-started", None);
        guarded
    }

    pub(crate) fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The guardian's own process number.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Runs `outlast ARGUMENTS` against this guardian.
    pub(crate) fn outlast(&self, arguments: &[&str]) -> Output {
        outlast()
            .args(arguments)
            .arg("--state-dir")
            .arg(self.state_dir())
            .current_dir(self.folder.path())
            .output()
            .expect("the command can be run")
    }

    /// The same, which has to succeed; its standard output.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.outlast(arguments);
        assert!(output.status.success(), "outlast {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).expect("the output is text")
    }

    /// What `outlast status --json` says about `service`.
    pub(crate) fn status(&self, service: &str) -> Value {
        let output = self.outlast(&["status", "--json"]);
        let status: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        let services = status["services"]
            .as_array()
            .expect("a status lists services");
        services
            .iter()
            .find(|candidate| candidate["name"] == service)
            .expect("the service is listed")
            .clone()
    }

    /// The main process of `service`.
    pub(crate) fn service_pid(&self, service: &str) -> u32 {
        let status = self.status(service);
        let pid = status["pid"]
            .as_u64()
            .unwrap_or_else(|| panic!("{service} does not run: {status}"));
        u32::try_from(pid).expect("process numbers have 32 bits")
    }

    /// Every event so far.
    pub(crate) fn events(&mut self) -> Vec<Value> {
        self.read_events();
        self.events.clone()
    }

    /// Reads what has come since the last time.
    fn read_events(&mut self) {
        let folder = self.state_dir().join("events");
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .map(|entries| {
                entries
                    .filter_map(|entry| Some(entry.ok()?.path()))
                    .collect()
            })
            .unwrap_or_default();
        files.sort();
        let texts = files.iter().filter_map(|file| std::fs::read(file).ok());
        let text: Vec<u8> = texts.flatten().skip(self.read).collect();
        let whole = text
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        self.read += whole;
        let lines = text[..whole].split(|&byte| byte == b'\n');
        self.events
            .extend(lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok()));
    }

    /// Waits for the next event of this kind (about `service`), after those that
    /// earlier waits have seen.
    pub(crate) fn wait_for(&mut self, event: &str, service: Option<&str>) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.read_events();
            let events = &self.events;
            let wanted = |candidate: &&Value| {
                candidate["event"] == event
                    && service.is_none_or(|service| candidate["service"] == service)
            };
            if let Some((index, found)) = events
                .iter()
                .enumerate()
                .skip(self.seen)
                .find(|(_, event)| wanted(event))
            {
                self.seen = index + 1;
                return found.clone();
            }
            assert!(
                Instant::now() < deadline,
                "no {event} of {service:?} after event {}: {events:#?}\n{}",
                self.seen,
                self.stderr()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What the guardian has complained about.
    pub(crate) fn stderr(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }

    /// Ends the guardian in order and waits for its end.
    pub(crate) fn shut_down(mut self) -> Vec<Value> {
        self.end();
        self.events()
    }

    /// The same, for who wants to see what is left.
    pub(crate) fn end(&mut self) {
        let output = outlast()
            .arg("stop")
            .arg("--state-dir")
            .arg(self.state_dir())
            .output();
        assert!(
            output.as_ref().is_ok_and(|output| output.status.success()),
            "{output:?}\n{}",
            self.stderr()
        );
        let status = self.process.wait().expect("the guardian can be waited for");
        assert!(status.success(), "{status}\n{}", self.stderr());
    }

    /// Kills the guardian as a crash would.
    pub(crate) fn kill(mut self) -> TempDir {
        self.process.kill().expect("the guardian can be killed");
        self.process.wait().expect("the guardian can be waited for");
        std::mem::replace(
            &mut self.folder,
            tempfile::tempdir().expect("a temporary folder can be made"),
        )
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            // In order first, so that no service outlives a failed test. One that the
            // test has frozen would be waited for for ever.
            #[cfg(unix)]
            let _ = Command::new("kill")
                .args(["-CONT", &self.pid().to_string()])
                .status();
            let _ = outlast()
                .arg("stop")
                .arg("--state-dir")
                .arg(self.state_dir())
                .output();
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// Waits until `condition` holds.
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "{what} never came true");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until `guarded` has rested for three seconds, with all of its threads.
/// Not a measure of time: however long it takes, there is nothing to do.
#[track_caller]
pub(crate) fn rests(guarded: &Guarded) {
    eventually("three seconds without a wake-up", || {
        let before = context_switches(guarded.pid());
        std::thread::sleep(Duration::from_secs(3));
        context_switches(guarded.pid()) == before
    });
}

/// How often the threads of `pid` have gone to sleep or were interrupted.
fn context_switches(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
    let statuses = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok());
    statuses
        .flat_map(|status| status.lines().filter_map(switches).collect::<Vec<_>>())
        .sum()
}

fn switches(line: &str) -> Option<u64> {
    line.split_once("ctxt_switches:")?.1.trim().parse().ok()
}

/// `path` as a TOML string.
pub(crate) fn toml(path: &Path) -> String {
    format!("{:?}", path.to_str().expect("test paths are Unicode"))
}
