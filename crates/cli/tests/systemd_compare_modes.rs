//! `outlast compare-modes` on a machine with systemd: both halves, what differs, and
//! nothing left.

mod container;
mod web;

use container::{Machine, assert_same};
use serde_json::Value;

/// In a shell with a variable and a folder of programs of its own.
fn compare(options: &str) -> Vec<String> {
    let line = format!(
        "cd /srv && SHOP_COLOUR=blue SHOP_TOKEN=hunter2 PATH=/opt/tools/bin:$PATH exec outlast compare-modes {options}"
    );
    ["sh", "-c", &line].map(str::to_owned).to_vec()
}

fn run(machine: &Machine, options: &str) -> std::process::Output {
    let words = compare(options);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    machine.run(&words)
}

fn difference<'a>(report: &'a Value, kind: &str, name: &str) -> &'a Value {
    let all = report["differences"].as_array().expect("a list");
    let mut found = all
        .iter()
        .filter(|one| one["kind"] == kind && one["name"] == name);
    found
        .next()
        .unwrap_or_else(|| panic!("{kind} {name}: {report:#}"))
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn both_halves_are_measured_what_differs_is_told_and_nothing_is_left() {
    let machine = Machine::boot();
    let before = machine.files();
    let output = run(&machine, "--rounds 5 --json");
    assert!(output.status.success(), "{output:?}\n{}", machine.told());
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(!text.contains("hunter2"), "{text}");
    let report: Value = serde_json::from_str(&text).expect("it is JSON");

    let halves = report["halves"].as_array().expect("a list");
    let modes: Vec<&Value> = halves.iter().map(|half| &half["mode"]).collect();
    assert_eq!(modes, ["user", "service"]);
    for half in halves {
        assert_eq!(half["rounds"].as_array().expect("a list").len(), 5);
        assert_eq!(half["side_by_side"], true);
    }
    for measure in report["measures"].as_array().expect("a list") {
        assert!(measure["spreads"][1]["median"].is_number(), "{measure}");
        assert_ne!(measure["verdict"], "unknown", "{measure}");
    }

    let colour = difference(&report, "variable", "SHOP_COLOUR");
    assert_eq!(colour["first"]["value"], "blue");
    assert_eq!(colour["second"], "absent");
    assert_eq!(
        difference(&report, "variable", "SHOP_TOKEN")["first"],
        "hidden"
    );
    let tools = difference(&report, "path-entry", "/opt/tools/bin");
    assert_eq!(tools["second"], "absent");
    let group = difference(&report, "fact", "control group");
    let group = group["second"]["value"].as_str().expect("text");
    assert!(group.contains("outlast-compare.service"), "{group}");
    let started = |half: &Value| {
        let facts = half["got"]["facts"].as_array().expect("a list");
        let fact = facts.iter().find(|fact| fact["name"] == "started by");
        fact.expect("it is told")["value"].clone()
    };
    assert_eq!(started(&halves[1]), "systemd");
    // What measures cannot tell meanwhile that it is alive.
    let all = report["differences"].as_array().expect("a list");
    assert!(
        !all.iter().any(|one| one["name"] == "WATCHDOG_USEC"),
        "{report:#}"
    );

    assert_eq!(machine.unit("outlast-compare", "LoadState"), "not-found");
    assert_same(&before, &machine.files());
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_setting_of_the_service_is_seen_in_what_it_got() {
    let machine = Machine::boot();
    let output = run(&machine, "--rounds 1 --set sandbox=strict");
    assert!(output.status.success(), "{output:?}\n{}", machine.told());
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        text.contains("no new privileges: no in the session, yes as a service"),
        "{text}"
    );
    assert!(
        text.contains("to change a file of the system is stopped only as a service"),
        "{text}"
    );
    assert!(text.contains("too few rounds"), "{text}");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn what_a_killed_comparison_leaves_is_removed_by_the_next() {
    let machine = Machine::boot();
    let before = machine.files();
    let script = "outlast compare-modes --rounds 1000 --json & \
         until systemctl is-active -q outlast-compare; do sleep 0.05; done; \
         kill -KILL $!; wait; true";
    machine.succeed(&["sh", "-c", script]);
    assert_eq!(machine.unit("outlast-compare", "ActiveState"), "active");

    // It is seen, and speaks to nobody else.
    let list = machine.succeed(&["outlast", "list"]);
    assert!(list.contains("outlast-compare"), "{list}");

    let output = run(&machine, "--rounds 1");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("an earlier comparison was killed"), "{said}");
    assert_eq!(machine.unit("outlast-compare", "LoadState"), "not-found");
    assert_same(&before, &machine.files());
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn one_that_is_interrupted_removes_its_service() {
    let machine = Machine::boot();
    let before = machine.files();
    // The second is what Ctrl-C does: every process of the terminal is told.
    for kill in ["/bin/kill -TERM $!", "/bin/kill -INT -- -$!"] {
        let script = format!(
            "setsid outlast compare-modes --rounds 1000 --json & \
             until systemctl is-active -q outlast-compare; do sleep 0.05; done; \
             until pgrep -f '[_]_measure --input' >/dev/null; do sleep 0.05; done; \
             {kill}; wait $!; echo ended with $?"
        );
        let told = machine.succeed(&["sh", "-c", &script]);
        assert_eq!(told, "ended with 130", "{kill}");
        assert_eq!(machine.unit("outlast-compare", "LoadState"), "not-found");
        assert_same(&before, &machine.files());
    }
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_user_compares_with_a_service_of_their_own() {
    let machine = Machine::boot();
    machine.succeed(&["useradd", "--create-home", "ann"]);
    // As everybody has after a first login; systemd's folder of units is in it.
    machine.succeed(&["su", "ann", "-c", "mkdir ~/.config"]);
    machine.succeed(&["loginctl", "enable-linger", "ann"]);
    let before = machine.files();
    let as_ann = |line: &str| {
        let line = format!("cd; XDG_RUNTIME_DIR=/run/user/$(id -u) exec {line}");
        machine.run(&["su", "ann", "-c", &line])
    };
    machine.eventually("ann has a manager", || {
        as_ann("systemctl --user is-system-running")
            .status
            .success()
    });
    let refused = as_ann("outlast compare-modes");
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("--user"), "{said}");

    let output = as_ann("outlast compare-modes --user --rounds 1 --json");
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let how = report["halves"][1]["how"].as_str().expect("text");
    assert!(how.contains("a service of this user"), "{how}");
    let group = difference(&report, "fact", "control group");
    let group = group["second"]["value"].as_str().expect("text");
    assert!(group.contains("/user.slice/"), "{group}");
    assert_same(&before, &machine.files());
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_guardian_of_that_name_is_somebody_s_and_stays() {
    let machine = Machine::boot();
    let install = [
        "outlast",
        "install",
        "--now",
        "--name",
        "outlast-compare",
        "--dir",
        "/srv",
    ];
    machine.succeed(&[&install[..], &["--", "/bin/sleep", "100000"]].concat());
    let before = machine.files();
    let output = run(&machine, "--rounds 1");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(machine.unit("outlast-compare", "ActiveState"), "active");
    let is_its_own = |line: &String| line.starts_with("/var/lib/outlast/outlast-compare/");
    let without_its_own = |files: std::collections::BTreeSet<String>| {
        files.into_iter().filter(|line| !is_its_own(line)).collect()
    };
    assert_same(&without_its_own(before), &without_its_own(machine.files()));
}
