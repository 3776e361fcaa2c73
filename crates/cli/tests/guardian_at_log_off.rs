//! A guardian that somebody has started in a session of Windows which ends.
#![cfg(windows)]

mod guarded;

use std::process::Command;

use guarded::{Guarded, toml};
use outlast_testkit::victim_path;

fn service() -> String {
    format!(
        "[services.it]\ncommand = [{}, \"hang\"]\n",
        toml(victim_path())
    )
}

#[test]
fn one_whose_user_logs_off_ends_and_says_why_and_what_to_do() {
    let mut guarded = Guarded::run(&service());
    guarded.wait_for("started", Some("it"));
    let told = Command::new(victim_path())
        .args(["log-off", &guarded.pid().to_string()])
        .status()
        .expect("the victim can be started");
    assert!(told.success(), "{told}");
    let event = guarded.wait_for("session-ends", None);
    assert_eq!(event["why"], "log-off");
    guarded.wait_for("guardian-stopped", None);
    let told = guarded.succeed(&["events"]);
    assert!(told.contains("outlast install"), "{told}");
}
