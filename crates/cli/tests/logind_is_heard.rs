//! What logind tells of the machine and of sessions goes on record, and the
//! machine waits until it has.
#![cfg(target_os = "linux")]

mod guarded;

use std::collections::BTreeMap;

use guarded::{Guarded, rests, toml};
use outlast_testkit::{Logind, victim_path};
use serde_json::Value;

fn service() -> String {
    format!(
        "[services.it]\ncommand = [{}, \"hang\"]\n",
        toml(victim_path())
    )
}

/// A guardian that has begun to listen.
fn listening(logind: &Logind) -> Guarded {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("outlast.toml"), service()).expect("a file");
    let mut guarded = Guarded::run_as(folder, |command| {
        command.env("DBUS_SYSTEM_BUS_ADDRESS", logind.address());
    });
    guarded.wait_for("started", Some("it"));
    logind.wait_until_inhibited();
    guarded
}

/// The next record of a session: which, what, whose.
fn session(guarded: &mut Guarded) -> [Value; 3] {
    let event = guarded.wait_for("session", None);
    [&event["session"], &event["change"], &event["user"]].map(Clone::clone)
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_sleep_waits_until_it_is_on_record_and_the_next_one_waits_again() {
    let logind = Logind::start();
    let mut guarded = listening(&logind);
    for _ in 0..3 {
        logind.sleep_begins();
        let suspending = guarded.wait_for("suspending", None);
        assert_eq!(suspending["time_left_seconds"], 5.0);
        logind.wait_until_released();
        logind.sleep_is_over();
        guarded.wait_for("resumed", None);
        logind.wait_until_inhibited();
    }
    let told = guarded.succeed(&["events", "--json"]);
    assert_eq!(told.matches("\"suspending\"").count(), 3, "{told}");
    drop(guarded.kill());
    // The kernel closes what a guardian that was killed held.
    logind.wait_until_released();
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_shutdown_is_told_and_that_it_is_cancelled() {
    let logind = Logind::start();
    let mut guarded = listening(&logind);
    logind.shutdown_begins();
    guarded.wait_for("machine-shutting-down", None);
    logind.wait_until_released();
    logind.shutdown_is_cancelled();
    guarded.wait_for("machine-shutdown-cancelled", None);
    logind.wait_until_inhibited();
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn sessions_come_and_go_and_are_locked_and_unlocked() {
    let logind = Logind::start();
    logind.log_on("1", "ann");
    let mut guarded = listening(&logind);
    logind.log_on("2", "bob");
    assert_eq!(session(&mut guarded), ["2", "logged-on", "bob"]);
    logind.session("1", "Lock", &[]);
    assert_eq!(session(&mut guarded), ["1", "locked", "ann"]);
    // The desktop has done it, which is nothing new.
    logind.session("1", "SetLockedHint", &["true"]);
    logind.session("1", "Unlock", &[]);
    assert_eq!(session(&mut guarded), ["1", "unlocked", "ann"]);
    logind.update("2", "{'LockedHint': <true>, 'Active': <false>}");
    assert_eq!(session(&mut guarded), ["2", "locked", "bob"]);
    assert_eq!(session(&mut guarded), ["2", "disconnected", "bob"]);
    logind.log_off("2");
    assert_eq!(session(&mut guarded), ["2", "logged-off", "bob"]);
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn who_leaves_programs_behind_has_logged_off_with_the_end_of_the_leader() {
    let logind = Logind::start();
    logind.log_on("0", "eve");
    logind.update("0", "{'State': <'closing'>}");
    let mut guarded = listening(&logind);
    // That one was over before.
    logind.log_off("0");
    let mut leader = std::process::Command::new(victim_path())
        .arg("hang")
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    logind.log_on_led("1", "ann", leader.id());
    assert_eq!(session(&mut guarded), ["1", "logged-on", "ann"]);
    leader.kill().expect("it is ours");
    leader.wait().expect("it was there");
    assert_eq!(session(&mut guarded), ["1", "logged-off", "ann"]);
    // What was left behind ends, much later.
    logind.log_off("1");
    logind.log_on("2", "bob");
    logind.log_off("2");
    assert_eq!(session(&mut guarded), ["2", "logged-on", "bob"]);
    assert_eq!(session(&mut guarded), ["2", "logged-off", "bob"]);
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn what_happens_while_the_bus_is_away_is_told_when_it_is_back() {
    let mut logind = Logind::start();
    logind.log_on("1", "ann");
    let mut guarded = listening(&logind);
    // It knows of the session: the lock that is waited for says nothing of that.
    logind.session("1", "Lock", &[]);
    assert_eq!(session(&mut guarded), ["1", "locked", "ann"]);
    logind.restart_bus();
    logind.begin();
    logind.wait_until_inhibited();
    assert_eq!(session(&mut guarded), ["1", "logged-off", "ann"]);
    logind.sleep_begins();
    guarded.wait_for("suspending", None);
    // Without the bus, logind alone begins anew.
    logind.end_mock();
    logind.begin();
    guarded.wait_for("resumed", None);
    logind.wait_until_inhibited();
    assert_eq!(guarded.status("it")["state"], "running");
    assert_eq!(guarded.status("it")["restarts"].as_u64().unwrap_or(0), 0);
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_bus_on_which_nothing_happens_wakes_nobody() {
    let logind = Logind::start();
    logind.log_on("1", "ann");
    let guarded = listening(&logind);
    rests(&guarded);
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn no_service_inherits_what_the_machine_waits_for() {
    let logind = Logind::start();
    let mut guarded = listening(&logind);
    guarded.succeed(&["restart", "it"]);
    guarded.wait_for("started", Some("it"));
    let of_service = descriptors(guarded.service_pid("it"));
    assert!(of_service.len() <= 3, "{of_service:?}");
    // What it got from here is not its own.
    let ours: Vec<String> = descriptors(std::process::id()).into_values().collect();
    let theirs = descriptors(guarded.pid()).into_iter();
    for (number, target) in theirs.filter(|(_, target)| target.starts_with("pipe:")) {
        let path = format!("/proc/{}/fdinfo/{number}", guarded.pid());
        let info = std::fs::read_to_string(path).unwrap_or_default();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
        let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
        assert!(
            ours.contains(&target) || flags.is_none_or(|flags| flags & CLOSE_ON_EXEC != 0),
            "{number} ({target}) would be inherited"
        );
    }
}

/// `O_CLOEXEC`, as proc(5) shows it.
const CLOSE_ON_EXEC: u32 = 0o2_000_000;

/// What the process `pid` has open.
fn descriptors(pid: u32) -> BTreeMap<String, String> {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).expect("it lives");
    let target = |descriptor: std::fs::DirEntry| {
        let target = std::fs::read_link(descriptor.path()).ok()?;
        let number = descriptor.file_name().to_string_lossy().into_owned();
        Some((number, target.to_string_lossy().into_owned()))
    };
    open.flatten().filter_map(target).collect()
}
