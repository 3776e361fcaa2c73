//! Each start type starts what it says, and nothing else.

mod container;
mod web;

use container::Machine;

/// Installs a guardian called `name` that sleeps.
fn install(machine: &Machine, name: &str, start: &str) {
    let start = format!("start={start}");
    machine.succeed(&[
        "outlast", "install", "--name", name, "--dir", "/srv", "--set", &start, "--", "sleep",
        "1000",
    ]);
}

fn state(machine: &Machine, name: &str) -> String {
    machine.unit(name, "ActiveState")
}

fn moment(machine: &Machine, unit: &str, property: &str) -> u64 {
    let text = machine.unit(unit, property);
    text.parse()
        .unwrap_or_else(|_| panic!("{unit} {property}: {text:?}"))
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn the_boot_starts_what_is_to_start_with_it() {
    let mut machine = Machine::boot();
    let on_flag = "{ trigger = \"path\", path = \"/run/the flag\" }";
    for (name, start) in [
        ("auto", "auto"),
        ("delayed", "delayed"),
        ("manual", "manual"),
        ("disabled", "disabled"),
        ("flagged", on_flag),
    ] {
        install(&machine, name, start);
    }
    machine.reboot();
    for (name, expected) in [
        ("auto", "active"),
        ("delayed", "active"),
        ("manual", "inactive"),
        ("disabled", "inactive"),
        ("flagged", "inactive"),
    ] {
        machine.eventually(name, || state(&machine, name) == expected);
    }
    let others_started = moment(
        &machine,
        "multi-user.target",
        "ActiveEnterTimestampMonotonic",
    );
    let started = moment(&machine, "delayed", "InactiveExitTimestampMonotonic");
    assert!(others_started <= started, "{others_started} {started}");
    let log = machine.succeed(&["journalctl", "--boot", "--no-pager"]);
    assert!(!log.contains("ordering cycle"), "{log}");

    machine.succeed(&["touch", "/run/the flag"]);
    machine.eventually("the flag is seen", || {
        state(&machine, "flagged") == "active"
    });
    machine.succeed(&["outlast", "start", "manual/"]);
    assert_eq!(state(&machine, "manual"), "active");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_stop_is_not_undone_by_what_starts_the_service() {
    let machine = Machine::boot();
    install(
        &machine,
        "flagged",
        "{ trigger = \"path\", path = \"/run/flag\" }",
    );
    machine.succeed(&["touch", "/run/flag"]);
    machine.succeed(&["outlast", "start", "flagged/"]);
    machine.succeed(&["outlast", "stop", "flagged/"]);
    assert_eq!(state(&machine, "flagged"), "inactive");
    assert_eq!(state(&machine, "flagged.path"), "inactive");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn what_is_disabled_cannot_be_started_until_that_is_changed() {
    let machine = Machine::boot();
    install(&machine, "shop", "disabled");
    let refused = machine.run(&["outlast", "start", "shop/"]);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert_eq!(state(&machine, "shop"), "inactive");
    install(&machine, "shop", "manual");
    machine.succeed(&["outlast", "start", "shop/"]);
    assert_eq!(state(&machine, "shop"), "active");
}
