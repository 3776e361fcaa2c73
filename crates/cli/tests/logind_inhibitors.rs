//! Inhibitors are held on logind, and released whatever happens.
#![cfg(target_os = "linux")]

mod guarded;

use std::process::{Command, Output};

use guarded::{Guarded, eventually, outlast, toml};
use outlast_testkit::{Logind, victim_path};
use serde_json::Value;

/// Where programs look for the machine's bus.
const BUS: &str = "DBUS_SYSTEM_BUS_ADDRESS";

fn service(keys: &str) -> String {
    let victim = toml(victim_path());
    format!("name = \"shop\"\n[services.web]\ncommand = [{victim}, \"hang\"]\n{keys}\n")
}

/// A guardian on this logind's bus.
fn guard(logind: &Logind, keys: &str) -> Guarded {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("outlast.toml"), service(keys)).expect("written");
    Guarded::run_as(folder, |command| {
        command.env(BUS, logind.address());
    })
}

/// `outlast ARGUMENTS` in a folder without a guardian.
fn command(logind: &Logind, arguments: &[&str]) -> Command {
    let mut command = outlast();
    command
        .args(arguments)
        .env(BUS, logind.address())
        .current_dir("/");
    command
}

fn run(logind: &Logind, arguments: &[&str]) -> Output {
    command(logind, arguments).output().expect("it can be run")
}

fn told(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Who keeps the machine from sleeping; a guardian that only wants to be told
/// first does not.
fn holders(logind: &Logind) -> Vec<Value> {
    let all = told(&run(logind, &["sleep", "--json"]))["inhibitors"].take();
    let all = all.as_array().expect("logind answers").iter();
    let blocks = all.filter(|holder| holder["mode"] == "block");
    blocks.cloned().collect()
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn one_is_held_while_the_service_runs() {
    let logind = Logind::start();
    let mut guarded = guard(&logind, "sleep = \"inhibit\"");
    let held = guarded.wait_for("inhibited", Some("web"));
    assert_eq!(held["prevents"], serde_json::json!(["sleep", "idle"]));
    let holder = &holders(&logind)[0];
    assert_eq!(holder["who"], "outlast shop/web");
    assert_eq!(holder["mode"], "block");
    assert_eq!(guarded.status("web")["sleep"]["inhibitor"], "held");
    guarded.succeed(&["restart", "web"]);
    assert_eq!(holders(&logind).len(), 1, "a restart keeps it");
    guarded.succeed(&["stop", "web"]);
    guarded.wait_for("inhibitor-released", Some("web"));
    eventually("the release", || holders(&logind).is_empty());
    guarded.succeed(&["start", "web"]);
    guarded.wait_for("inhibited", Some("web"));
    guarded.shut_down();
    eventually("the release", || holders(&logind).is_empty());
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_killed_guardian_leaves_none_even_if_its_services_live_on() {
    let logind = Logind::start();
    let mut guarded = guard(&logind, "sleep = \"inhibit\"");
    guarded.wait_for("inhibited", Some("web"));
    let web = guarded.service_pid("web").to_string();
    let folder = guarded.kill();
    let lives = |web: &str| std::path::Path::new("/proc").join(web).exists();
    eventually("the release", || holders(&logind).is_empty());
    assert!(lives(&web), "nobody has told the service to end");
    // The next guardian ends what this one has left.
    let next = Guarded::run_in(folder);
    eventually("the end of the first", || !lives(&web));
    next.shut_down();
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn what_is_refused_is_told_and_the_rest_is_held() {
    let logind = Logind::strict();
    let mut guarded = guard(&logind, "sleep = \"inhibit-on-ac\"");
    guarded.wait_for("inhibited", Some("web"));
    assert_eq!(holders(&logind)[0]["what"], serde_json::json!(["idle"]));
    let sleep = guarded.status("web")["sleep"].take();
    assert_eq!(sleep["policy"], "inhibit-on-ac");
    assert_eq!(sleep["prevents"], serde_json::json!(["idle"]));
    assert_eq!(sleep["refused"][0]["what"], "sleep");
    let reason = sleep["refused"][0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("inhibit-block-sleep"), "{reason}");
    guarded.shut_down();
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_command_has_one_for_as_long_as_it_runs() {
    let logind = Logind::start();
    let outlast = env!("CARGO_BIN_EXE_outlast");
    let arguments = ["awake", "--why", "a test", "--", outlast, "sleep", "--json"];
    let output = run(&logind, &arguments);
    assert!(output.status.success(), "{output:?}");
    let held = &told(&output)["inhibitors"];
    assert_eq!(held[0]["who"], "outlast awake");
    assert_eq!(held[0]["why"], "a test");
    eventually("the release", || holders(&logind).is_empty());
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_guardian_tells_which_service_it_is_for() {
    let logind = Logind::start();
    let mut guarded = guard(&logind, "sleep = \"inhibit\"");
    guarded.wait_for("inhibited", Some("web"));
    let state_dir = guarded.state_dir();
    let state_dir = state_dir.to_str().expect("test paths are Unicode");
    let arguments = ["sleep", "--json", "--state-dir", state_dir];
    let output = run(&logind, &arguments);
    let guardian = &told(&output)["guardians"][0];
    assert_eq!(guardian["name"], "shop");
    assert_eq!(guardian["services"][0]["service"], "web");
    assert_eq!(guardian["services"][0]["by"], "logind");
    let output = run(&logind, &["sleep", "--state-dir", state_dir]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.contains("overridden by an administrator"), "{text}");
    guarded.shut_down();
}
