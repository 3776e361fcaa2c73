//! What a guardian tells the native manager that has started it, by the
//! protocol of sd_notify(3).
#![cfg(target_os = "linux")]

mod guarded;
mod notified;

use std::time::Duration;

use guarded::{eventually, toml};
use notified::Notified;
use outlast_testkit::victim_path;
use rustix::process::{Pid, Signal, kill_process};

fn service(name: &str, behaviour: &str, keys: &str) -> String {
    format!(
        "[services.{name}]\ncommand = [{}, {behaviour}]\n{keys}\n",
        toml(victim_path())
    )
}

fn signal(notified: &Notified, signal: Signal) {
    let pid = i32::try_from(notified.guarded.pid()).expect("process numbers are positive");
    let pid = Pid::from_raw(pid).expect("no process has the number 0");
    kill_process(pid, signal).expect("the guardian can be signalled");
}

fn has(told: &[String], wanted: &str) -> bool {
    told.iter().any(|message| message.starts_with(wanted))
}

#[test]
fn ready_is_told_only_when_a_slow_dependency_is_done() {
    let notified = Notified::run(
        &[
            service("migrate", "\"exit\", \"0\", \"700\"", "restart = \"never\""),
            service(
                "api",
                "\"hang\"",
                "depends_on = [{ service = \"migrate\", until = \"exited-ok\" }]",
            ),
        ]
        .concat(),
        |_| (),
    );
    let told = notified.until("READY=1");
    assert_eq!(notified.guarded.status("migrate")["state"], "stopped");
    assert_eq!(notified.guarded.status("api")["state"], "running");
    assert!(
        has(&told, "STATUS=1 of 2 services run; waiting: api"),
        "{told:?}"
    );
    let last = told.iter().rfind(|message| message.starts_with("STATUS="));
    assert_eq!(
        last.map(String::as_str),
        Some("STATUS=1 of 2 services run; done: migrate")
    );
}

#[test]
fn the_status_names_what_does_not_run_and_is_told_once() {
    let notified = Notified::run(
        &[
            service(
                "api",
                "\"hang\"",
                "restart = { delay = \"1h\", max_delay = \"1h\" }",
            ),
            service("web", "\"hang\"", ""),
        ]
        .concat(),
        |_| (),
    );
    notified.until("READY=1");
    let pid = i32::try_from(notified.guarded.service_pid("api")).expect("a process number");
    kill_process(Pid::from_raw(pid).expect("not 0"), Signal::KILL).expect("it can be killed");
    let told = notified.until("STATUS=1 of 2 services run; backing off: api");
    assert_eq!(told.len(), 1, "{told:?}");
    // Another round of the loop, which has nothing new to tell.
    notified.guarded.outlast(&["status"]);
    assert_eq!(notified.drain(), Vec::<String>::new());
}

#[test]
fn a_frozen_guardian_feeds_no_watchdog() {
    let notified = Notified::run(&service("it", "\"hang\"", ""), |command| {
        command.env("WATCHDOG_USEC", "100000");
    });
    notified.until("READY=1");
    notified.until("WATCHDOG=1");
    notified.until("WATCHDOG=1");
    signal(&notified, Signal::STOP);
    let stat = format!("/proc/{}/stat", notified.guarded.pid());
    eventually("the guardian stands still", || {
        std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T "))
    });
    notified.drain();
    // Nothing can come from a process that does not run; the wait only shows it.
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(notified.drain(), Vec::<String>::new());
    signal(&notified, Signal::CONT);
    notified.until("WATCHDOG=1");
    notified.guarded.shut_down();
}

#[test]
fn a_watchdog_that_is_meant_for_another_process_is_not_fed() {
    let notified = Notified::run(&service("it", "\"hang\"", ""), |command| {
        command
            .env("WATCHDOG_USEC", "1000")
            .env("WATCHDOG_PID", "1");
    });
    let mut told = notified.until("READY=1");
    notified.guarded.succeed(&["status"]);
    told.extend(notified.drain());
    assert!(!has(&told, "WATCHDOG=1"), "{told:?}");
}

#[test]
fn a_reload_begins_and_ends() {
    let notified = Notified::run(&service("it", "\"hang\"", ""), |_| ());
    notified.until("READY=1");
    signal(&notified, Signal::HUP);
    let told = notified.until("READY=1");
    let begun = told.first().expect("something was told");
    let moment = begun.strip_prefix("RELOADING=1\nMONOTONIC_USEC=");
    assert!(
        moment.is_some_and(|moment| moment.parse::<u64>().is_ok()),
        "{told:?}"
    );
}

#[test]
fn a_refused_reload_ends_too() {
    let notified = Notified::run(&service("it", "\"hang\"", ""), |_| ());
    notified.until("READY=1");
    std::fs::write(notified.guarded.folder.path().join("outlast.toml"), "no")
        .expect("the file can be written");
    signal(&notified, Signal::HUP);
    notified.until("RELOADING=1");
    notified.until("READY=1");
}

#[test]
fn a_long_stop_asks_for_more_time_until_it_is_over() {
    let notified = Notified::run(
        &service(
            "it",
            "\"ignore-term\"",
            "stop = { signal = \"TERM\", timeout = \"1h\" }",
        ),
        |_| (),
    );
    notified.until("READY=1");
    eventually("the victim ignores signals", || {
        let output = notified.guarded.outlast(&["logs", "it"]);
        String::from_utf8_lossy(&output.stdout).contains("ready")
    });
    signal(&notified, Signal::TERM);
    notified.until("STOPPING=1");
    notified.until("EXTEND_TIMEOUT_USEC=15000000");
    notified.until("EXTEND_TIMEOUT_USEC=15000000");
    // Who asks again is in a hurry.
    signal(&notified, Signal::TERM);
    let mut guarded = notified.guarded;
    guarded.wait_for("killed", Some("it"));
    guarded.wait_for("guardian-stopped", None);
}

#[test]
fn no_service_finds_what_was_meant_for_the_guardian() {
    let notified = Notified::run(
        &service(
            "it",
            "\"environment\"",
            "inherit_env = true\nrestart = \"never\"",
        ),
        |command| {
            command
                .env("WATCHDOG_USEC", "60000000")
                .env("LISTEN_FDS", "1")
                .env("INHERITED", "yes");
        },
    );
    notified.until("READY=1");
    eventually("the environment is printed", || {
        let output = notified.guarded.outlast(&["logs", "it"]);
        String::from_utf8_lossy(&output.stdout).contains("INHERITED=yes")
    });
    let printed = notified.guarded.succeed(&["logs", "it"]);
    for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "LISTEN_FDS"] {
        assert!(!printed.contains(name), "{printed}");
    }
}
