//! A real logind's sessions, as it keeps them while programs are left in them.

mod container;
mod web;

use std::cell::Cell;
use std::fs;

use container::{Machine, told};
use serde_json::Value;

const SHOP: &str = r#"
name = "shop"

[services.web]
command = ["/bin/sleep", "1000000"]
"#;

const FILE: &str = "/opt/shop/outlast.toml";

/// What happened to sessions of `user`.
fn changes(machine: &Machine, user: &str) -> Vec<String> {
    let text = machine.succeed(&["outlast", "events", "--json", "shop/"]);
    let events = text.lines().map(serde_json::from_str::<Value>);
    let events = events.map(|event| event.expect("JSON"));
    events
        .filter(|event| event["event"] == "session" && event["user"] == user)
        .map(|event| event["change"].as_str().expect("a word").to_owned())
        .collect()
}

/// A logon at a terminal that runs `command` and is over.
fn log_on(machine: &Machine, user: &str, command: &str) {
    let log_on = format!("su --login {user} --command '{command}'");
    machine.succeed(&["script", "--quiet", "--command", &log_on, "/dev/null"]);
}

/// ann logs on, starts what will be left behind, and logs off when this is told.
fn log_on_and_off(machine: &Machine, told: &[&str]) {
    let stay = "setsid sleep 1000 & until test -e /opt/off; do sleep 0.1; done";
    let log_on = format!("su --login ann --command \"{stay}\"");
    let _ = machine.run(&["rm", "/opt/off"]);
    let script = ["script", "--quiet", "--command", &log_on, "/dev/null"];
    machine.succeed(&[&["systemd-run", "--collect"][..], &script].concat());
    machine.eventually("the logon is told", || changes(machine, "ann") == told);
    machine.write("/opt/off", "");
}

fn is_known_to_logind(machine: &Machine, user: &str) -> bool {
    let sessions = machine.succeed(&["loginctl", "list-sessions", "--no-legend"]);
    sessions.split_whitespace().any(|word| word == user)
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn who_leaves_a_program_behind_has_logged_off() {
    let machine = Machine::boot();
    for user in ["ann", "bob"] {
        machine.succeed(&["useradd", "--create-home", user]);
    }
    machine.write(FILE, SHOP);
    machine.succeed(&["outlast", "install", FILE, "--now"]);
    machine.eventually("it listens", || {
        log_on(&machine, "bob", "true");
        !changes(&machine, "bob").is_empty()
    });
    log_on_and_off(&machine, &["logged-on"]);
    machine.eventually("the log-off is told", || {
        changes(&machine, "ann") == ["logged-on", "logged-off"]
    });
    assert!(is_known_to_logind(&machine, "ann"), "it goes on there");
    machine.succeed(&["pkill", "--uid", "ann", "sleep"]);
    machine.eventually("logind has forgotten it", || {
        !is_known_to_logind(&machine, "ann")
    });
    // What is over was not told once more.
    log_on_and_off(&machine, &["logged-on", "logged-off", "logged-on"]);
    machine.eventually("the next one is told", || {
        changes(&machine, "ann") == ["logged-on", "logged-off", "logged-on", "logged-off"]
    });
}

const HELPED: &str = r#"
name = "shop"

[services.core]
command = ["/bin/sleep", "1000000"]

[services.tray]
command = ["/bin/sh", "-c", "id -un; env; exec sleep 1000000"]
session = "each"
depends_on = ["core"]
channel = "core"

[services.face]
command = ["/bin/sleep", "1000000"]
session = "active"
"#;

/// A session of a user that lasts until it is dropped or logged off.
struct Stay<'a> {
    machine: &'a Machine,
    user: &'a str,
}

impl<'a> Stay<'a> {
    /// Logs on.
    fn begin(machine: &'a Machine, user: &'a str) -> Self {
        let stay = Self { machine, user };
        let _ = machine.run(&["rm", "--force", &stay.off()]);
        let off = stay.off();
        let until = format!("until test -e {off}; do sleep 0.1; done");
        let log_on = format!("su --login {user} --command '{until}'");
        let script = ["script", "--quiet", "--command", &log_on, "/dev/null"];
        machine.succeed(&[&["systemd-run", "--collect"][..], &script].concat());
        stay
    }

    fn off(&self) -> String {
        format!("/opt/off-{}", self.user)
    }

    fn log_off(self) {}
}

impl Drop for Stay<'_> {
    fn drop(&mut self) {
        self.machine.write(&self.off(), "");
    }
}

/// What `status` says of a service.
fn status(machine: &Machine, service: &str) -> Option<Value> {
    // Its code says whether all of them run.
    let told = machine.run(&["outlast", "status", "--json", "shop/"]);
    let status: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let services = status["services"].as_array().expect("services").clone();
    services
        .into_iter()
        .find(|status| status["name"] == service)
}

/// The process of a service, once it runs.
fn running(machine: &Machine, service: &str) -> u64 {
    let found = Cell::new(None);
    machine.eventually(&format!("{service} runs"), || {
        let status = status(machine, service);
        found.set(status.and_then(|status| status["pid"].as_u64()));
        found.get().is_some()
    });
    found.get().expect("it was found")
}

fn is_gone(machine: &Machine, service: &str) -> bool {
    status(machine, service).is_none()
}

/// The variables of the process, and who owns it.
fn inside(machine: &Machine, pid: u64) -> (Vec<String>, String) {
    let environ = machine.succeed(&["cat", &format!("/proc/{pid}/environ")]);
    let owner = machine.succeed(&["stat", "--format=%U:%G", &format!("/proc/{pid}")]);
    (environ.split('\0').map(str::to_owned).collect(), owner)
}

fn variable<'a>(variables: &'a [String], name: &str) -> &'a str {
    let prefix = format!("{name}=");
    let mut found = variables
        .iter()
        .filter_map(|line| line.strip_prefix(&prefix));
    found
        .next()
        .unwrap_or_else(|| panic!("{name} {variables:?}"))
}

fn session_of(machine: &Machine, user: &str) -> String {
    let sessions = machine.succeed(&["loginctl", "list-sessions", "--no-legend"]);
    let mut rows = sessions.lines().map(str::split_whitespace);
    let mut row = rows.find(|row| row.clone().any(|word| word == user));
    let id = row.as_mut().and_then(Iterator::next);
    id.expect("the user has a session").to_owned()
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn each_user_has_a_helper_from_log_on_to_log_off() {
    let machine = Machine::boot();
    for user in ["ann", "bob"] {
        machine.succeed(&["useradd", "--create-home", user]);
    }
    // What only a session has (pam_env(8)).
    machine.write("/etc/default/locale", "LANG=en_IE.UTF-8\n");
    machine.write(FILE, HELPED);
    machine.succeed(&["outlast", "install", FILE, "--now"]);
    // Nobody is there, and nothing is missing.
    let tray = status(&machine, "tray").expect("it is shown");
    assert_eq!(
        (&tray["desired"], &tray["state"]),
        (&"running".into(), &"stopped".into())
    );

    let ann = Stay::begin(&machine, "ann");
    let first = running(&machine, "tray@ann");
    let (variables, owner) = inside(&machine, first);
    assert_eq!(owner, "ann:ann");
    let uid = machine.succeed(&["id", "--user", "ann"]);
    let session = session_of(&machine, "ann");
    for variable in [
        "USER=ann".to_owned(),
        "HOME=/home/ann".to_owned(),
        "LANG=en_IE.UTF-8".to_owned(),
        format!("XDG_RUNTIME_DIR=/run/user/{uid}"),
        format!("XDG_SESSION_ID={session}"),
        "OUTLAST_SERVICE=tray@ann".to_owned(),
    ] {
        assert!(variables.contains(&variable), "{variable} {variables:?}");
    }
    assert!(is_gone(&machine, "tray"), "its place is taken");
    // Both have the same address, and there she is let in.
    let channel = variable(&variables, "OUTLAST_CHANNEL");
    let core = inside(&machine, running(&machine, "core")).0;
    assert_eq!(variable(&core, "OUTLAST_CHANNEL"), channel);
    let admitted = format!("{channel}/users");
    assert_eq!(machine.succeed(&["ls", &admitted]), uid);
    let shown = status(&machine, "tray@ann").expect("it is there");
    assert_eq!(shown["session"]["id"], *session);
    assert_eq!(shown["session"]["user"], "ann");
    assert_eq!(shown["session"]["of"], "tray");

    // Two users, two helpers; the one that dies is restarted where it was.
    let bob = Stay::begin(&machine, "bob");
    let bobs = running(&machine, "tray@bob");
    assert_eq!(inside(&machine, bobs).1, "bob:bob");
    machine.succeed(&["kill", "-KILL", &first.to_string()]);
    machine.eventually("it is restarted", || running(&machine, "tray@ann") != first);
    let again = inside(&machine, running(&machine, "tray@ann"));
    assert_eq!(again.1, "ann:ann");
    assert!(again.0.contains(&format!("XDG_SESSION_ID={session}")));
    // Of the other service there is one, with whoever was there first or last.
    let faces = ["face@ann", "face@bob"].map(|face| status(&machine, face).is_some());
    assert_eq!(faces.iter().filter(|is_there| **is_there).count(), 1);

    ann.log_off();
    machine.eventually("it is gone", || is_gone(&machine, "tray@ann"));
    machine.eventually("she is let in no more", || {
        !machine.succeed(&["ls", &admitted]).contains(&uid)
    });
    let left = machine.run(&["pgrep", "--uid", "ann", "--full", "sleep 1000000"]);
    assert_eq!(left.status.code(), Some(1), "{left:?}");
    assert_eq!(
        running(&machine, "tray@bob"),
        bobs,
        "bob has noticed nothing"
    );
    running(&machine, "face@bob");

    // The guardian dies; what was in sessions is there once, and in the right one.
    let pid = machine.unit("shop.service", "MainPID");
    machine.succeed(&["kill", "-KILL", &pid]);
    machine.eventually("another guardian", || {
        let now = machine.unit("shop.service", "MainPID");
        now != pid && now != "0"
    });
    machine.eventually("bob has another helper", || {
        let now = machine.run(&["outlast", "status", "--json", "shop/"]);
        now.status.success() && running(&machine, "tray@bob") != bobs
    });
    let bobs = machine.succeed(&[
        "pgrep",
        "--uid",
        "bob",
        "--full",
        "sleep 1000000",
        "--count",
    ]);
    assert_eq!(bobs, "2", "tray and face");

    let ann = Stay::begin(&machine, "ann");
    let back = inside(&machine, running(&machine, "tray@ann"));
    let next = session_of(&machine, "ann");
    assert_ne!(next, session);
    assert!(back.0.contains(&format!("XDG_SESSION_ID={next}")));
    let told = machine.succeed(&["outlast", "logs", "shop/tray@ann"]);
    assert_eq!(told.matches("USER=ann").count(), 3, "{told}");
    machine.succeed(&["outlast", "stop", "shop/tray"]);
    machine.eventually("all are stopped", || {
        ["tray@ann", "tray@bob"]
            .iter()
            .all(|tray| status(&machine, tray).is_some_and(|tray| tray["state"] == "stopped"))
    });
    drop((ann, bob));
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn the_example_pair_talks_across_the_border_of_a_session() {
    let machine = Machine::boot();
    for user in ["ann", "bob"] {
        machine.succeed(&["useradd", "--create-home", user]);
    }
    let built = told("OUTLAST_TEST_BINARY").with_file_name("examples");
    for program in ["worker", "notifier"] {
        let place = format!("/opt/shop/target/debug/examples/{program}");
        machine.put(&built.join(program), &place);
    }
    let file = "/opt/shop/examples/session/outlast.toml";
    let example = fs::read_to_string("../../examples/session/outlast.toml").expect("it is there");
    machine.write(file, &example.replace("session-example", "shop"));
    machine.succeed(&["outlast", "install", file, "--now"]);

    let logs = |service: &str| machine.succeed(&["outlast", "logs", &format!("shop/{service}")]);
    let ann = Stay::begin(&machine, "ann");
    running(&machine, "notifier@ann");
    machine.eventually("the worker is heard", || {
        logs("notifier@ann").contains("at ")
    });
    let uid = machine.succeed(&["id", "--user", "ann"]);
    assert!(logs("worker").contains(&format!("user {uid} has joined")));

    // bob has no helper: whatever he does to get in, he is sent away.
    let helper = inside(&machine, running(&machine, "notifier@ann")).0;
    let address = variable(&helper, "OUTLAST_CHANNEL");
    let intrude =
        format!("OUTLAST_CHANNEL={address} /opt/shop/target/debug/examples/notifier pause");
    let intruded = machine.run(&["su", "--login", "bob", "--command", &intrude]);
    assert!(!intruded.status.success(), "{intruded:?}");
    machine.eventually("the worker tells of him", || {
        logs("worker").contains("refused")
    });
    assert!(!logs("worker").contains("says pause"));

    // The worker dies, and the helper finds the next one.
    let worker = running(&machine, "worker").to_string();
    let before = logs("notifier@ann").len();
    machine.succeed(&["kill", "-KILL", &worker]);
    machine.eventually("the next one is heard", || {
        let logs = logs("notifier@ann");
        let lost = logs
            .get(before..)
            .and_then(|new| new.split_once("not connected"));
        lost.is_some_and(|(_, after)| after.contains("at "))
    });
    drop(ann);
}
