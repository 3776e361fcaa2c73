//! The library's example under systemd: a program that installs itself.

mod container;
mod web;

use container::{Machine, told};
use web::{free_port, greeting};

const PROGRAM: &str = "/opt/hello/hello service";

/// A machine with the example, and the port that it is to greet on.
fn machine() -> (Machine, String) {
    let machine = Machine::boot();
    let built = told("OUTLAST_TEST_BINARY").with_file_name("examples");
    machine.put(&built.join("hello_service"), PROGRAM);
    (machine, free_port().to_string())
}

fn greets(port: &str) -> bool {
    greeting(port.parse().expect("a port")).is_some_and(|text| text == "hello\n")
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn it_is_there_after_a_reboot_and_after_it_was_killed() {
    let (mut machine, port) = machine();
    machine.succeed(&[PROGRAM, "install", &port]);
    assert!(!greets(&port), "installing starts nothing");
    machine.reboot();
    machine.eventually("it greets", || greets(&port));
    let pid = machine.unit("hello", "MainPID");
    machine.succeed(&["kill", "-KILL", &pid]);
    machine.eventually("another one runs", || {
        ![pid.as_str(), "0"].contains(&machine.unit("hello", "MainPID").as_str())
    });
    machine.eventually("it greets again", || greets(&port));
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_start_takes_until_it_is_ready_and_a_stop_until_it_has_ended() {
    let (machine, port) = machine();
    machine.succeed(&[PROGRAM, "install", &port]);
    machine.succeed(&["systemctl", "start", "hello"]);
    assert!(greets(&port), "it was ready");
    assert!(machine.unit("hello", "StatusText").contains(&port));
    let status = machine.succeed(&[PROGRAM, "status", &port]);
    assert!(status.to_lowercase().contains("running"), "{status}");
    machine.succeed(&[PROGRAM, "stop", &port]);
    assert_eq!(machine.unit("hello", "Result"), "success");
    assert!(!greets(&port));
    assert!(machine.told().contains("good-bye"), "{}", machine.told());
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn one_that_hangs_is_started_anew_by_the_watchdog() {
    let (machine, port) = machine();
    machine.succeed(&[PROGRAM, "install", &port]);
    machine.write(
        "/etc/systemd/system/hello.service.d/short.conf",
        "[Service]\nWatchdogSec=2s\n",
    );
    machine.succeed(&["systemctl", "daemon-reload"]);
    machine.succeed(&[PROGRAM, "start", &port]);
    let pid = machine.unit("hello", "MainPID");
    machine.succeed(&["kill", "-STOP", &pid]);
    machine.eventually("another one runs", || {
        ![pid.as_str(), "0"].contains(&machine.unit("hello", "MainPID").as_str())
    });
    machine.eventually("it greets again", || greets(&port));
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_purge_leaves_nothing() {
    let (machine, port) = machine();
    let before = machine.files();
    machine.succeed(&[PROGRAM, "install", &port]);
    machine.succeed(&[PROGRAM, "start", &port]);
    machine.succeed(&[PROGRAM, "purge", &port]);
    assert!(!greets(&port));
    container::assert_same(&before, &machine.files());
}
