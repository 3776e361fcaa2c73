//! What services do about a sleep, a lock and a log-off, as logind tells them.
#![cfg(target_os = "linux")]

mod guarded;

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use guarded::{Guarded, eventually, toml};
use outlast_testkit::{Logind, victim_path};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

fn service(name: &str, keys: &str) -> String {
    format!(
        "[services.{name}]\ncommand = [{}, \"hang\"]\n{keys}\n",
        toml(victim_path())
    )
}

/// A guardian that has begun to listen.
fn listening(logind: &Logind, config: &str) -> Guarded {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("outlast.toml"), config).expect("a file");
    let guarded = Guarded::run_as(folder, |command| {
        command.env("DBUS_SYSTEM_BUS_ADDRESS", logind.address());
    });
    logind.wait_until_inhibited();
    eventually("all of it runs", || {
        guarded.outlast(&["status"]).status.success()
    });
    guarded
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_sleep_waits_for_a_service_that_takes_its_time_to_stop() {
    let logind = Logind::start();
    let stubborn = format!(
        "[services.db]\ncommand = [{}, \"ignore-term\"]\nstop.timeout = \"1s\"\non_suspend = \"stop\"\n",
        toml(victim_path())
    );
    let config = stubborn + &service("api", "");
    let mut guarded = listening(&logind, &config);
    logind.sleep_begins();
    guarded.wait_for("stopping", Some("db"));
    assert!(logind.is_inhibited(), "it is not stopped yet");
    guarded.wait_for("stopped", Some("db"));
    logind.wait_until_released();
    assert_eq!(guarded.status("db")["state"], "stopped");
    assert_eq!(guarded.status("api")["state"], "running");
    logind.sleep_is_over();
    guarded.wait_for("started", Some("db"));
    logind.wait_until_inhibited();
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_program_is_run_and_what_it_prints_is_kept() {
    let logind = Logind::start();
    let program = format!(
        "{{ command = [{}, \"print\", \"flushed\"] }}",
        toml(victim_path())
    );
    let config = service("api", &format!("on_suspend = {program}"));
    let mut guarded = listening(&logind, &config);
    logind.sleep_begins();
    guarded.wait_for("death", Some("api.on-suspend"));
    logind.wait_until_released();
    eventually("its output is kept", || {
        let output = guarded.outlast(&["logs", "api.on-suspend"]);
        String::from_utf8_lossy(&output.stdout).contains("flushed")
    });
    assert_eq!(guarded.status("api")["restarts"], 0);
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn what_is_stopped_for_a_locked_session_comes_back_when_it_is_unlocked() {
    let logind = Logind::start();
    logind.log_on("1", "ann");
    let config =
        service("face", "on_lock = \"stop\"") + &service("heart", "on_unlock = \"restart\"");
    let mut guarded = listening(&logind, &config);
    let heart = guarded.service_pid("heart");
    logind.session("1", "Lock", &[]);
    guarded.wait_for("stopped", Some("face"));
    assert_eq!(guarded.service_pid("heart"), heart);
    logind.session("1", "Unlock", &[]);
    guarded.wait_for("started", Some("heart"));
    eventually("the face is back", || {
        guarded.status("face")["state"] == "running"
    });
}

/// Tells five times a second that it works, and lets connect whoever asks.
const HEART: &str = r#"
import os, socket, sys, threading, time
address = os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1)
tell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
tell.connect(address)
door = socket.create_server(("127.0.0.1", int(sys.argv[1])))
def open_door():
    while True:
        door.accept()[0].close()
threading.Thread(target=open_door, daemon=True).start()
tell.send(b"READY=1")
while True:
    tell.send(b"WATCHDOG=1")
    time.sleep(0.2)
"#;

/// A service that is judged by its watchdog and by a probe, each a second long.
fn judged(port: u16) -> String {
    format!(
        "[services.heart]\ncommand = [\"python3\", \"-c\", '''{HEART}''', \"{port}\"]\n\
         ready = \"notify\"\nwatchdog = \"1s\"\n\
         alive = {{ tcp = \"127.0.0.1:{port}\", interval = \"1s\", timeout = \"1s\" }}\n\
         restart = {{ delay = \"0ms\" }}\nstop.timeout = \"1s\"\n"
    )
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    listener.local_addr().expect("it has an address").port()
}

/// The guardian and its services sleep now and then as well, as they would if the
/// machine did. After that one of them hangs in a sleep, and the machine goes on.
#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_thousand_sleeps_restart_nothing() {
    let logind = Logind::start();
    let config = service("api", "") + &judged(free_port());
    let mut guarded = listening(&logind, &config);
    let (guardian, api) = (guarded.pid(), guarded.service_pid("api"));
    let heart = guarded.service_pid("heart");
    for sleep in 0..1000_u64 {
        logind.sleep_begins();
        if sleep % 20 == 0 {
            guarded.wait_for("suspending", None);
            signal(&[guardian, api, heart], Signal::STOP);
            // Of a length of its own, some longer than the watchdog.
            thread::sleep(Duration::from_millis(sleep * 7 % 1_300));
            signal(&[api, heart, guardian], Signal::CONT);
        }
        logind.sleep_is_over();
    }
    let told = || {
        let text = guarded.succeed(&["events", "--json", "-n", "10000"]);
        ["suspending", "resumed"].map(|what| text.matches(&format!("\"{what}\"")).count())
    };
    eventually("all is told", || told() == [1000, 1000]);
    assert_eq!(guarded.service_pid("api"), api);
    assert_eq!(guarded.service_pid("heart"), heart);
    logind.sleep_begins();
    guarded.wait_for("suspending", None);
    signal(&[heart], Signal::STOP);
    logind.sleep_is_over();
    let stopping = guarded.wait_for("stopping", Some("heart"));
    let mut reasons = ["watchdog", "not-alive"].iter();
    assert!(reasons.any(|why| stopping["reason"] == **why), "{stopping}");
    guarded.wait_for("started", Some("heart"));
    let events = guarded.shut_down();
    let deaths = |service: &str| {
        let is_death = |event: &&Value| event["event"] == "death" && event["service"] == service;
        events.iter().filter(is_death).count()
    };
    assert_eq!(deaths("api"), 1, "the one of the end");
    assert_eq!(deaths("heart"), 2, "that of the hang, and that of the end");
}

fn signal(pids: &[u32], signal: Signal) {
    for pid in pids {
        let pid = i32::try_from(*pid).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process number"), signal).expect("it lives");
    }
}
