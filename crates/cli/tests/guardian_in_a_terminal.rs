//! A guardian that somebody has started in a terminal which is closed.
#![cfg(target_os = "linux")]

mod guarded;

use std::process::{Command, Stdio};

use guarded::{Guarded, toml};
use outlast_testkit::victim_path;
use rustix::process::{Pid, Signal, kill_process};

fn service() -> String {
    format!(
        "[services.it]\ncommand = [{}, \"hang\"]\n",
        toml(victim_path())
    )
}

#[test]
fn one_whose_terminal_is_closed_goes_on_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("outlast.toml"), service()).expect("a file");
    // Has a terminal for what it runs; the guardian is its child.
    let mut guarded = Guarded::run_as(folder, |command| {
        let line: Vec<String> = std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| format!("'{}'", word.to_string_lossy()))
            .collect();
        let mut script = Command::new("script");
        script
            .args(["--quiet", "--command", &line.join(" "), "/dev/null"])
            .stdin(Stdio::piped());
        *command = script;
    });
    guarded.wait_for("started", Some("it"));
    let script = i32::try_from(guarded.pid()).expect("process numbers are positive");
    let script = Pid::from_raw(script).expect("no process has the number 0");
    kill_process(script, Signal::KILL).expect("it can be killed");
    guarded.wait_for("terminal-closed", None);
    assert_eq!(guarded.status("it")["state"], "running");
    let told = guarded.succeed(&["events"]);
    assert!(told.contains("outlast install"), "{told}");
    assert!(!told.contains("reloaded"), "{told}");
    guarded.succeed(&["stop"]);
}
