//! The programs in `examples/` that are written in other languages: those that
//! know nothing of Outlast are guarded, killed, stopped; those that tell how they
//! are, believed and frozen.
//!
//! `cargo xtask test --only go-examples,examples` builds what they need and runs
//! these.

mod guarded;
mod web;

use std::path::PathBuf;

use guarded::{Guarded, eventually, toml};
use web::{answer, free_port};

/// The file `path` of the repository's `examples/`.
fn example(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    toml(&root.join(path))
}

fn go_program(name: &str) -> String {
    let dir = std::env::var_os("OUTLAST_TEST_PROGRAMS").expect("xtask tells where programs are");
    toml(&PathBuf::from(dir).join(name))
}

/// Guards `command` (inside of a TOML array) and asks it for its pages; kills it
/// and asks again; stops it in good order.
fn is_kept_running(command: &str) {
    let port = free_port();
    let mut guarded = Guarded::run(&format!(
        "[services.web]\n\
         command = [{command}, \"{port}\", \"good morning\"]\n\
         inherit_env = true\n\
         restart = {{ delay = \"10ms\" }}\n\
         stop = {{ timeout = \"30s\" }}\n"
    ));
    let answers = |path, text| answer(port, path).is_some_and(|page| page.trim_end() == text);
    eventually("the program answers", || answers("/", "good morning"));
    eventually("it is well", || answers("/healthz", "ok"));

    web::kill(guarded.service_pid("web"));
    guarded.wait_for("death", Some("web"));
    eventually("it answers again", || answers("/", "good morning"));

    guarded.succeed(&["stop", "web"]);
    let death = guarded.wait_for("death", Some("web"));
    assert_eq!(death["exit"]["code"], 0, "it ends by itself: {death}");
    assert!(guarded.succeed(&["logs", "web"]).contains("stopped"));
    guarded.shut_down();
}

#[test]
#[ignore = "takes the Go program that `cargo xtask test` builds"]
fn a_go_program_is_kept_running() {
    is_kept_running(&go_program("go-http"));
}

#[test]
#[ignore = "takes Python; `cargo xtask test` runs it"]
fn a_python_program_is_kept_running() {
    is_kept_running(&format!("\"python3\", {}", example("python-http/main.py")));
}

#[test]
#[ignore = "takes Node; `cargo xtask test` runs it"]
fn a_node_program_is_kept_running() {
    is_kept_running(&format!("\"node\", {}", example("node-http/main.js")));
}

/// Keys of a service that has to tell how it is.
const TELLS: &str = "ready = \"notify\"\nwatchdog = \"2s\"\nstop = { timeout = \"5s\" }\n";

/// Guards `command`, which says that it is ready and beats; freezes it, which is
/// found out; stops what has taken its place. Then guards it with nobody listening.
fn is_kept_beating(command: &str) {
    let service = format!(
        "[services.it]\ncommand = [{command}]\ninherit_env = true\nrestart = {{ delay = \"10ms\" }}\n"
    );
    let mut guarded = Guarded::run(&format!("{service}{TELLS}"));
    guarded.wait_for("ready", Some("it"));
    assert_eq!(guarded.status("it")["health"]["status"], "at work");
    eventually("it has run for longer than it may be silent", || {
        let uptime = guarded.status("it")["uptime_seconds"].as_f64();
        uptime.is_some_and(|uptime| uptime > 5.0)
    });
    assert_eq!(guarded.status("it")["restarts"], 0, "it beats");
    web::send("STOP", guarded.service_pid("it"));
    guarded.wait_for("watchdog-missed", Some("it"));
    guarded.wait_for("death", Some("it"));
    guarded.wait_for("ready", Some("it"));
    ends_by_itself(guarded);

    let guarded = Guarded::run(&service);
    eventually("it works where nobody listens", || {
        guarded.succeed(&["logs", "it"]).contains("at work")
    });
    ends_by_itself(guarded);
}

fn ends_by_itself(mut guarded: Guarded) {
    guarded.succeed(&["stop", "it"]);
    let death = guarded.wait_for("death", Some("it"));
    assert_eq!(death["exit"]["code"], 0, "it ends by itself: {death}");
    assert!(guarded.succeed(&["logs", "it"]).contains("stopped"));
    guarded.shut_down();
}

#[test]
#[ignore = "takes the Go program that `cargo xtask test` builds"]
fn a_go_program_beats() {
    is_kept_beating(&go_program("heartbeat"));
}

#[test]
#[ignore = "takes Python; `cargo xtask test` runs it"]
fn a_python_program_beats() {
    is_kept_beating(&format!(
        "\"python3\", {}",
        example("heartbeat/heartbeat.py")
    ));
}

#[test]
#[ignore = "takes Node and systemd-notify; `cargo xtask test` runs it"]
fn a_node_program_beats() {
    is_kept_beating(&format!("\"node\", {}", example("heartbeat/heartbeat.js")));
}

#[test]
#[ignore = "takes systemd-notify; `cargo xtask test` runs it"]
fn a_shell_script_beats() {
    is_kept_beating(&format!("\"sh\", {}", example("heartbeat/heartbeat.sh")));
}
