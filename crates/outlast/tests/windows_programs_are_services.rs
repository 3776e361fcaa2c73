//! A program under Windows' service control manager.
#![cfg(windows)]

mod support;

use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use outlast_os::scm::{self, End, Settings, Start, State, Status};
use support::{PATIENCE, example};

/// Wine's manager mixes up the handles of callers that come at once.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A service in a mood; goes when this does.
struct Installed {
    name: String,
    _alone: MutexGuard<'static, ()>,
}

impl Installed {
    fn new(mood: &str) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let name = format!("Outlast moody {} {mood}", process::id());
        let program = example("moody_service");
        let settings = Settings {
            display_name: name.clone(),
            description: None,
            command_line: format!("\"{}\" {mood}", program.display()),
            start: Start::Manual,
            depends_on: Vec::new(),
            account: "LocalSystem".to_owned(),
            environment: Vec::new(),
            failure_actions: None,
            preshutdown: None,
            sid: None,
        };
        // Wine gives the numbers of processes anew, and a test that was killed
        // has left its service.
        drop(scm::delete(&name));
        scm::create(&name, &settings, None, "a test").expect("it is made");
        Self {
            name,
            _alone: alone,
        }
    }

    fn status(&self) -> Status {
        scm::status(&self.name)
            .expect("it answers")
            .expect("it is there")
    }

    /// Waits until it is in one of `states`.
    fn wait_for(&self, states: &[State]) -> Status {
        let begun = Instant::now();
        loop {
            let status = self.status();
            if states.contains(&status.state) {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "{status:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn start(&self) {
        scm::start(&self.name).expect("it starts");
    }

    fn stop(&self) {
        scm::stop(&self.name).expect("it is told");
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        drop(scm::stop(&self.name));
        drop(scm::delete(&self.name));
    }
}

#[test]
fn it_runs_until_it_is_stopped_and_has_then_ended_well() {
    for mood in ["polite", "polite-blocking", "polite-with-tokio"] {
        let service = Installed::new(mood);
        service.start();
        let status = service.wait_for(&[State::Running, State::Stopped]);
        assert_eq!(status.state, State::Running, "{mood}: {status:?}");
        assert!(status.pid.is_some());
        service.stop();
        let status = service.wait_for(&[State::Stopped]);
        assert_eq!(status.end, End::Well, "{mood}");
    }
}

#[test]
fn an_error_a_panic_and_a_start_without_end_are_failures_of_its_own() {
    for mood in ["fails", "panics", "never-ready"] {
        let service = Installed::new(mood);
        service.start();
        let status = service.wait_for(&[State::Stopped]);
        assert_eq!(status.end, End::Own(1), "{mood}");
    }
}

#[test]
fn a_long_stop_is_kept_up_with_checkpoints() {
    let service = Installed::new("long-to-end");
    service.start();
    service.wait_for(&[State::Running]);
    service.stop();
    let begun = Instant::now();
    let mut checkpoints = 0;
    loop {
        let status = service.status();
        if status.state == State::Stopped {
            assert_eq!(status.end, End::Well);
            break;
        }
        assert_eq!(status.state, State::Stopping);
        assert!(!status.wait_hint.is_zero());
        checkpoints = checkpoints.max(status.checkpoint);
        assert!(begun.elapsed() < PATIENCE, "{status:?}");
        thread::sleep(Duration::from_millis(20));
    }
    assert!(checkpoints >= 3, "{checkpoints}");
}

#[test]
fn a_stop_that_does_not_end_is_ended_as_a_failure() {
    let service = Installed::new("never-ends");
    service.start();
    service.wait_for(&[State::Running]);
    service.stop();
    let status = service.wait_for(&[State::Stopped]);
    assert_eq!(status.end, End::Own(1));
}
