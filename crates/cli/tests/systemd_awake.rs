//! A real logind holds inhibitors for services, and loses them with the
//! guardian, however that ends.

mod container;
mod web;

use container::Machine;

/// A guardian that systemd does not start again at once, so that what it leaves
/// behind can be seen.
const SHOP: &str = r#"
name = "shop"

[native]
restart_delay = "1h"

[services.web]
command = ["/bin/sleep", "1000000"]
sleep = "inhibit"
"#;

const FILE: &str = "/opt/shop/outlast.toml";

fn running(file: &str) -> Machine {
    let machine = Machine::boot();
    machine.write(FILE, file);
    machine.succeed(&["outlast", "install", FILE, "--now"]);
    machine
}

/// What systemd's own tool lists.
fn is_listed(machine: &Machine) -> bool {
    let list = machine.succeed(&["systemd-inhibit", "--list", "--no-legend"]);
    let is_ours = |line: &str| {
        line.contains("outlast shop/web") && line.contains("sleep:idle") && line.contains("block")
    };
    list.lines().any(is_ours)
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn an_inhibitor_is_seen_by_systemd_and_gone_after_a_stop() {
    let machine = running(SHOP);
    machine.eventually("it is held", || is_listed(&machine));
    let refused = machine.run(&["systemctl", "suspend", "--check-inhibitors=yes"]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success(), "{refused:?}");
    assert!(said.contains("outlast shop/web"), "{said}");
    let sleep = machine.succeed(&["outlast", "sleep", "--file", FILE]);
    assert!(sleep.contains("held"), "{sleep}");
    machine.succeed(&["outlast", "stop", "shop/web"]);
    machine.eventually("it is released", || !is_listed(&machine));
    machine.succeed(&["outlast", "start", "shop/web"]);
    machine.eventually("it is held again", || is_listed(&machine));
    machine.succeed(&["outlast", "stop", "shop/"]);
    machine.eventually("it is released", || !is_listed(&machine));
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_killed_guardian_leaves_none() {
    // The bus is within reach of the narrowest sandbox.
    let machine = running(&SHOP.replace("[native]", "[native]\nsandbox = \"strict\""));
    machine.eventually("it is held", || is_listed(&machine));
    let guardian = machine.unit("shop", "MainPID");
    machine.succeed(&["kill", "-KILL", &guardian]);
    machine.eventually("it is released", || !is_listed(&machine));
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn without_root_or_a_session_only_the_idle_machine_is_kept_awake() {
    let machine = running(&SHOP.replace("[native]", "[native]\naccount = \"daemon\""));
    let status = || machine.succeed(&["outlast", "status", "shop/web", "--json"]);
    machine.eventually("it is held", || status().contains(r#""held""#));
    let status = status();
    assert!(status.contains(r#""prevents":["idle"]"#), "{status}");
    assert!(status.contains("inhibit-block-sleep"), "{status}");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_command_has_one_as_long_as_it_runs() {
    let machine = Machine::boot();
    let held = machine.succeed(&[
        "outlast",
        "awake",
        "--why",
        "a test",
        "--",
        "systemd-inhibit",
        "--list",
        "--no-legend",
    ]);
    assert!(
        held.contains("outlast awake") && held.contains("a test"),
        "{held}"
    );
    let list = machine.succeed(&["systemd-inhibit", "--list", "--no-legend"]);
    assert!(!list.contains("outlast awake"), "{list}");
}
