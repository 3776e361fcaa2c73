//! A guardian as a service of Windows' service control manager.
#![cfg(windows)]

mod guarded;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use guarded::{PATIENCE, eventually, outlast, toml};
use outlast_os::scm::{self, End, Settings, Start, State, Status};
use outlast_testkit::victim_path;
use serde_json::Value;
use tempfile::TempDir;

/// Wine 8's manager answers calls that come at once from one process with
/// "invalid handle" now and then.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn one_at_a_time() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A registered guardian; it is stopped and goes when this does.
struct Registered {
    name: String,
    folder: TempDir,
}

impl Registered {
    fn new(of: &str, config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("outlast.toml"), config)
            .expect("the file can be written");
        let name = format!("outlast-test-{}-{of}", std::process::id());
        let registered = Self { name, folder };
        let settings = registered.settings();
        // Left behind by a run that was killed; Wine gives the same numbers to
        // processes after every start.
        let _ = scm::delete(&registered.name);
        scm::create(&registered.name, &settings, None, "a test").expect("registered");
        registered
    }

    fn settings(&self) -> Settings {
        let program = std::path::absolute(env!("CARGO_BIN_EXE_outlast")).expect("a path");
        Settings {
            display_name: self.name.clone(),
            description: None,
            command_line: format!(
                "\"{}\" run \"{}\" --state-dir \"{}\" --native windows",
                program.display(),
                self.folder.path().join("outlast.toml").display(),
                self.state_dir().display()
            ),
            start: Start::Manual,
            depends_on: Vec::new(),
            account: "LocalSystem".to_owned(),
            environment: Vec::new(),
            failure_actions: None,
            preshutdown: None,
            sid: None,
        }
    }

    fn state_dir(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn status(&self) -> Status {
        scm::status(&self.name)
            .expect("the manager answers")
            .expect("the service is there")
    }

    /// Starts it and waits until it is ready.
    fn start(&self) {
        scm::start(&self.name).expect("started");
        let status =
            scm::wait_for(&self.name, &[State::Running, State::Stopped], PATIENCE).expect("ready");
        assert_eq!(status.state, State::Running, "{status:?}");
    }

    /// Every status that differs from the one before, until it is `last`.
    fn statuses_until(&self, last: State) -> Vec<Status> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = vec![self.status()];
        while seen.last().is_some_and(|status| status.state != last) {
            assert!(Instant::now() < deadline, "{seen:?}");
            std::thread::sleep(Duration::from_millis(10));
            let status = self.status();
            if seen.last() != Some(&status) {
                seen.push(status);
            }
        }
        seen
    }

    /// What the guardian says of its service `name`.
    fn service(&self, name: &str) -> Value {
        let output = outlast()
            .args(["status", "--json", "--state-dir"])
            .arg(self.state_dir())
            .output()
            .expect("the command can be run");
        let status: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {output:?}"));
        let services = status["services"].as_array().expect("a list").iter();
        services
            .clone()
            .find(|service| service["name"] == name)
            .expect("the service is listed")
            .clone()
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let _ = scm::stop(&self.name);
        let _ = scm::wait_for(&self.name, &[State::Stopped], PATIENCE);
        let _ = scm::delete(&self.name);
    }
}

fn service(name: &str, behaviour: &str, keys: &str) -> String {
    format!(
        "[services.{name}]\ncommand = [{}, {behaviour}]\n{keys}\n",
        toml(victim_path())
    )
}

/// A service that holds a lock on a file in `folder` for as long as it lives.
fn alone(folder: &Path, keys: &str) -> String {
    service(
        "it",
        &format!("\"alone\", {}", toml(&folder.join("lock"))),
        keys,
    )
}

fn is_locked(folder: &Path) -> bool {
    std::fs::File::open(folder.join("lock")).is_ok_and(|file| file.try_lock_shared().is_err())
}

#[test]
fn it_counts_as_running_when_its_services_do() {
    let _alone = one_at_a_time();
    let registered = Registered::new(
        "ready",
        &[
            service(
                "migrate",
                "\"exit\", \"0\", \"1500\"",
                "restart = \"never\"",
            ),
            service(
                "api",
                "\"hang\"",
                "depends_on = [{ service = \"migrate\", until = \"exited-ok\" }]",
            ),
        ]
        .concat(),
    );
    scm::start(&registered.name).expect("started");
    let seen = registered.statuses_until(State::Running);
    assert_eq!(registered.service("migrate")["state"], "stopped");
    assert_eq!(registered.service("api")["state"], "running");
    let first = seen.first().expect("one at least");
    assert_eq!(first.state, State::Starting, "{seen:?}");
    assert!(
        first.checkpoint > 0 && first.wait_hint > Duration::ZERO,
        "{seen:?}"
    );
}

#[test]
fn a_stop_goes_by_checkpoints_and_ends_when_all_is_gone() {
    let _alone = one_at_a_time();
    let files = tempfile::tempdir().expect("a folder");
    let stop = "stop = [{ console = \"ctrl-c\", wait = \"7s\" }, \"kill\"]";
    let registered = Registered::new(
        "stop",
        &[
            alone(files.path(), ""),
            service("stubborn", "\"ignore-term\"", stop),
        ]
        .concat(),
    );
    registered.start();
    eventually("the lock is taken", || is_locked(files.path()));
    scm::stop(&registered.name).expect("asked");
    let seen = registered.statuses_until(State::Stopped);
    let mut checkpoints: Vec<u32> = seen
        .iter()
        .filter(|status| status.state == State::Stopping)
        .map(|status| status.checkpoint)
        .collect();
    checkpoints.dedup();
    assert!(checkpoints.len() > 1 && checkpoints.is_sorted(), "{seen:?}");
    assert_eq!(registered.status().end, End::Well);
    assert!(!is_locked(files.path()), "nothing of it is left");
}

#[test]
fn two_guardians_run_at_once_and_stop_apart() {
    let _alone = one_at_a_time();
    let one = Registered::new("one", &service("it", "\"hang\"", ""));
    let two = Registered::new("two", &service("it", "\"hang\"", ""));
    one.start();
    two.start();
    assert_ne!(one.status().pid, two.status().pid);
    scm::stop(&one.name).expect("asked");
    one.statuses_until(State::Stopped);
    assert_eq!(two.status().state, State::Running);
    assert_eq!(two.service("it")["state"], "running");
}

#[test]
fn the_log_off_of_a_user_does_not_concern_it() {
    let _alone = one_at_a_time();
    let registered = Registered::new("log-off", &service("it", "\"hang\"", ""));
    registered.start();
    let pid = registered.status().pid.expect("it runs");
    let told = Command::new(victim_path())
        .args(["log-off", &pid.to_string()])
        .status()
        .expect("the victim can be started");
    assert!(told.success(), "{told}");
    assert_eq!(registered.service("it")["state"], "running");
    assert_eq!(registered.status().state, State::Running);
}

#[test]
fn a_file_with_errors_ends_it_with_the_code_that_says_so() {
    let _alone = one_at_a_time();
    let registered = Registered::new("bad-file", "no");
    scm::start(&registered.name).expect("started");
    registered.statuses_until(State::Stopped);
    assert_eq!(registered.status().end, End::Own(6));
}
