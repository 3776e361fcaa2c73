//! What dies comes back, and what cannot come back is given up visibly.

mod guarded;

use std::process::Command;

use guarded::{Guarded, eventually, toml};
use outlast_testkit::victim_path;

/// Ends a process as nobody can refuse.
fn kill(pid: u32) {
    let mut command = if cfg!(windows) {
        Command::new("taskkill")
    } else {
        Command::new("kill")
    };
    let pid = pid.to_string();
    let arguments: &[&str] = if cfg!(windows) {
        &["/F", "/PID", &pid]
    } else {
        &["-KILL", &pid]
    };
    let killed = command
        .args(arguments)
        .output()
        .expect("the command can be run");
    assert!(killed.status.success(), "{killed:?}");
}

fn victim(behaviour: &str) -> String {
    format!("command = [{}, {behaviour}]\n", toml(victim_path()))
}

#[test]
fn a_killed_service_comes_back_as_another_process() {
    let config = format!(
        "[services.web]\n{}restart = {{ delay = \"10ms\" }}\n",
        victim("\"hang\"")
    );
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("started", Some("web"));
    let first = guarded.service_pid("web");
    kill(first);
    let death = guarded.wait_for("death", Some("web"));
    assert_eq!(death["pid"], first);
    let started = guarded.wait_for("started", Some("web"));
    assert_ne!(started["pid"], first);
    assert!(started["instance"].as_u64() > death["instance"].as_u64());
    assert_eq!(guarded.status("web")["restarts"], 1);
    guarded.shut_down();
}

#[test]
fn a_service_that_always_crashes_is_given_up_and_says_so() {
    let config = format!(
        "[services.bad]\n{}restart = {{ delay = \"1ms\", max_delay = \"5ms\", limit = 3, window = \"1m\" }}\n",
        victim("\"exit\", \"7\"")
    );
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("gave-up", Some("bad"));
    let status = guarded.status("bad");
    assert_eq!(
        (&status["state"], &status["desired"]),
        (&"failed".into(), &"running".into()),
        "{status}"
    );
    let events = guarded.shut_down();
    let deaths = events
        .iter()
        .filter(|event| event["event"] == "death")
        .count();
    assert_eq!(deaths, 3);
    // What it died of stands before what comes of that.
    let follows = |event: &str| event == "backing-off" || event == "gave-up";
    let told: Vec<&str> = events
        .iter()
        .filter_map(|event| event["event"].as_str())
        .filter(|event| *event == "death" || follows(event))
        .collect();
    let [pairs @ .., last] = &told[..] else {
        panic!("it has died");
    };
    assert_eq!(*last, "gave-up", "{told:?}");
    assert!(
        pairs.iter().step_by(2).all(|event| *event == "death"),
        "{told:?}"
    );
}

#[test]
fn who_is_given_up_has_others_started_once_and_a_young_guardian_reboots_nothing() {
    let config = format!(
        "[services.bad]\n{}restart = {{ delay = \"1ms\", limit = 2, window = \"1m\" }}\n\
         on_failure = {{ command = [{}, \"environment\"], start = \"standby\", reboot = true }}\n\
         [services.standby]\n{}enabled = false\n",
        victim("\"exit\", \"7\""),
        toml(victim_path()),
        victim("\"hang\""),
    );
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("gave-up", Some("bad"));
    guarded.wait_for("reboot-withheld", Some("bad"));
    guarded.wait_for("death", Some("bad.on-failure"));
    eventually("the other one runs", || {
        guarded.status("standby")["state"] == "running"
    });
    let told = told_of(&guarded, "bad");
    let status = guarded.status("bad");
    let exit = &status["last_death"]["exit"]["text"];
    for (name, value) in [
        ("REASON", &status["reason"]),
        ("EXIT", exit),
        ("AT", &status["since"]),
        ("RESTARTS", &"1".into()),
    ] {
        let value = value.as_str().expect("it is text");
        let line = format!("OUTLAST_FAILED_{name}={value}");
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
    let events = guarded.shut_down();
    let starts = |service: &str| {
        let starts =
            |event: &&serde_json::Value| event["event"] == "started" && event["service"] == service;
        events.iter().filter(starts).count()
    };
    assert_eq!((starts("bad.on-failure"), starts("bad.reboot")), (1, 0));
    assert_eq!(starts("bad"), 2, "nothing more after it is given up");
}

/// What the program prints that is started because `service` has failed: its
/// environment.
fn told_of(guarded: &Guarded, service: &str) -> String {
    let mut told = String::new();
    eventually("what is printed is kept", || {
        let output = guarded.outlast(&["logs", &format!("{service}.on-failure")]);
        told = String::from_utf8_lossy(&output.stdout).replace('\0', "\n");
        // They come in the order of the alphabet.
        told.contains("OUTLAST_SERVICE=")
    });
    assert!(
        told.contains(&format!("OUTLAST_FAILED_SERVICE={service}\n")),
        "{told}"
    );
    assert!(told.contains("OUTLAST_GUARDIAN="), "{told}");
    told
}

#[test]
fn who_does_not_work_is_not_said_to_have_started_too_often() {
    let config = format!(
        "[services.bad]\n{}ready = {{ file = 'never', timeout = '50ms' }}\n\
         restart = {{ delay = '1ms', limit = 2, window = '10m' }}\n\
         on_failure = {{ command = [{}, 'environment'] }}\n",
        victim("\"hang\""),
        toml(victim_path()),
    );
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("death", Some("bad.on-failure"));
    let told = told_of(&guarded, "bad");
    let reason = told
        .lines()
        .find_map(|line| line.strip_prefix("OUTLAST_FAILED_REASON="));
    let reason = reason.expect("it is told why");
    assert!(reason.contains("2 times in a row"), "{reason}");
    assert!(
        told.contains("OUTLAST_FAILED_CAUSE=start.timeout\n"),
        "{told}"
    );
    assert!(told.contains("OUTLAST_FAILED_WHY="), "{told}");
    guarded.shut_down();
}

#[test]
fn who_is_started_by_hand_is_told_no_reason() {
    let config = format!(
        "[services.well]\n{}on_failure = {{ command = [{}, 'environment'] }}\n",
        victim("\"hang\""),
        toml(victim_path()),
    );
    let mut guarded = Guarded::run(&config);
    guarded.succeed(&["start", "well.on-failure"]);
    guarded.wait_for("death", Some("well.on-failure"));
    let told = told_of(&guarded, "well");
    assert!(!told.contains("OUTLAST_FAILED_REASON"), "{told}");
    guarded.shut_down();
}

#[test]
fn an_explicit_start_begins_anew_after_giving_up() {
    let config = format!(
        "[services.bad]\n{}restart = {{ delay = \"1ms\", limit = 2, window = \"1m\" }}\n",
        victim("\"exit\", \"7\"")
    );
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("gave-up", Some("bad"));
    // It may be found running for a moment, or not: both are the truth.
    guarded.outlast(&["start", "bad"]);
    guarded.wait_for("starting", Some("bad"));
    guarded.wait_for("gave-up", Some("bad"));
    guarded.shut_down();
}

#[test]
fn a_program_that_ends_well_stays_ended_when_only_failures_are_restarted() {
    let config = format!(
        "[services.once]\n{}restart = \"on-failure\"\n",
        victim("\"exit\", \"0\"")
    );
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("finished", Some("once"));
    assert_eq!(guarded.status("once")["state"], "stopped");
    guarded.shut_down();
}

#[test]
fn a_dependant_starts_after_its_dependency_and_stops_before_it() {
    let hang = victim("\"hang\"");
    let config = format!("[services.api]\n{hang}depends_on = [\"db\"]\n[services.db]\n{hang}");
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("started", Some("api"));
    guarded.succeed(&["stop", "db"]);
    let order: Vec<String> = guarded
        .shut_down()
        .iter()
        .filter(|event| event["event"] == "started" || event["event"] == "death")
        .map(|event| {
            format!(
                "{} {}",
                event["event"].as_str().unwrap_or(""),
                event["service"].as_str().unwrap_or("")
            )
        })
        .collect();
    assert_eq!(
        order,
        ["started db", "started api", "death api", "death db"]
    );
}

#[test]
fn a_thousand_kills_are_a_thousand_deaths_and_a_thousand_restarts() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let lock = folder.path().join("only-one");
    let config = format!(
        "[services.cat]\n{}restart = {{ delay = \"0s\", max_delay = \"0s\", limit = 0 }}\nlog = false\n",
        victim(&format!("\"alone\", {}", toml(&lock)))
    );
    let kills = if cfg!(windows) { 100 } else { 1000 };
    let mut guarded = Guarded::run(&config);
    for _ in 0..kills {
        let started = guarded.wait_for("started", Some("cat"));
        kill(u32::try_from(started["pid"].as_u64().expect("a number")).expect("32 bits"));
    }
    guarded.wait_for("started", Some("cat"));
    eventually("the last instance runs", || {
        guarded.status("cat")["state"] == "running"
    });
    let events = guarded.shut_down();
    let count = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!(count("started"), kills + 1);
    assert_eq!(count("death"), kills + 1, "the last one is the shutdown's");
    // An instance that finds another one alive ends with 42.
    assert!(events.iter().all(|event| event["exit"]["code"] != 42));
}
