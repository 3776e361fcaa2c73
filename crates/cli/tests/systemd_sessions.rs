//! A real logind's sessions, as it keeps them while programs are left in them.

mod container;
mod web;

use container::Machine;
use serde_json::Value;

const SHOP: &str = r#"
name = "shop"

[services.web]
command = ["/bin/sleep", "1000000"]
"#;

const FILE: &str = "/opt/shop/outlast.toml";

/// What happened to sessions of `user`.
fn changes(machine: &Machine, user: &str) -> Vec<String> {
    let text = machine.succeed(&["outlast", "events", "--json", "shop/"]);
    let events = text.lines().map(serde_json::from_str::<Value>);
    let events = events.map(|event| event.expect("JSON"));
    events
        .filter(|event| event["event"] == "session" && event["user"] == user)
        .map(|event| event["change"].as_str().expect("a word").to_owned())
        .collect()
}

/// A logon at a terminal that runs `command` and is over.
fn log_on(machine: &Machine, user: &str, command: &str) {
    let log_on = format!("su --login {user} --command '{command}'");
    machine.succeed(&["script", "--quiet", "--command", &log_on, "/dev/null"]);
}

/// ann logs on, starts what will be left behind, and logs off when this is told.
fn log_on_and_off(machine: &Machine, told: &[&str]) {
    let stay = "setsid sleep 1000 & until test -e /opt/off; do sleep 0.1; done";
    let log_on = format!("su --login ann --command \"{stay}\"");
    let _ = machine.run(&["rm", "/opt/off"]);
    let script = ["script", "--quiet", "--command", &log_on, "/dev/null"];
    machine.succeed(&[&["systemd-run", "--collect"][..], &script].concat());
    machine.eventually("the logon is told", || changes(machine, "ann") == told);
    machine.write("/opt/off", "");
}

fn is_known_to_logind(machine: &Machine, user: &str) -> bool {
    let sessions = machine.succeed(&["loginctl", "list-sessions", "--no-legend"]);
    sessions.split_whitespace().any(|word| word == user)
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn who_leaves_a_program_behind_has_logged_off() {
    let machine = Machine::boot();
    for user in ["ann", "bob"] {
        machine.succeed(&["useradd", "--create-home", user]);
    }
    machine.write(FILE, SHOP);
    machine.succeed(&["outlast", "install", FILE, "--now"]);
    machine.eventually("it listens", || {
        log_on(&machine, "bob", "true");
        !changes(&machine, "bob").is_empty()
    });
    log_on_and_off(&machine, &["logged-on"]);
    machine.eventually("the log-off is told", || {
        changes(&machine, "ann") == ["logged-on", "logged-off"]
    });
    assert!(is_known_to_logind(&machine, "ann"), "it goes on there");
    machine.succeed(&["pkill", "--uid", "ann", "sleep"]);
    machine.eventually("logind has forgotten it", || {
        !is_known_to_logind(&machine, "ann")
    });
    // What is over was not told once more.
    log_on_and_off(&machine, &["logged-on", "logged-off", "logged-on"]);
    machine.eventually("the next one is told", || {
        changes(&machine, "ann") == ["logged-on", "logged-off", "logged-on", "logged-off"]
    });
}
