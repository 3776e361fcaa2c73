//! Programs that were written for systemd tell a guardian how they are, and know
//! nothing of it.
#![cfg(target_os = "linux")]

mod guarded;

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::process::Command;

use guarded::{Guarded, eventually};
use rustix::process::{Pid, Signal, kill_process};

/// Python's three lines, as its users write them.
const PYTHON: &str = "import os,socket,sys,time
name = os.environ['NOTIFY_SOCKET']
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect('\\0' + name[1:] if name[0] == '@' else name)
s.sendall(b'READY=1\\nSTATUS=serving')
every = int(os.environ['WATCHDOG_USEC']) / 2e6
while True:
    s.sendall(b'WATCHDOG=1')
    time.sleep(every)
";

fn is_there(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").output();
    let is_there = asked.is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("SKIPPED: there is no {program}");
    }
    is_there
}

/// A service with this script of a shell, or of Python.
fn script(name: &str, (interpreter, script): (&str, &str), keys: &str) -> String {
    let script = format!("'''\n{script}'''");
    format!(
        "[services.{name}]\ncommand = [\"{interpreter}\", \"-c\", {script}]\ninherit_env = true\n\
         restart = {{ delay = \"10ms\" }}\n{keys}\n"
    )
}

fn send_signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    kill_process(pid.expect("a process number"), signal).expect("it lives");
}

#[test]
fn systemd_notify_makes_ready_and_tells_a_status() {
    if !is_there("systemd-notify") {
        return;
    }
    let sh = "while [ ! -e go ]; do sleep 0.01; done\n\
              systemd-notify --ready --status='half way' && systemd-notify X_OUTLAST_BUSY=1\n\
              exec sleep 600\n";
    let mut guarded = Guarded::run(&format!(
        "{}{}",
        script("db", ("sh", sh), "ready = \"notify\""),
        script("api", ("sh", "exec sleep 600\n"), "depends_on = [\"db\"]"),
    ));
    guarded.wait_for("started", Some("db"));
    assert_eq!(guarded.status("db")["health"]["ready"], false);
    assert_eq!(guarded.status("db")["health"]["awaits"], "notify");
    assert_eq!(guarded.status("api")["state"], "waiting");
    std::fs::write(guarded.folder.path().join("go"), "").expect("it can be written");
    guarded.wait_for("ready", Some("db"));
    guarded.wait_for("started", Some("api"));
    // The second call comes back only when the first has been dealt with.
    eventually("it has told all", || {
        guarded.status("db")["health"]["busy"] == true
    });
    assert_eq!(guarded.status("db")["health"]["status"], "half way");
    let shown = guarded.succeed(&["status", "db"]);
    assert!(shown.contains("says: half way"), "{shown}");
    guarded.shut_down();
}

#[test]
fn a_heartbeat_in_python_is_heard_and_missed() {
    if !is_there("python3") {
        return;
    }
    let keys = "ready = \"notify\"\nwatchdog = \"2s\"\nstop = \"kill\"";
    let mut guarded = Guarded::run(&script("web", ("python3", PYTHON), keys));
    let ready = guarded.wait_for("ready", Some("web"));
    assert_eq!(guarded.status("web")["health"]["status"], "serving");
    eventually("it has run for longer than it may be silent", || {
        let uptime = guarded.status("web")["uptime_seconds"].as_f64();
        uptime.is_some_and(|uptime| uptime > 3.0)
    });
    assert_eq!(guarded.status("web")["restarts"], 0);
    send_signal(guarded.service_pid("web"), Signal::STOP);
    let missed = guarded.wait_for("watchdog-missed", Some("web"));
    assert_eq!(missed["instance"], ready["instance"]);
    assert_eq!(
        guarded.wait_for("stopping", Some("web"))["reason"],
        "watchdog"
    );
    guarded.wait_for("death", Some("web"));
    guarded.wait_for("ready", Some("web"));
    guarded.shut_down();
}

#[test]
fn who_is_not_of_the_service_is_not_believed() {
    let keys = "ready = { notify = true, timeout = \"2s\" }\nstop = \"kill\"";
    let mut guarded = Guarded::run(&script("web", ("sh", "exec sleep 600\n"), keys));
    guarded.wait_for("started", Some("web"));
    let pid = guarded.service_pid("web");
    let environment = std::fs::read_to_string(format!("/proc/{pid}/environ")).expect("it lives");
    let name = environment
        .split('\0')
        .find_map(|variable| variable.strip_prefix("NOTIFY_SOCKET=@"))
        .expect("there is a socket");
    let address = SocketAddr::from_abstract_name(name).expect("a name");
    let stranger = UnixDatagram::unbound().expect("a socket");
    stranger.send_to_addr(b"READY=1", &address).expect("sent");
    guarded.wait_for("not-ready", Some("web"));
    assert!(
        guarded.stderr().contains("what that says is ignored"),
        "{}",
        guarded.stderr()
    );
    guarded.shut_down();
}

#[test]
fn who_talks_without_end_waits_and_holds_nobody_up() {
    if !is_there("python3") {
        return;
    }
    let flood = "import os,socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect('\\0' + os.environ['NOTIFY_SOCKET'][1:])
while True:
    s.sendall(b'STATUS=x\\n' * 400)
";
    let mut guarded = Guarded::run(&format!(
        "{}{}",
        script("loud", ("python3", flood), "notify = true\nstop = \"kill\""),
        script("calm", ("sh", "exec sleep 600\n"), "stop = \"kill\""),
    ));
    eventually("it talks", || {
        guarded.status("loud")["health"]["status"] == "x"
    });
    guarded.wait_for("started", Some("calm"));
    let before = resident(guarded.pid());
    for _ in 0..6 {
        send_signal(guarded.service_pid("calm"), Signal::KILL);
        guarded.wait_for("started", Some("calm"));
    }
    let grown = resident(guarded.pid()).saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KiB are waiting to be dealt with");
    guarded.shut_down();
}

/// In KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it lives");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let digits = line.map(|line| line.trim().trim_end_matches(" kB").to_owned());
    digits
        .and_then(|digits| digits.parse().ok())
        .expect("a number")
}
