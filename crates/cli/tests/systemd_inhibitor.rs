//! What a real logind tells a guardian, and how it waits for one.

mod container;
mod web;

use container::Machine;

/// A guardian that nobody starts again.
fn guarded() -> Machine {
    let machine = Machine::boot();
    machine.succeed(&["useradd", "--create-home", "--shell=/bin/sh", "ann"]);
    machine.succeed(&[
        "systemd-run",
        "--unit=guard",
        "outlast",
        "run",
        "--state-dir=/var/lib/guard",
        "--",
        "/bin/sleep",
        "1000",
    ]);
    machine.eventually("logind waits", || is_waited_for(&machine));
    machine
}

fn is_waited_for(machine: &Machine) -> bool {
    let list = machine.succeed(&["systemd-inhibit", "--list", "--no-legend"]);
    let ours: Vec<_> = list
        .lines()
        .filter(|line| line.starts_with("outlast"))
        .collect();
    for line in &ours {
        assert!(line.trim_end().ends_with("delay"), "{line}");
        assert!(
            line.contains("shutdown") && line.contains("sleep"),
            "{line}"
        );
    }
    ours.len() == 1
}

/// The records of this kind, which are JSON, a line each.
fn events(machine: &Machine, kind: &str) -> Vec<String> {
    let told = machine.succeed(&["outlast", "events", "--json", "--state-dir=/var/lib/guard"]);
    let kind = format!("\"event\":\"{kind}\"");
    (told.lines().filter(|line| line.contains(&kind)))
        .map(str::to_owned)
        .collect()
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn logind_waits_for_a_guardian_and_not_for_one_that_was_killed() {
    let machine = guarded();
    machine.succeed(&[
        "systemctl",
        "kill",
        "--kill-whom=main",
        "--signal=KILL",
        "guard",
    ]);
    machine.eventually("nobody is waited for", || !is_waited_for(&machine));
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_session_and_the_shutdown_of_the_machine_are_on_record() {
    let mut machine = guarded();
    // Only with a terminal is it a user's session, and not one in the background.
    let log_on = "su --login ann --command true";
    machine.succeed(&["script", "--quiet", "--command", log_on, "/dev/null"]);
    let session = |change: &str| {
        let change = format!("\"change\":\"{change}\"");
        let sessions = events(&machine, "session");
        let is_anns = |line: &&String| line.contains(&change) && line.contains("\"user\":\"ann\"");
        sessions.iter().filter(is_anns).count()
    };
    machine.eventually("she has logged on", || session("logged-on") == 1);
    machine.eventually("she has logged off", || session("logged-off") == 1);
    // logind restarts, and waits for the guardian all the same.
    machine.succeed(&["systemctl", "restart", "systemd-logind"]);
    machine.eventually("it waits again", || is_waited_for(&machine));
    machine.reboot();
    assert_eq!(events(&machine, "machine-shutting-down").len(), 1);
    assert_eq!(events(&machine, "guardian-stopped").len(), 1);
}
