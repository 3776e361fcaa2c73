//! `outlast run -- CMD ARG…`: one program, guarded with the defaults.

mod guarded;

use std::process::Output;

use guarded::outlast;
use outlast_testkit::victim_path;

fn run(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    outlast()
        .args(["run", "--state-dir"])
        .arg(folder.path().join("state"))
        .args(["--quiet", "--"])
        .args(arguments)
        .output()
        .expect("run")
}

#[test]
fn a_program_that_is_not_there_is_a_bad_configuration() {
    let output = run(&["no-such-program-anywhere"]);
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no-such-program-anywhere"), "{said}");
}

#[test]
fn a_crashing_program_is_given_up_in_the_end_with_its_exit_code() {
    // The defaults give up after ten starts, which takes minutes; a shutdown
    // in between ends it in order.
    let folder = tempfile::tempdir().expect("a folder");
    let mut guardian = outlast()
        .args(["run", "--state-dir"])
        .arg(folder.path().join("state"))
        .args(["--quiet", "--"])
        .arg(victim_path())
        .args(["exit", "7"])
        .spawn()
        .expect("started");
    let events = || {
        let output = outlast()
            .args(["events", "--json", "--state-dir"])
            .arg(folder.path().join("state"))
            .output()
            .expect("run");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    guarded::eventually("it is restarted", || {
        events().matches("\"event\":\"death\"").count() >= 2
    });
    let stopped = outlast()
        .args(["stop", "--state-dir"])
        .arg(folder.path().join("state"))
        .output()
        .expect("run");
    assert!(stopped.status.success(), "{stopped:?}");
    guardian.wait().expect("ended");
    assert!(events().contains("guardian-stopped"));
}

/// A container has the guardian as its first process, which inherits all orphans
/// and gets the signals that are meant for the program.
#[cfg(target_os = "linux")]
#[test]
fn as_the_first_process_it_reaps_orphans_and_passes_signals_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let probe = std::process::Command::new("unshare")
        .args(["-pf", "--mount-proc", "true"])
        .output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        eprintln!("skipped: only root can make a process namespace");
        return;
    }
    let script = "trap 'echo got usr1; kill -TERM 1' USR1; (setsid sleep 0.1 &) ; sleep 0.4; \
                  ps -eo stat= | grep -c Z; kill -USR1 1; while :; do sleep 0.05; done";
    let output = std::process::Command::new("unshare")
        .args(["-pf", "--mount-proc"])
        .arg(env!("CARGO_BIN_EXE_outlast"))
        .args(["run", "--state-dir"])
        .arg(folder.path().join("state"))
        .args(["--quiet", "--", "/bin/sh", "-c", script])
        .output()
        .expect("run");
    assert!(output.status.success(), "{output:?}");
    let logs = outlast()
        .args(["logs", "sh", "--state-dir"])
        .arg(folder.path().join("state"))
        .output()
        .expect("run");
    assert_eq!(
        String::from_utf8_lossy(&logs.stdout),
        "0\ngot usr1\n",
        "{logs:?}"
    );
}

#[test]
fn as_a_native_service_the_guardian_stays_when_its_command_is_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let state_dir = folder.path().join("state");
    let at = |arguments: &[&str]| {
        let mut command = outlast();
        command.args(arguments).arg("--state-dir").arg(&state_dir);
        command
    };
    let mut guardian = at(&["run", "--native", "openrc", "--name", "shop"])
        .arg("--dir")
        .arg(folder.path())
        .arg("--")
        .arg(victim_path())
        .arg("hang")
        .spawn()
        .expect("started");
    let status = |name: &str| {
        let output = at(&["status", "--json"]).output().expect("run");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.contains(&format!("\"state\":\"{name}\"")) && said.contains("\"name\":\"shop\"")
    };
    guarded::eventually("the command runs", || status("running"));
    let stopped = at(&["stop", "outlast-victim"]).output().expect("run");
    assert!(stopped.status.success(), "{stopped:?}");
    assert!(status("stopped"));
    let ended = at(&["stop"]).output().expect("run");
    assert!(ended.status.success(), "{ended:?}");
    assert!(guardian.wait().expect("ended").success());
}
