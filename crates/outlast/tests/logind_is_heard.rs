//! What logind tells of the machine and of sessions reaches a program.
#![cfg(target_os = "linux")]

mod support;

use outlast_testkit::Logind;
use rustix::process::{Pid, Signal, kill_process};
use support::Moody;

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_program_hears_of_sleep_and_sessions_and_the_machine_waits_for_it() {
    for mood in ["listens", "listens-blocking"] {
        let logind = Logind::start();
        let address = logind.address();
        let mut moody = Moody::start(mood, &[("DBUS_SYSTEM_BUS_ADDRESS", &address)]);
        moody.expect("ready");
        logind.wait_until_inhibited();
        logind.log_on("1", "ann");
        moody.expect("1 of ann logged on");
        logind.session("1", "Lock", &[]);
        moody.expect("1 of ann locked");
        logind.sleep_begins();
        moody.expect("suspending Some(5s)");
        // It has not said yet that the machine may sleep.
        assert!(logind.inhibitors().contains("'outlast'"));
        moody.go_on();
        logind.wait_until_released();
        logind.sleep_is_over();
        moody.expect("resumed");
        logind.wait_until_inhibited();
        let pid = i32::try_from(moody.pid()).expect("a process number");
        kill_process(Pid::from_raw(pid).expect("not zero"), Signal::TERM).expect("it lives");
        let (status, stderr) = moody.end();
        assert!(status.success(), "{mood}: {status}: {stderr}");
    }
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_program_that_does_not_listen_asks_nobody() {
    let logind = Logind::start();
    let address = logind.address();
    let moody = Moody::start("polite", &[("DBUS_SYSTEM_BUS_ADDRESS", &address)]);
    moody.expect("ready");
    assert!(!logind.inhibitors().contains("'outlast'"));
    let threads = std::fs::read_dir(format!("/proc/{}/task", moody.pid())).expect("it lives");
    let names: Vec<String> = (threads.flatten())
        .filter_map(|thread| std::fs::read_to_string(thread.path().join("comm")).ok())
        .collect();
    assert!(!names.contains(&"machine\n".to_owned()), "{names:?}");
}
