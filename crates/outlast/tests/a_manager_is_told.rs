//! A program under a manager that speaks the protocol of sd_notify(3).
#![cfg(unix)]

mod support;

use std::os::unix::net::UnixDatagram;

use rustix::process::{Pid, Signal, kill_process};
use support::{Moody, PATIENCE};
use tempfile::TempDir;

/// A manager that listens, and does nothing by itself.
struct Manager {
    dir: TempDir,
    socket: UnixDatagram,
}

impl Manager {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let socket = UnixDatagram::bind(dir.path().join("notify")).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("it is set");
        Self { dir, socket }
    }

    fn start(&self, mood: &str, watchdog: &str) -> Moody {
        let path = self.dir.path().join("notify");
        let path = path.to_str().expect("text");
        let mut variables = vec![("NOTIFY_SOCKET", path)];
        if !watchdog.is_empty() {
            variables.push(("WATCHDOG_USEC", watchdog));
        }
        Moody::start(mood, &variables)
    }

    /// The next message.
    fn told(&self) -> String {
        let mut message = [0; 4096];
        let length = self
            .socket
            .recv(&mut message)
            .expect("it is told something");
        String::from_utf8_lossy(&message[..length]).into_owned()
    }

    /// Everything that is told up to and with the message that begins so.
    fn told_until(&self, beginning: &str) -> Vec<String> {
        let mut all = Vec::new();
        loop {
            let message = self.told();
            let is_last = message.starts_with(beginning);
            all.push(message);
            if is_last {
                return all;
            }
        }
    }
}

fn send(moody: &Moody, signal: Signal) {
    let pid = i32::try_from(moody.pid()).expect("a process number");
    kill_process(Pid::from_raw(pid).expect("not zero"), signal).expect("it lives");
}

fn is_told(messages: &[String], beginning: &str) -> bool {
    messages
        .iter()
        .any(|message| message.starts_with(beginning))
}

#[test]
fn it_is_ready_when_it_says_so_and_the_wait_is_kept_up() {
    let manager = Manager::new();
    let mut moody = manager.start("slow-to-start", "");
    let mut before = manager.told_until("STATUS=waiting");
    before.extend(manager.told_until("EXTEND_TIMEOUT_USEC="));
    assert!(!is_told(&before, "READY=1"), "{before:?}");
    moody.go_on();
    manager.told_until("READY=1");
    send(&moody, Signal::TERM);
    manager.told_until("STOPPING=1");
    assert!(moody.end().0.success());
}

#[test]
fn one_that_never_gets_ready_has_failed() {
    let manager = Manager::new();
    let mut moody = manager.start("never-ready", "");
    manager.told_until("STATUS=not ready in time");
    assert_eq!(moody.end().0.code(), Some(1));
}

#[test]
fn one_that_is_done_before_it_was_ready_has_not_failed() {
    let manager = Manager::new();
    let mut moody = manager.start("finishes", "");
    let before = manager.told_until("STOPPING=1");
    assert!(is_told(&before, "READY=1"), "{before:?}");
    assert!(moody.end().0.success());
}

#[test]
fn a_failure_is_told_with_its_reason() {
    let manager = Manager::new();
    let mut moody = manager.start("fails", "");
    manager.told_until("STATUS=no stock");
    assert_eq!(moody.end().0.code(), Some(1));
}

#[test]
fn a_long_stop_is_kept_up_and_the_second_signal_changes_nothing() {
    let manager = Manager::new();
    let mut moody = manager.start("slow-to-end", "");
    manager.told_until("READY=1");
    send(&moody, Signal::TERM);
    manager.told_until("STOPPING=1");
    send(&moody, Signal::TERM);
    for _ in 0..2 {
        manager.told_until("EXTEND_TIMEOUT_USEC=");
    }
    moody.go_on();
    let (status, stderr) = moody.end();
    assert!(status.success(), "{stderr}");
}

#[test]
fn a_reload_lasts_until_the_program_is_done_with_it() {
    let manager = Manager::new();
    let mut moody = manager.start("reloads", "");
    manager.told_until("READY=1");
    send(&moody, Signal::HUP);
    let told = manager.told_until("RELOADING=1");
    assert!(told.concat().contains("MONOTONIC_USEC="));
    moody.expect("reload");
    moody.go_on();
    manager.told_until("READY=1");
}

#[test]
fn the_watchdog_is_fed_as_long_as_the_program_does_not_hang() {
    let manager = Manager::new();
    let mut moody = manager.start("slow-to-start", "100000");
    // Fed by the future, which is polled once and then hangs in a read.
    manager.told_until("STATUS=waiting");
    moody.go_on();
    manager.told_until("READY=1");
    for _ in 0..5 {
        manager.told_until("WATCHDOG=1");
    }

    let manager = Manager::new();
    let moody = manager.start("hangs", "100000");
    moody.expect("ready");
    manager.told_until("READY=1");
    let quiet = std::time::Duration::from_secs(1);
    manager
        .socket
        .set_read_timeout(Some(quiet))
        .expect("it is set");
    let mut message = [0; 4096];
    while let Ok(length) = manager.socket.recv(&mut message) {
        let message = String::from_utf8_lossy(&message[..length]);
        assert!(!message.starts_with("WATCHDOG=1"), "it hangs");
    }
}

#[test]
fn a_program_may_feed_the_watchdog_itself() {
    let manager = Manager::new();
    let mut moody = manager.start("feeds-itself", "100000");
    let before = manager.told_until("READY=1");
    assert!(!is_told(&before, "WATCHDOG=1"), "{before:?}");
    moody.go_on();
    manager.told_until("WATCHDOG=1");
}
