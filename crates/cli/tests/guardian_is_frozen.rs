//! A guardian that was kept from running blames nobody for it.
#![cfg(target_os = "linux")]

mod guarded;

use std::thread;
use std::time::{Duration, Instant};

use guarded::{Guarded, outlast, toml};
use outlast_testkit::victim_path;
use rustix::process::{Pid, Signal, kill_process};

/// The service may take this long to stop; the freeze takes longer.
const STOP: Duration = Duration::from_secs(2);
const FREEZE: Duration = Duration::from_secs(5);

fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process number"), signal).expect("it lives");
}

/// Returns when it is: another signal that comes at once would come first.
fn stop(pid: u32) {
    signal(pid, Signal::STOP);
    guarded::eventually("it is stopped", || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it lives");
        stat.rsplit_once(')')
            .is_some_and(|(_, rest)| rest.starts_with(" T"))
    });
}

#[test]
fn a_stop_is_not_cut_short_by_a_freeze() {
    let mut guarded = Guarded::run(&format!(
        "[services.api]\ncommand = [{}, \"hang\"]\nstop.timeout = \"{}s\"\n",
        toml(victim_path()),
        STOP.as_secs()
    ));
    guarded.wait_for("started", Some("api"));
    let api = guarded.service_pid("api");
    // What is stopped cannot obey, and once it goes on it does at once.
    stop(api);
    let mut command = outlast()
        .args(["stop", "api", "--state-dir"])
        .arg(guarded.state_dir())
        .spawn()
        .expect("the command can be run");
    guarded.wait_for("stopping", Some("api"));
    let frozen = Instant::now();
    stop(guarded.pid());
    thread::sleep(FREEZE);
    signal(guarded.pid(), Signal::CONT);
    let frozen = frozen.elapsed().as_secs_f64();
    let event = guarded.wait_for("frozen", None);
    signal(api, Signal::CONT);
    assert!(command.wait().expect("it ends").success());

    let at_least = event["at_least_seconds"].as_f64().expect("a number");
    let at_most = event["at_most_seconds"].as_f64().expect("a number");
    assert!(
        at_least <= frozen + 0.5 && frozen <= at_most + 0.5,
        "{event} of {frozen}"
    );
    let events = guarded.shut_down();
    let was_killed = events.iter().any(|event| event["event"] == "killed");
    assert!(!was_killed, "{events:#?}");
}
