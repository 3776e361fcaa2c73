//! Services that want more than they may, and what their deaths say of it.
#![cfg(target_os = "linux")]

mod guarded;

use guarded::{Guarded, eventually, toml};
use outlast_model::Limits;
use outlast_model::limits::{CpuShare, Limit};
use outlast_os::account::Starter;
use outlast_os::limits::unenforced;
use outlast_testkit::victim_path;
use serde_json::Value;

fn service(name: &str, command: &str, limits: &str) -> String {
    let victim = toml(victim_path());
    format!(
        "[services.{name}]\ncommand = [{victim}, {command}]\nlimits = {{ {limits} }}\n\
         restart = \"never\"\n"
    )
}

/// Those that the groups of this machine cannot hold anybody to.
fn missing() -> Vec<&'static str> {
    let limits = Limits {
        memory: Some(32 << 20),
        pids: Some(8),
        cpu: Some(CpuShare(200)),
        ..Limits::default()
    };
    let missing = unenforced(&limits, Starter::ThisProcess);
    for one in &missing {
        eprintln!("SKIPPED for {}: {}", one.limit.word(), one.reason);
    }
    missing.iter().map(|one| Limit::word(one.limit)).collect()
}

/// What the death of `service` says that it ran into.
fn reached(guarded: &Guarded, service: &str) -> Vec<String> {
    let death = || {
        let told = guarded.succeed(&["events", service, "--json"]);
        let events = told
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let mut events = events.filter(|event: &Value| event["event"] == "death");
        events.next()
    };
    eventually("it has died", || death().is_some());
    let death = death().expect("it has died");
    let reached = death["reached"].as_array().cloned().unwrap_or_default();
    let limits = reached.iter().map(|one| one["limit"].as_str());
    limits
        .map(|limit| limit.expect("a word").to_owned())
        .collect()
}

#[test]
fn who_goes_beyond_a_limit_is_held_to_it_and_its_death_says_so() {
    let missing = missing();
    let config = [
        service("allocates", "\"eat\", \"256\"", "memory = \"32MiB\""),
        service("forks", "\"multiply\"", "pids = 8"),
        service("opens", "\"open\"", "open_files = 32"),
        service("spins", "\"spin\", \"1\"", "cpu = \"20%\""),
    ];
    let guarded = Guarded::run(&config.concat());

    assert_eq!(reached(&guarded, "opens"), ["open_files"]);
    if !missing.contains(&"memory") {
        assert_eq!(reached(&guarded, "allocates"), ["memory"]);
        let last = guarded.status("allocates")["last_death"].clone();
        assert_eq!(last["exit"]["signal"], 9, "{last}");
        assert_eq!(last["reached"].as_array().map(Vec::len), Some(1), "{last}");
    }
    if !missing.contains(&"pids") {
        assert_eq!(reached(&guarded, "forks"), ["pids"]);
    }
    if !missing.contains(&"cpu") {
        eventually("it has turned for a while", || {
            let status = guarded.status("spins");
            status["cpu_seconds"]
                .as_f64()
                .is_some_and(|used| used >= 0.2)
        });
        let status = guarded.status("spins");
        let (used, ran) = (&status["cpu_seconds"], &status["uptime_seconds"]);
        let share = Value::as_f64(used)
            .zip(Value::as_f64(ran))
            .map(|(used, ran)| used / ran);
        assert!(share.is_some_and(|share| share < 0.5), "{status}");
        guarded.succeed(&["stop", "spins"]);
        assert_eq!(reached(&guarded, "spins"), ["cpu"]);
    }
    guarded.shut_down();
}
