//! A service can be ready by a line that it prints.
#![cfg(target_os = "linux")]

mod guarded;

use std::fmt::Write as _;
use std::path::Path;

use guarded::{Guarded, eventually, rests};

/// A service that runs `script` in a shell.
fn shell(name: &str, script: &str, keys: &str) -> String {
    format!(
        "[services.{name}]\ncommand = [\"sh\", \"-c\", '''{script}''']\n\
         restart = {{ delay = \"10ms\", limit = 3, window = \"10m\" }}\n{keys}\n"
    )
}

/// Waits in a shell until there is such a file.
fn until(file: &str) -> String {
    format!("until [ -e {file} ]; do sleep 0.02; done;")
}

fn make(guarded: &Guarded, file: &str) {
    std::fs::write(guarded.folder.path().join(file), "").expect("it can be written");
}

fn is_ready(guarded: &Guarded, service: &str) -> bool {
    guarded.status(service)["health"]["ready"] == true
}

fn is_kept(guarded: &Guarded, service: &str, text: &str) -> bool {
    guarded.succeed(&["logs", service]).contains(text)
}

#[test]
fn a_line_makes_ready_once_it_is_whole() {
    let script = format!(
        "echo starting; {} printf '\\033[1mlisten'; {} printf 'ing\\033[0m on 80'; {} echo; exec sleep 1000",
        until("one"),
        until("two"),
        until("three")
    );
    let mut guarded = Guarded::run(&format!(
        "{}{}",
        shell("web", &script, "ready = { log = '^listening on [0-9]+$' }"),
        shell("api", "exec sleep 1000", "depends_on = ['web']"),
    ));
    eventually("another line is kept", || {
        is_kept(&guarded, "web", "starting")
    });
    make(&guarded, "one");
    eventually("a part is kept", || is_kept(&guarded, "web", "listen"));
    make(&guarded, "two");
    eventually("all but its end is kept", || {
        is_kept(&guarded, "web", " on 80")
    });
    assert!(!is_ready(&guarded, "web"));
    assert_eq!(guarded.status("api")["state"], "waiting");
    make(&guarded, "three");
    guarded.wait_for("ready", Some("web"));
    guarded.wait_for("started", Some("api"));
    assert!(is_ready(&guarded, "web"));
    guarded.shut_down();
}

#[test]
fn standard_error_is_looked_at_too_and_nothing_is_lost() {
    let mut script = String::new();
    for number in 0..2_000 {
        write!(script, "echo line {number};").expect("a string takes all");
    }
    script += "echo up >&2; echo more; exec sleep 1000";
    let mut guarded = Guarded::run(&shell("web", &script, "ready = { log = '^up$' }"));
    guarded.wait_for("ready", Some("web"));
    eventually("all is kept", || is_kept(&guarded, "web", "more"));
    let kept = guarded.succeed(&["logs", "web", "-n", "3000"]);
    for number in 0..2_000 {
        assert!(kept.contains(&format!("line {number}\n")), "{number}");
    }
    guarded.shut_down();
}

#[test]
fn the_line_of_an_earlier_instance_makes_nobody_ready() {
    let script = "[ -e been ] && exec sleep 1000; touch been; echo up; sleep 0.2; exit 1";
    let mut guarded = Guarded::run(&shell(
        "web",
        script,
        "ready = { log = 'up', timeout = '500ms' }",
    ));
    let ready = guarded.wait_for("ready", Some("web"));
    let death = guarded.wait_for("death", Some("web"));
    assert_eq!(ready["instance"], death["instance"]);
    let failed = guarded.wait_for("not-ready", Some("web"));
    assert_ne!(failed["instance"], ready["instance"]);
    guarded.shut_down();
}

#[test]
fn once_it_is_ready_output_goes_by_unseen() {
    let script = format!("echo up; {} echo up; exec sleep 1000", until("again"));
    let mut guarded = Guarded::run(&shell("web", &script, "ready = { log = 'up' }"));
    guarded.wait_for("ready", Some("web"));
    make(&guarded, "again");
    eventually("it is printed again", || {
        guarded.succeed(&["logs", "web"]).matches("up").count() == 2
    });
    rests(&guarded);
    let events = guarded.shut_down();
    let is_ready = |event: &&serde_json::Value| event["event"] == "ready";
    assert_eq!(events.iter().filter(is_ready).count(), 1);
}

#[test]
fn output_that_nobody_keeps_is_no_way_of_telling() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("outlast.toml");
    let text = shell("web", "echo up", "ready = { log = '(up' }\nlog = 'inherit'");
    std::fs::write(&file, &text).expect("it can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(6), "{told}");
    assert!(
        told.contains(":4:17") && told.contains("without closing"),
        "{told}"
    );
    std::fs::write(&file, text.replace("(up", "up")).expect("it can be written");
    let (code, told) = check(&file);
    assert_eq!(code, Some(6), "{told}");
    assert!(told.contains("the output is not kept"), "{told}");
}

fn check(file: &Path) -> (Option<i32>, String) {
    let output = guarded::outlast()
        .arg("check")
        .arg(file)
        .output()
        .expect("it can be run");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), told)
}
