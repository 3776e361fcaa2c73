//! `outlast doctor` and what `install` refuses, with real files.
#![cfg(unix)]

mod alone;

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use alone::{Alone, Came};
use serde_json::Value;

const FILE: &str = "[services.api]\ncommand = ['/bin/sh', 'api.sh']\nenv.API_TOKEN = 'hunter2'\n";

fn alone() -> Alone {
    let alone = Alone::new().with("outlast.toml", FILE).with("api.sh", "");
    mode(&alone, "outlast.toml", 0o644);
    mode(&alone, "api.sh", 0o644);
    alone
}

fn mode(alone: &Alone, name: &str, mode: u32) {
    set_permissions(alone.path(name), Permissions::from_mode(mode)).expect("changed");
}

/// As a service of this user, whose files these are.
fn doctor(alone: &Alone) -> Came {
    alone.outlast(&["doctor", "--user", "--manager", "systemd", "--json"])
}

fn severity(came: &Came, id: &str) -> Option<String> {
    let report: Value = serde_json::from_slice(&came.out).expect("it is JSON");
    let findings = report["findings"].as_array().expect("a list");
    let found = findings.iter().find(|finding| finding["id"] == id)?;
    found["severity"].as_str().map(str::to_owned)
}

#[test]
fn warnings_leave_the_exit_code_alone() {
    let came = doctor(&alone());
    assert_eq!(came.code, Some(0), "{came:?}");
    assert_eq!(severity(&came, "password").as_deref(), Some("warning"));
    assert_eq!(severity(&came, "writable-config"), None);
    assert!(!came.text.contains("hunter2"), "{came:?}");
}

#[test]
fn files_that_everybody_can_change_are_dangers() {
    for (name, id) in [
        ("outlast.toml", "writable-config"),
        ("api.sh", "writable-script"),
    ] {
        let alone = alone();
        mode(&alone, name, 0o666);
        let came = doctor(&alone);
        assert_eq!(came.code, Some(1), "{came:?}");
        assert_eq!(severity(&came, id).as_deref(), Some("danger"), "{came:?}");
    }
}

#[test]
fn people_are_told_what_why_and_what_to_do() {
    let alone = alone();
    mode(&alone, "api.sh", 0o666);
    let came = alone.outlast(&["doctor", "outlast.toml", "--user", "--manager", "systemd"]);
    let script = alone.path("api.sh");
    for part in [
        "danger: the script ",
        "[writable-script]",
        "  why: ",
        "  fix: ",
        "chmod o-w",
    ] {
        assert!(came.text.contains(part), "{part} in {came:?}");
    }
    assert!(
        came.text.contains(&script.display().to_string()),
        "{came:?}"
    );
}

/// What becomes of the guardian in one form at one moment.
fn fate(came: &Came, form: &str, moment: &str) -> Value {
    let report: Value = serde_json::from_slice(&came.out).expect("it is JSON");
    let prospects = report["prospects"].as_array().expect("a list");
    let mut found = prospects
        .iter()
        .filter(|prospect| prospect["as"] == form && prospect["at"] == moment);
    let prospect = found.next().expect("each form has each moment");
    assert!(found.next().is_none(), "only once: {report}");
    prospect["fate"].clone()
}

#[test]
fn what_will_happen_is_told_as_it_would_be_installed_and_as_it_can_be_run() {
    let came = doctor(&alone());
    for form in ["user-service", "terminal"] {
        assert_eq!(fate(&came, form, "lock"), "goes-on", "{came:?}");
        for moment in ["sleep", "logoff"] {
            assert!(fate(&came, form, moment).is_string(), "{came:?}");
        }
    }
    assert_eq!(fate(&came, "user-service", "start-up"), "starts-anew");
    assert_eq!(fate(&came, "terminal", "start-up"), "stays-away");
    let report: Value = serde_json::from_slice(&came.out).expect("it is JSON");
    assert_eq!(report["machine"]["fast_startup"], false, "{report}");
}

#[test]
fn people_are_told_what_will_happen_after_what_was_found() {
    let came = alone().outlast(&["doctor", "--user", "--manager", "systemd"]);
    let at = |part: &str| {
        came.text
            .find(part)
            .unwrap_or_else(|| panic!("{part} in {came:?}"))
    };
    let told = at("what will happen to it as a service of this user:");
    assert!(at("outlast.toml: ") < told, "{came:?}");
    for moment in [
        "at lock: ",
        "at sleep: ",
        "at log-off: ",
        "at the next start",
    ] {
        assert!(at(moment) > told, "{came:?}");
    }
}

#[test]
fn what_is_neither_installed_nor_a_file_is_not_installed() {
    let came = alone().outlast(&["doctor", "no-such-guardian-anywhere"]);
    assert_eq!(came.code, Some(5), "{came:?}");
    assert!(came.said.contains("neither"), "{came:?}");
}

/// `HOME` is the folder of the test, so that nothing of the machine is changed
/// whatever happens.
fn install(alone: &Alone, arguments: &[&str]) -> Came {
    let home = alone.path("home");
    let all = [&["install", "--user", "--manager", "systemd"], arguments].concat();
    alone.outlast_with(
        &all,
        &[("HOME", home.as_os_str()), ("XDG_CONFIG_HOME", "".as_ref())],
    )
}

#[test]
fn install_refuses_a_danger_and_names_the_flag_that_accepts_it() {
    let alone = alone();
    mode(&alone, "outlast.toml", 0o666);
    let came = install(&alone, &[]);
    assert_eq!(came.code, Some(1), "{came:?}");
    assert!(
        came.said.contains("--accept-risk writable-config"),
        "{came:?}"
    );
    assert!(!alone.path("home").exists());
}

#[test]
fn a_risk_that_does_not_exist_is_a_mistake() {
    let came = install(&alone(), &["--accept-risk", "everything"]);
    assert_eq!(came.code, Some(2), "{came:?}");
    assert!(came.said.contains("writable-program"), "{came:?}");
}
