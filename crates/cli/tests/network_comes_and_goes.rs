//! A service that needs the network, on a machine whose network comes and goes: in a
//! network namespace of the test's own (ip-netns(8)).
#![cfg(target_os = "linux")]

mod guarded;

use std::fs::{self, File};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::Command;

use guarded::{Guarded, eventually, outlast, toml};
use outlast_testkit::victim_path;
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use serde_json::Value;

/// A namespace in which the test's thread is, and what it starts: with a cable (`near`)
/// that leads to nothing but its own other end (`far`).
struct Namespace(String);

impl Namespace {
    fn enter(test: &str) -> Self {
        let name = format!("outlast-{}-{test}", std::process::id());
        ip(&["netns", "add", &name]);
        let namespace = Self(name);
        let file = File::open(Path::new("/run/netns").join(&namespace.0)).expect("it is there");
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
            .expect("root may enter it");
        ip(&["link", "add", "near", "type", "veth", "peer", "name", "far"]);
        namespace
    }

    /// All that a machine has without a gateway, on a cable that is no real one.
    fn plug_in(&self) {
        ip(&["link", "set", "near", "up"]);
        ip(&["link", "set", "far", "up"]);
        ip(&["address", "add", "192.0.2.1/24", "dev", "near"]);
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It goes with the last process in it.
        let _ = Command::new("ip")
            .args(["netns", "delete", &self.0])
            .status();
    }
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output();
    let output = output.expect("iproute2 is installed");
    assert!(output.status.success(), "ip {arguments:?}: {output:?}");
}

fn config(network: &str) -> String {
    let victim = toml(victim_path());
    format!(
        "[services.web]\ncommand = [{victim}, \"hang\"]\n\
         [services.api]\ncommand = [{victim}, \"hang\"]\nrestart = {{ delay = \"10ms\" }}\n{network}\n"
    )
}

const ONLINE: &str = "network = \"online\"";

/// Whether a thread of the guardian listens to the network.
fn listens(guarded: &Guarded) -> bool {
    let tasks = fs::read_dir(format!("/proc/{}/task", guarded.pid())).expect("it lives");
    let mut names = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.any(|name| name.trim() == "network")
}

fn waits(guarded: &Guarded) -> bool {
    let status = guarded.status("api");
    let left = status["network_wait_seconds"].as_f64();
    status["state"] == "waiting" && left.is_some_and(|left| left <= 60.0)
}

/// Whether the wait was not for nothing.
fn is_in_time(events: &[Value]) -> bool {
    events
        .iter()
        .all(|event| event["event"] != "network-missing")
}

#[test]
#[ignore = "takes root and iproute2; `cargo xtask test` runs it"]
fn a_service_is_started_when_the_network_is_there() {
    let namespace = Namespace::enter("start");
    let mut guarded = Guarded::run(&config(ONLINE));
    assert_eq!(guarded.wait_for("network", None)["state"], "offline");
    guarded.wait_for("waiting-for-network", Some("api"));
    guarded.wait_for("started", Some("web"));
    assert!(waits(&guarded), "{}", guarded.status("api"));
    let shown = guarded.outlast(&["status"]);
    let shown = String::from_utf8(shown.stdout).expect("text");
    assert!(shown.contains("waits for the network"), "{shown}");

    let start = outlast()
        .args(["start", "api", "--state-dir"])
        .arg(guarded.state_dir())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command can be run");
    guarded.wait_for("requested", None);
    namespace.plug_in();
    guarded::rests(&guarded);
    assert!(
        waits(&guarded),
        "an address on what is no cable is no network"
    );
    ip(&["route", "add", "default", "via", "192.0.2.2"]);
    assert_eq!(guarded.wait_for("network", None)["state"], "online");
    guarded.wait_for("started", Some("api"));
    let start = start.wait_with_output().expect("it ends");
    assert!(start.status.success());
    let told = String::from_utf8(start.stderr).expect("text");
    assert!(told.contains("api waits for the network"), "{told}");
    guarded::rests(&guarded);
    assert!(is_in_time(&guarded.shut_down()));
}

#[test]
#[ignore = "takes root and iproute2; `cargo xtask test` runs it"]
fn a_restart_waits_while_the_cable_is_out() {
    let namespace = Namespace::enter("restart");
    namespace.plug_in();
    // By either family.
    ip(&["-6", "route", "add", "default", "dev", "near"]);
    let mut guarded = Guarded::run(&config(ONLINE));
    guarded.wait_for("started", Some("api"));
    ip(&["link", "set", "far", "down"]);
    assert_eq!(guarded.wait_for("network", None)["state"], "offline");
    let api = i32::try_from(guarded.service_pid("api")).ok();
    let api = api.and_then(Pid::from_raw).expect("a process number");
    kill_process(api, Signal::KILL).expect("it lives");
    guarded.wait_for("waiting-for-network", Some("api"));
    assert!(waits(&guarded));
    ip(&["link", "set", "far", "up"]);
    guarded.wait_for("started", Some("api"));
    let events = guarded.shut_down();
    assert!(is_in_time(&events));
    let states = events.iter().filter(|event| event["event"] == "network");
    let states: Vec<_> = states.filter_map(|event| event["state"].as_str()).collect();
    assert_eq!(states, ["offline", "online"]);
}

#[test]
#[ignore = "takes root and iproute2; `cargo xtask test` runs it"]
fn nobody_listens_to_the_network_whom_it_does_not_concern() {
    let _namespace = Namespace::enter("reload");
    let mut guarded = Guarded::run(&config(""));
    guarded.wait_for("started", Some("api"));
    assert!(!listens(&guarded));
    let file = guarded.folder.path().join("outlast.toml");
    fs::write(&file, config(ONLINE)).expect("a file");
    // It is answered when the service runs, which nobody waits for here.
    let mut reload = outlast()
        .args(["reload", "--state-dir"])
        .arg(guarded.state_dir())
        .spawn()
        .expect("the command can be run");
    guarded.wait_for("waiting-for-network", Some("api"));
    assert!(listens(&guarded));
    fs::write(&file, config("")).expect("a file");
    guarded.succeed(&["reload"]);
    reload.wait().expect("it ends");
    guarded.wait_for("started", Some("api"));
    eventually("the thread ends", || !listens(&guarded));
    assert!(is_in_time(&guarded.shut_down()));
}
