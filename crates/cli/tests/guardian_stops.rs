//! Stopping leaves nothing behind, whatever the program does about it.

mod guarded;

use guarded::{Guarded, toml};
use outlast_testkit::victim_path;

fn service(behaviour: &str, keys: &str) -> String {
    format!(
        "[services.it]\ncommand = [{}, {behaviour}]\ninherit_env = [\"TEST_FOLDER\"]\n{keys}\n",
        toml(victim_path())
    )
}

#[test]
fn a_polite_program_ends_at_the_first_step() {
    let mut guarded = Guarded::run(&service("\"hang\"", ""));
    guarded.wait_for("started", Some("it"));
    guarded.succeed(&["stop", "it"]);
    let events = guarded.shut_down();
    assert!(
        events.iter().all(|event| event["event"] != "killed"),
        "{events:#?}"
    );
    let death = events
        .iter()
        .find(|event| event["event"] == "death")
        .expect("it died");
    assert_eq!(death["asked"], true);
}

#[test]
fn a_program_that_refuses_is_killed_when_its_time_is_up() {
    let stop = if cfg!(windows) {
        "stop = [{ console = \"ctrl-c\", wait = \"300ms\" }, \"kill\"]"
    } else {
        "stop = { signal = \"TERM\", timeout = \"300ms\" }"
    };
    let mut guarded = Guarded::run(&service("\"ignore-term\"", stop));
    guarded.wait_for("started", Some("it"));
    wait_until_ready(&guarded);
    guarded.succeed(&["stop", "it"]);
    guarded.wait_for("killed", Some("it"));
    assert_eq!(guarded.status("it")["state"], "stopped");
    guarded.shut_down();
}

#[test]
fn six_descendants_leave_no_survivor() {
    let mut guarded = Guarded::run(&service("\"six\"", "stop = { timeout = \"500ms\" }"));
    guarded.wait_for("started", Some("it"));
    wait_until_ready(&guarded);
    guarded.succeed(&["stop", "it"]);
    assert_eq!(survivors(&guarded), Vec::<String>::new());
    guarded.shut_down();
}

#[test]
fn what_a_dead_main_process_left_behind_is_ended_before_the_restart() {
    let mut guarded = Guarded::run(&service(
        "\"leave-daemon\"",
        "restart = { delay = \"10ms\", limit = 2 }",
    ));
    guarded.wait_for("gave-up", Some("it"));
    assert_eq!(survivors(&guarded), Vec::<String>::new());
    guarded.shut_down();
}

#[test]
fn a_guardian_that_was_killed_leaves_nothing_that_would_run_twice() {
    let config = service("\"hang\"", "");
    let mut guarded = Guarded::run(&config);
    guarded.wait_for("started", Some("it"));
    let first = guarded.service_pid("it");
    let mut second = Guarded::run_in(guarded.kill());
    second.wait_for("guardian-started", None);
    second.wait_for("started", Some("it"));
    assert_ne!(second.service_pid("it"), first);
    assert_eq!(processes_of(first), Vec::<String>::new());
    second.shut_down();
}

/// Waits until the victim has said `ready`.
fn wait_until_ready(guarded: &Guarded) {
    guarded::eventually("the victim is ready", || {
        let output = guarded.outlast(&["logs", "it"]);
        String::from_utf8_lossy(&output.stdout).contains("ready")
    });
}

/// The processes that this guardian's service started: each has the folder of
/// the test in its environment, and the name of its service, which what the
/// guardian runs for itself does not have. Linux only; elsewhere the tests of `outlast-os`
/// look.
fn survivors(guarded: &Guarded) -> Vec<String> {
    let folder = format!("TEST_FOLDER={}", guarded.folder.path().display());
    let guardian = format!("/proc/{}", guarded.pid());
    let is_its = |environment: &str| {
        environment.contains(&folder) && environment.contains("OUTLAST_SERVICE=")
    };
    let mut found = processes_with(is_its);
    found.retain(|process| *process != guardian);
    found
}

/// A process that has ended and waits to be reaped has no program any more.
fn processes_of(pid: u32) -> Vec<String> {
    let program = std::fs::read_link(format!("/proc/{pid}/exe"));
    let name = program
        .into_iter()
        .map(|program| program.display().to_string());
    name.filter(|name| name.contains("outlast-victim"))
        .collect()
}

fn processes_with(wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            wanted(&String::from_utf8_lossy(&environment))
                .then(|| entry.path().display().to_string())
        })
        .collect()
}
