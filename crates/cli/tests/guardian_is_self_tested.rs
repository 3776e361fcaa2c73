//! `outlast doctor --selftest`: guided, judged by what the journal has, and
//! finished by the same command when the first one has gone.
#![cfg(unix)]

mod guarded;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use guarded::{Guarded, outlast, toml};
use outlast_testkit::victim_path;
use serde_json::Value;
use tempfile::TempDir;

fn guarded() -> Guarded {
    let command = format!("[{}, \"hang\"]", toml(victim_path()));
    let config = format!("[services.api]\ncommand = {command}\nrestart = {{ delay = \"10ms\" }}\n");
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("started", Some("api"));
    guarded
}

/// As a guardian that is run in a terminal, so that no native manager is needed.
fn selftest(folder: &TempDir, test: &str) -> Command {
    let mut command = outlast();
    command
        .arg("doctor")
        .arg(folder.path().join("outlast.toml"))
        .args(["--user", "--manager", "systemd", "--json"])
        .args(["--selftest", test])
        .arg("--state-dir")
        .arg(folder.path().join("state"));
    command
}

/// One that waits for a person.
struct Waiting {
    command: Child,
    said: BufReader<ChildStderr>,
}

impl Waiting {
    fn begin(guarded: &Guarded, test: &str) -> Self {
        let mut command = selftest(&guarded.folder, test)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command can be run");
        let mut said = BufReader::new(command.stderr.take().expect("it is piped"));
        let mut line = String::new();
        while !line.contains("press Enter") {
            line.clear();
            let read = said.read_line(&mut line).expect("it is text");
            assert_ne!(read, 0, "it ended without asking");
        }
        Self { command, said }
    }

    fn answer(mut self) -> Output {
        let mut stdin = self.command.stdin.take().expect("it is piped");
        stdin.write_all(b"\n").expect("it waits");
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).expect("it is text");
        self.command.wait_with_output().expect("it ends")
    }
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn has_reason(report: &Value, id: &str) -> bool {
    let reasons = report["reasons"].as_array().expect("a list");
    reasons.iter().any(|reason| reason["id"] == id)
}

#[test]
fn a_lock_that_did_nothing_is_as_promised_and_on_file() {
    let guarded = guarded();
    let output = Waiting::begin(&guarded, "lock").answer();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = report(&output);
    assert_eq!(told["result"], "as-promised", "{told}");
    assert_eq!(told["false_restarts"], 0, "{told}");
    assert_eq!(told["guardian_kept_running"], true, "{told}");
    let file = guarded.state_dir().join("selftest-lock.json");
    let kept = std::fs::read(file).expect("the verdict is written");
    assert_eq!(serde_json::from_slice::<Value>(&kept).expect("JSON"), told);
    assert!(!guarded.state_dir().join("selftest-lock.note.json").exists());
    guarded.shut_down();
}

#[test]
fn a_service_that_dies_meanwhile_is_a_false_restart() {
    let mut guarded = guarded();
    let waiting = Waiting::begin(&guarded, "lock");
    let pid = guarded.service_pid("api").to_string();
    let killed = Command::new("kill").args(["-KILL", &pid]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    guarded.wait_for("death", Some("api"));
    let output = waiting.answer();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = report(&output);
    assert_eq!(told["result"], "not-as-promised", "{told}");
    assert_eq!(told["false_restarts"], 1, "{told}");
    guarded.shut_down();
}

#[test]
fn a_machine_that_did_not_sleep_proves_nothing() {
    let guarded = guarded();
    let output = Waiting::begin(&guarded, "sleep").answer();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = report(&output);
    assert_eq!(told["result"], "inconclusive", "{told}");
    assert!(has_reason(&told, "not-slept"), "{told}");
    guarded.shut_down();
}

#[test]
fn a_log_off_is_judged_when_the_command_is_given_again() {
    let guarded = guarded();
    let begun = selftest(&guarded.folder, "logoff")
        .output()
        .expect("it runs");
    assert_eq!(begun.status.code(), Some(0), "{begun:?}");
    assert_eq!(report(&begun)["result"], "begun", "{begun:?}");
    let folder = guarded.kill();
    let finished = selftest(&folder, "logoff").output().expect("it runs");
    let told = report(&finished);
    assert_ne!(told["result"], "begun", "{told}");
    assert_eq!(told["guardian_kept_running"], false, "{told}");
    assert!(has_reason(&told, "guardian-ended"), "{told}");
    assert!(folder.path().join("state/selftest-logoff.json").exists());
}

#[test]
fn a_test_whose_command_has_gone_is_finished_by_the_next() {
    let guarded = guarded();
    let mut waiting = Waiting::begin(&guarded, "lock");
    waiting.command.kill().expect("it runs");
    waiting.command.wait().expect("it ends");
    let finished = selftest(&guarded.folder, "lock").output().expect("it runs");
    assert_eq!(finished.status.code(), Some(0), "{finished:?}");
    assert_eq!(report(&finished)["result"], "as-promised", "{finished:?}");
    guarded.shut_down();
}

#[test]
fn there_is_nothing_to_watch_when_no_guardian_runs() {
    let mut guarded = guarded();
    guarded.end();
    let output = selftest(&guarded.folder, "lock").output().expect("it runs");
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(!guarded.state_dir().join("selftest-lock.note.json").exists());
}
