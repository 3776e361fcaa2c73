//! The programs in `examples/` that are written in other languages and know
//! nothing of Outlast: guarded, killed, stopped.
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

fn go_program() -> String {
    let dir = std::env::var_os("OUTLAST_TEST_PROGRAMS").expect("xtask tells where programs are");
    toml(&PathBuf::from(dir).join("go-http"))
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
    is_kept_running(&go_program());
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
