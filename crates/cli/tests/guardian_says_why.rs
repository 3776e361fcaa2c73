//! Every death is found out about once, put on record, shown, and asked for later.

mod guarded;

use std::fs;

use guarded::{Guarded, eventually, outlast, toml};
use outlast_testkit::victim_path;
use serde_json::Value;

/// A service that ends so, and is not started again.
fn victim(name: &str, command: &str) -> String {
    let victim = toml(victim_path());
    format!("[services.{name}]\ncommand = [{victim}, {command}]\nrestart = \"never\"\n")
}

fn why(guarded: &Guarded, service: &str) -> Value {
    let told = guarded.succeed(&["why", service, "--json"]);
    serde_json::from_str(&told).expect("it is JSON")
}

#[test]
fn a_death_is_found_out_about_once_and_shown_everywhere() {
    let mut guarded = Guarded::run(&victim("app", "\"exit\", \"3\""));
    let verdict = guarded.wait_for("verdict", Some("app"));
    // Nothing tells why, and that is what is told.
    assert_eq!(verdict["confidence"], "low", "{verdict}");
    assert_eq!(verdict["instance"], 1);
    eventually("the status has it", || {
        guarded.status("app")["last_death"]["verdict"]["cause"] == verdict["cause"]
    });
    let told = why(&guarded, "app");
    assert_eq!(told["found"], "at-once");
    assert_eq!(told["verdict"]["cause"], verdict["cause"]);
    assert_eq!(told["verdict"]["sentence"], verdict["sentence"]);
    let timeline = told["timeline"].as_array().expect("a list");
    assert!(
        timeline.iter().any(|event| event["event"] == "death"),
        "{told}"
    );
    let events = guarded.shut_down();
    let verdicts = events.iter().filter(|event| event["event"] == "verdict");
    assert_eq!(verdicts.count(), 1);
}

#[test]
fn who_was_asked_to_end_is_no_incident() {
    let mut guarded = Guarded::run(&victim("app", "\"hang\""));
    guarded.wait_for("started", Some("app"));
    guarded.succeed(&["stop", "app"]);
    guarded.wait_for("stopped", Some("app"));
    let told = why(&guarded, "app");
    assert_eq!(told["verdict"], Value::Null, "{told}");
}

#[test]
fn a_program_that_is_not_there_is_told_to_be_missing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("program.exe");
    fs::copy(victim_path(), &program).expect("copied");
    let command = toml(&program);
    let mut guarded = Guarded::run(&format!(
        "[services.app]\ncommand = [{command}]\nrestart = \"never\"\nenabled = false\n"
    ));
    fs::remove_file(&program).expect("removed");
    guarded.outlast(&["start", "app"]);
    let verdict = guarded.wait_for("verdict", Some("app"));
    assert_eq!(verdict["cause"], "exec.not_found", "{verdict}");
    assert_eq!(verdict["confidence"], "high");
    let remedies = verdict["remedies"].as_array().expect("a list");
    assert!(!remedies.is_empty());
}

#[test]
fn incidents_that_are_the_same_are_told_together() {
    let command = toml(victim_path());
    let restart = "{ policy = \"always\", delay = \"20ms\", limit = 4, window = \"1m\" }";
    let mut guarded = Guarded::run(&format!(
        "[services.app]\ncommand = [{command}, \"exit\", \"3\"]\nrestart = {restart}\n"
    ));
    for _ in 0..4 {
        guarded.wait_for("verdict", Some("app"));
    }
    let told = guarded.succeed(&["why", "--all", "--json"]);
    let told: Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!(
        told["incidents"].as_array().map(Vec::len),
        Some(1),
        "{told}"
    );
    assert_eq!(told["incidents"][0]["count"], 4);
    assert_eq!(why(&guarded, "app")["same_earlier"], 3);
}

/// Also where the guardian that saw it is gone, and had found nothing out.
#[test]
fn what_was_not_found_out_at_once_is_found_out_later() {
    let mut guarded = Guarded::run(&victim("app", "\"exit\", \"3\""));
    guarded.wait_for("verdict", Some("app"));
    let state_dir = guarded.state_dir();
    let folder = guarded.kill();
    let events = state_dir.join("events");
    for file in fs::read_dir(events).expect("a folder").flatten() {
        let text = fs::read_to_string(file.path()).expect("text");
        let kept = text
            .lines()
            .filter(|line| !line.contains("\"event\":\"verdict\""));
        let kept: String = kept.map(|line| format!("{line}\n")).collect();
        fs::write(file.path(), kept).expect("written");
    }
    let told = outlast()
        .args(["why", "app", "--json", "--state-dir"])
        .arg(&state_dir)
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    let told: Value = serde_json::from_slice(&told.stdout).expect("it is JSON");
    assert_eq!(told["found"], "now", "{told}");
    assert_eq!(told["verdict"]["confidence"], "low");
}

#[test]
fn a_users_own_causes_come_first_and_wrong_ones_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (causes, log) = (folder.path().join("causes.toml"), folder.path().join("log"));
    fs::write(
        &log,
        "INFO begun\nFATAL the licence of shop 7 has expired\n",
    )
    .expect("written");
    let ask = |arguments: &[&str]| {
        let mut command = outlast();
        command.args(["why", "--json", "--log"]).arg(&log);
        command.args(arguments).output().expect("it runs")
    };
    let row = "[[cause]]\nid = \"shop.licence\"\nsays = \"the licence of shop {shop} is over\"\n\
               said = [\"licence of shop {shop} has expired\"]\n\
               low = [\"said\"]\ndo.all = [\"`shop-licence renew`\"]\n";
    fs::write(&causes, row).expect("written");
    let path = causes.to_str().expect("text");
    let told = ask(&["--causes", path]);
    let told: Value = serde_json::from_slice(&told.stdout).expect("it is JSON");
    assert_eq!(told["verdict"]["cause"], "shop.licence", "{told}");
    assert_eq!(told["verdict"]["sentence"], "the licence of shop 7 is over");
    fs::write(&causes, row.replace("said\"]", "says\"]")).expect("written");
    let refused = ask(&["--causes", path]);
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("shop.licence"));
}

#[test]
fn a_log_that_tells_of_no_end_has_no_verdict() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    fs::write(
        &log,
        "INFO out of memory handler installed\nWARN killed 3 stale sessions\n",
    )
    .expect("written");
    let told = outlast()
        .args(["why", "--log"])
        .arg(&log)
        .output()
        .expect("it runs");
    assert!(told.status.success(), "{told:?}");
    assert!(String::from_utf8_lossy(&told.stdout).contains("nothing here tells of an end"));
    let missing = outlast()
        .args(["why", "--log", "no/such/log"])
        .output()
        .expect("it runs");
    assert_eq!(missing.status.code(), Some(1), "{missing:?}");
}

/// Of a process that nobody guards, too.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_is_held_is_told_from_one_that_waits() {
    use std::process::{Command, Stdio};

    let ask = |pid: u32| {
        let output = outlast()
            .args(["why", "--json", "--pid", &pid.to_string()])
            .output();
        let output = output.expect("it runs");
        serde_json::from_slice::<Value>(&output.stdout).expect("it is JSON")
    };
    let mut idle = Command::new(victim_path())
        .arg("hang")
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let told = ask(idle.id());
    assert_eq!(told["verdict"], Value::Null, "{told}");
    let stopped = Command::new("kill")
        .args(["-STOP", &idle.id().to_string()])
        .status();
    assert!(stopped.expect("it runs").success());
    eventually("it is stopped", || {
        ask(idle.id())["verdict"]["cause"] == "stopped.signal"
    });
    idle.kill().expect("it can be killed");
    idle.wait().expect("it ends");
}

/// A guardian that was killed has said nothing; the next one finds its journal.
#[test]
fn the_end_of_a_guardian_itself_is_an_incident() {
    let mut first = Guarded::run(&victim("app", "\"hang\""));
    first.wait_for("started", Some("app"));
    let second = Guarded::run_in(first.kill());
    eventually(
        "the second has begun, and the end of the first is told",
        || {
            let told = second.succeed(&["why", "--json"]);
            let told: Value = serde_json::from_str(&told).expect("it is JSON");
            told["subject"] == "the guardian" && told["verdict"]["cause"] == "guardian.ended"
        },
    );
}
