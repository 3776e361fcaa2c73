//! `outlast doctor` on a machine with systemd.

mod container;
mod web;

use std::process::Output;

use container::Machine;
use serde_json::Value;

/// Listens for whoever comes, on a port that is free.
const LISTENER: &str = "\
import socket, time
listener = socket.socket()
listener.bind(('0.0.0.0', 0))
listener.listen()
time.sleep(1000000)
";

const FILE: &str = "[services.api]\ncommand = ['/usr/bin/python3', 'api.py']\n";

fn shop() -> Machine {
    let machine = Machine::boot();
    machine.write("/srv/shop/outlast.toml", FILE);
    machine.write("/srv/shop/api.py", LISTENER);
    machine
}

fn install(machine: &Machine) -> Output {
    machine.run(&["outlast", "install", "--now", "/srv/shop/outlast.toml"])
}

/// What becomes of the installed guardian at this moment.
fn fate(machine: &Machine, moment: &str) -> String {
    let report = machine.run(&["outlast", "doctor", "shop", "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).expect("it is JSON");
    let prospects = report["prospects"].as_array().expect("a list");
    let mut found = prospects.iter().filter(|prospect| prospect["at"] == moment);
    let prospect = found.next().expect("each moment is told");
    assert_eq!(prospect["as"], "machine-service", "{report}");
    prospect["fate"].as_str().expect("text").to_owned()
}

/// The severity of a finding of the installed guardian.
fn severity(machine: &Machine, id: &str) -> Option<String> {
    let report = machine.run(&["outlast", "doctor", "shop", "--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).expect("it is JSON");
    assert_eq!(report["installed"], true, "{report}");
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["id"] == id)?;
    found["severity"].as_str().map(str::to_owned)
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_script_that_everybody_can_change_is_not_installed_unless_that_is_accepted() {
    let machine = shop();
    machine.succeed(&["chmod", "o+w", "/srv/shop/api.py"]);
    let refused = install(&machine);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("--accept-risk writable-script"), "{said}");
    assert_eq!(machine.unit("shop", "LoadState"), "not-found");
    machine.succeed(&[
        "outlast",
        "install",
        "--accept-risk",
        "writable-script",
        "/srv/shop/outlast.toml",
    ]);
    assert_eq!(machine.unit("shop", "LoadState"), "loaded");
    assert_eq!(
        severity(&machine, "writable-script").as_deref(),
        Some("danger")
    );
    machine.succeed(&["chmod", "o-w", "/srv/shop/api.py"]);
    assert_eq!(severity(&machine, "writable-script"), None);
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn what_runs_is_looked_at() {
    let machine = shop();
    assert!(install(&machine).status.success());
    machine.eventually("root is seen to listen on the network", || {
        severity(&machine, "powerful-listener").as_deref() == Some("warning")
    });
    assert_eq!(
        severity(&machine, "powerful-account").as_deref(),
        Some("warning")
    );
    assert_eq!(severity(&machine, "no-boot-target"), None);
    assert_eq!(severity(&machine, "password"), None);
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn what_an_administrator_has_changed_is_looked_at() {
    let machine = shop();
    assert!(install(&machine).status.success());
    machine.succeed(&["systemctl", "mask", "default.target"]);
    assert_eq!(
        severity(&machine, "no-boot-target").as_deref(),
        Some("warning")
    );
    let unit = machine.unit("shop", "FragmentPath");
    machine.succeed(&[
        "sh",
        "-c",
        &format!("echo Environment=API_TOKEN=hunter2 >> {unit}"),
    ]);
    assert_eq!(severity(&machine, "password").as_deref(), Some("warning"));
    let told = machine.succeed(&["outlast", "doctor", "shop"]);
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn what_will_happen_follows_what_an_administrator_sets() {
    let machine = shop();
    assert!(install(&machine).status.success());
    assert_eq!(fate(&machine, "logoff"), "goes-on");
    assert_eq!(fate(&machine, "start-up"), "starts-anew");
    machine.succeed(&["systemctl", "disable", "shop"]);
    assert_eq!(fate(&machine, "start-up"), "stays-away");
    machine.succeed(&["systemctl", "mask", "sleep.target"]);
    assert_eq!(fate(&machine, "sleep"), "goes-on");
    let told = machine.succeed(&["outlast", "doctor", "shop"]);
    assert!(told.contains("sleep.target is masked"), "{told}");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn users_that_are_frozen_are_seen_until_they_are_thawed() {
    let machine = shop();
    assert!(install(&machine).status.success());
    let left = || severity(&machine, "users-left-frozen");
    machine.succeed(&["systemctl", "start", "user.slice"]);
    assert_eq!(left(), None);
    machine.succeed(&["systemctl", "freeze", "user.slice"]);
    assert_eq!(left().as_deref(), Some("warning"));
    machine.succeed(&["systemctl", "thaw", "user.slice"]);
    assert_eq!(left(), None);
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn logind_says_itself_whether_it_kills_what_sessions_leave() {
    let machine = Machine::boot();
    let kills = || {
        let report = machine.run(&["outlast", "doctor", "/srv/shop/outlast.toml", "--json"]);
        let report: Value = serde_json::from_slice(&report.stdout).expect("it is JSON");
        report["machine"]["logind"]["kills_user_processes"].clone()
    };
    machine.write("/srv/shop/outlast.toml", FILE);
    machine.write("/srv/shop/api.py", LISTENER);
    // No file says so: it is how Debian has built it.
    assert_eq!(kills(), false);
    let folder = "/etc/systemd/logind.conf.d";
    machine.write(
        &format!("{folder}/kill.conf"),
        "[Login]\nKillUserProcesses=yes\n",
    );
    assert_eq!(kills(), true);
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_self_test_of_an_installed_guardian_sees_it_end_and_come_back() {
    let machine = shop();
    assert!(install(&machine).status.success());
    let test = || {
        machine.run(&[
            "outlast",
            "doctor",
            "shop",
            "--json",
            "--selftest",
            "logoff",
        ])
    };
    machine.eventually("there is something to watch", || test().status.success());
    let first = machine.unit("shop", "MainPID");
    machine.succeed(&["kill", "-KILL", &first]);
    machine.eventually("systemd has started it again", || {
        let state = machine.unit("shop", "ActiveState");
        state == "active" && machine.unit("shop", "MainPID") != first
    });
    let finished = test();
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    let told: Value = serde_json::from_slice(&finished.stdout).expect("it is JSON");
    assert_eq!(told["result"], "not-as-promised", "{told}");
    assert_eq!(told["guardian_kept_running"], false, "{told}");
    let file = machine.at("/var/lib/outlast/shop/selftest-logoff.json");
    assert!(file.exists(), "{finished:?}");
}
