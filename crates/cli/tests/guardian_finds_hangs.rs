//! A guardian finds services that hang, with no help of theirs, and leaves those
//! alone that have nothing to do.
#![cfg(target_os = "linux")]

mod guarded;

use std::process::Command;
use std::time::{Duration, Instant};

use guarded::{Guarded, eventually, toml};
use outlast_testkit::victim_path;
use serde_json::Value;

/// A service of this command, which is not started again.
fn once(name: &str, command: &str, hang: &str) -> String {
    format!(
        "[services.{name}]\ncommand = [{command}]\nrestart = \"never\"\nstop = \"kill\"\n\
         hang = {{ {hang} }}\n"
    )
}

fn shell(name: &str, script: &str, hang: &str) -> String {
    once(name, &format!("\"sh\", \"-c\", \"{script}\""), hang)
}

fn victim(name: &str, arguments: &str, hang: &str) -> String {
    let path = toml(victim_path());
    once(name, &format!("{path}, {arguments}"), hang)
}

/// Waits for the finding about `service`; what was recorded of it.
fn finding(guarded: &mut Guarded, service: &str, hang: &str) -> Value {
    let found = guarded.wait_for("hangs", Some(service));
    assert_eq!(found["hang"], hang, "{found}");
    let stopping = guarded.wait_for("stopping", Some(service));
    assert_eq!(stopping["reason"], hang);
    found
}

#[test]
fn who_stops_working_is_stuck_and_who_has_nothing_to_do_is_not() {
    let stuck = "stuck = \"8s\"";
    let all = "silent = \"20s\", stuck = \"8s\", spin = \"8s\"";
    let mut guarded = Guarded::run(
        &[
            shell("frozen", "while :; do sleep 0.2; done", stuck),
            victim("locked", "\"deadlock\", \"now\"", stuck),
            victim("idle", "\"hang\"", stuck),
            shell("seldom", "while :; do sleep 7; done", stuck),
            shell("works", "while :; do echo a; sleep 0.2; done", all),
        ]
        .concat(),
    );
    guarded.wait_for("started", Some("works"));
    // Twice the time, in which they are seen to work, and half of that for a machine
    // that is busy.
    let seen = Instant::now() + Duration::from_secs(30);
    eventually("they have worked for long enough", || {
        Instant::now() >= seen
    });
    let pid = guarded.service_pid("frozen").to_string();
    let stopped = Command::new("kill").args(["-STOP", &pid]).status();
    assert!(stopped.expect("kill can be run").success());
    let found = finding(&mut guarded, "frozen", "stuck");
    let (during, before) = (&found["during"], &found["before"]);
    for nothing in ["wakeups", "moved_bytes", "printed_bytes"] {
        assert_eq!(during[nothing], 0, "{found}");
    }
    assert_eq!(during["cpu_seconds"], 0.0, "{found}");
    assert!(during["seconds"].as_f64() >= Some(8.0), "{found}");
    assert!(before["wakeups"].as_u64() > Some(10), "{found}");
    std::fs::write(guarded.folder.path().join("now"), "").expect("it can be written");
    let found = finding(&mut guarded, "locked", "stuck");
    assert_eq!(found["during"]["wakeups"], 0, "{found}");
    let shown = guarded.succeed(&["events"]);
    assert!(shown.contains("does nothing any more: in "), "{shown}");
    assert!(shown.contains("woke up 0 times"), "{shown}");
    for healthy in ["idle", "seldom", "works"] {
        let status = guarded.status(healthy);
        assert_eq!(status["state"], "running", "{status}");
        let after = status["health"]["hang"][0]["after_seconds"].as_f64();
        assert!(after >= Some(8.0), "{status}");
    }
    let events = guarded.shut_down();
    let hangs = |event: &&Value| event["event"] == "hangs";
    assert_eq!(events.iter().filter(hangs).count(), 2);
}

#[test]
fn who_prints_nothing_is_silent_whatever_else_it_does() {
    let script = "echo begun; while :; do sleep 0.2; done";
    let mut guarded = Guarded::run(&shell("quiet", script, "silent = \"8s\""));
    guarded.wait_for("started", Some("quiet"));
    eventually("its silence is told", || {
        guarded
            .succeed(&["status", "quiet"])
            .contains("has printed nothing for")
    });
    let found = finding(&mut guarded, "quiet", "silent");
    assert_eq!(found["during"]["printed_bytes"], 0, "{found}");
    assert!(found["during"]["wakeups"].as_u64() > Some(0), "{found}");
    guarded.shut_down();
}

#[test]
fn who_turns_in_circles_is_found_on_a_busy_machine_too() {
    let mut guarded = Guarded::run(&victim("circles", "\"spin\", \"2\"", "spin = \"8s\""));
    let found = finding(&mut guarded, "circles", "spin");
    let during = &found["during"];
    assert_eq!(during["moved_bytes"], 0, "{found}");
    assert!(during["cpu_seconds"].as_f64() > Some(0.4), "{found}");
    assert!(during["seconds"].as_f64() >= Some(8.0), "{found}");
    guarded.shut_down();
}
