//! What systemd is told: ready when the services are, stopping as long as they
//! stop.

mod container;
mod web;

use std::thread;

use container::Machine;

/// A guardian whose web service waits for somebody to write `/run/open`.
const SLOW: &str = r#"
[services.prepare]
command = ["/bin/sh", "-c", "until [ -e /srv/open ]; do sleep 0.1; done"]
restart = "never"

[services.work]
command = ["/bin/sleep", "1000000"]
depends_on = [{ service = "prepare", until = "exited-ok" }]
"#;

/// One that cares for no request to end.
const STUBBORN: &str = r#"
[services.stubborn]
command = ["/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.2; done"]
stop = { signal = "TERM", timeout = "3s" }
"#;

fn installed(file: &str) -> Machine {
    let machine = Machine::boot();
    machine.write(
        "/opt/shop/outlast.toml",
        &format!("name = \"shop\"\n{file}"),
    );
    machine.succeed(&["outlast", "install", "/opt/shop/outlast.toml"]);
    machine
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_start_takes_until_the_services_are_ready() {
    let machine = installed(SLOW);
    let is = |state: &str| machine.unit("shop", "ActiveState") == state;
    thread::scope(|scope| {
        let start = scope.spawn(|| machine.succeed(&["systemctl", "start", "shop"]));
        machine.eventually("it says what it waits for", || {
            machine.unit("shop", "StatusText").contains("work")
        });
        assert!(is("activating") && !start.is_finished());
        machine.write("/srv/open", "");
        start.join().expect("it is started in the end");
        assert!(is("active"));
    });
    let status = machine.succeed(&["outlast", "status", "shop/work", "--json"]);
    assert!(status.contains(r#""running""#), "{status}");
    let text = machine.unit("shop", "StatusText");
    assert!(text.contains('2') && !text.is_empty(), "{text}");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_stop_is_done_within_the_services_own_time_outs() {
    let machine = installed(STUBBORN);
    machine.succeed(&["systemctl", "start", "shop"]);
    machine.succeed(&["systemctl", "stop", "shop"]);
    // "timeout" would mean that systemd had to kill the guardian.
    assert_eq!(
        machine.unit("shop", "Result"),
        "success",
        "{}",
        machine.told()
    );
    let left = machine.run(&["pgrep", "-f", "trap"]);
    assert_eq!(left.status.code(), Some(1), "nobody is left: {left:?}");
    let events = machine.succeed(&["outlast", "events", "--file", "/opt/shop/outlast.toml"]);
    assert!(events.contains("KILL"), "{events}");
}

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_reload_reads_the_file_again() {
    let machine = installed(STUBBORN);
    machine.succeed(&["systemctl", "start", "shop"]);
    let file = format!("name = \"shop\"\n{STUBBORN}[services.other]\ncommand = \"sleep 1000\"\n");
    machine.write("/opt/shop/outlast.toml", &file);
    machine.succeed(&["systemctl", "reload", "shop"]);
    machine.eventually("the new service runs", || {
        machine
            .run(&["outlast", "status", "shop/other"])
            .status
            .success()
    });
    assert_eq!(machine.unit("shop", "ActiveState"), "active");
}
