//! A bus of a test's own with a logind on it that does as it is told:
//! python-dbusmock's, spoken to with `gdbus`.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test file uses its own part of this, so no lint is always expected"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::guarded::{Guarded, eventually};

const MANAGER: &str = "org.freedesktop.login1.Manager";

/// Debian's, for which its python3-dbusmock is.
const PYTHON: &str = "/usr/bin/python3";

/// A mock logind on its bus. Dropping it ends both.
pub(crate) struct Logind {
    folder: TempDir,
    bus: Child,
    mock: Option<Child>,
}

impl Logind {
    /// With nobody logged on.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let socket = folder.path().join("bus");
        let config = CONFIG.replace("SOCKET", socket.to_str().expect("test paths are Unicode"));
        fs::write(folder.path().join("bus.conf"), config).expect("a file");
        let mut logind = Self {
            bus: run_bus(&folder),
            mock: None,
            folder,
        };
        logind.begin();
        logind
    }

    /// The mock begins, with a bus that is there.
    pub(crate) fn begin(&mut self) {
        let mock = Command::new(PYTHON)
            .args(["-m", "dbusmock", "--system", "--template", "logind"])
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.address())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        self.mock = Some(mock.expect("Python is installed"));
        let wait = ["wait", "--system", "--timeout=60", "org.freedesktop.login1"];
        let waited = self.gdbus(&wait);
        assert!(
            waited.status.success(),
            "is python3-dbusmock installed? {waited:?}"
        );
        self.mock_call(
            "AddProperty",
            &[MANAGER, "InhibitDelayMaxUSec", "<uint64 5000000>"],
        );
    }

    /// The bus ends, and the mock with it; a new one begins in the same place, and
    /// no logind is on it.
    pub(crate) fn restart_bus(&mut self) {
        end(&mut self.bus);
        self.end_mock();
        self.bus = run_bus(&self.folder);
    }

    /// logind alone ends.
    pub(crate) fn end_mock(&mut self) {
        self.mock.take().iter_mut().for_each(end);
    }

    pub(crate) fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }

    /// A guardian that uses this bus.
    pub(crate) fn guard(&self, config: &str) -> Guarded {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::write(folder.path().join("outlast.toml"), config).expect("a file");
        Guarded::run_as(folder, |command| {
            command.env("DBUS_SYSTEM_BUS_ADDRESS", self.address());
        })
    }

    /// Says that a sleep begins or is over.
    pub(crate) fn prepare_for_sleep(&self, begins: bool) {
        self.signal(MANAGER, "PrepareForSleep", &format!("[<{begins}>]"));
    }

    /// Says that a shutdown begins or is cancelled.
    pub(crate) fn prepare_for_shutdown(&self, begins: bool) {
        self.signal(MANAGER, "PrepareForShutdown", &format!("[<{begins}>]"));
    }

    fn signal(&self, interface: &str, name: &str, arguments: &str) {
        self.mock_call("EmitSignal", &[interface, name, "b", arguments]);
    }

    /// Makes a session of `user`, and says so.
    pub(crate) fn log_on(&self, id: &str, user: &str) {
        self.mock_call("AddSession", &[id, "seat0", "1000", user, "true"]);
        self.tell_of_session("SessionNew", id);
    }

    /// Says that it is over.
    pub(crate) fn log_off(&self, id: &str) {
        self.tell_of_session("SessionRemoved", id);
    }

    fn tell_of_session(&self, signal: &str, id: &str) {
        let arguments = format!("[<'{id}'>, <objectpath '{}'>]", path(id));
        self.mock_call("EmitSignal", &[MANAGER, signal, "so", &arguments]);
    }

    /// Calls a method of a session.
    pub(crate) fn session(&self, id: &str, method: &str, arguments: &[&str]) {
        let method = format!("org.freedesktop.login1.Session.{method}");
        self.call(&path(id), &method, arguments);
    }

    /// Sets a property of a session, and says so.
    pub(crate) fn update(&self, id: &str, properties: &str) {
        let interface = "org.freedesktop.login1.Session";
        let method = "org.freedesktop.DBus.Mock.UpdateProperties";
        self.call(&path(id), method, &[interface, properties]);
    }

    /// Who keeps the machine from sleeping.
    pub(crate) fn inhibitors(&self) -> String {
        let method = format!("{MANAGER}.ListInhibitors");
        self.call("/org/freedesktop/login1", &method, &[])
    }

    /// Whether our guardian's lock is held.
    pub(crate) fn is_inhibited(&self) -> bool {
        self.inhibitors().contains("'sleep:shutdown', 'outlast'")
    }

    /// Waits until it is held, or is not.
    #[track_caller]
    pub(crate) fn wait_for_inhibitor(&self, is_held: bool) {
        eventually("the inhibitor is held or released", || {
            self.is_inhibited() == is_held
        });
    }

    fn mock_call(&self, method: &str, arguments: &[&str]) {
        let method = format!("org.freedesktop.DBus.Mock.{method}");
        self.call("/org/freedesktop/login1", &method, arguments);
    }

    #[track_caller]
    fn call(&self, path: &str, method: &str, arguments: &[&str]) -> String {
        let mut words = vec!["call", "--system", "--dest=org.freedesktop.login1"];
        words.extend(["--object-path", path, "--method", method]);
        words.extend(arguments);
        let output = self.gdbus(&words);
        assert!(output.status.success(), "{words:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn gdbus(&self, words: &[&str]) -> Output {
        Command::new("gdbus")
            .args(words)
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.address())
            .stdin(Stdio::null())
            .output()
            .expect("gdbus is installed")
    }
}

impl Drop for Logind {
    fn drop(&mut self) {
        self.end_mock();
        end(&mut self.bus);
    }
}

fn path(session: &str) -> String {
    format!("/org/freedesktop/login1/session/{session}")
}

/// Returns when the bus listens.
fn run_bus(folder: &TempDir) -> Child {
    let config: PathBuf = folder.path().join("bus.conf");
    let mut bus = Command::new("dbus-daemon")
        .arg("--config-file")
        .arg(config)
        .args(["--nofork", "--nopidfile", "--print-address"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // It complains that it may not have more files open.
        .stderr(Stdio::null())
        .spawn()
        .expect("dbus-daemon is installed");
    let output = bus.stdout.take().expect("it is a pipe");
    let mut address = String::new();
    let read = BufReader::new(output).read_line(&mut address);
    assert!(
        read.is_ok_and(|length| length > 0),
        "the bus does not begin"
    );
    bus
}

fn end(process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
}

/// Everybody may do everything.
const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=SOCKET</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
