//! A bus of a test's own with a logind on it that does as it is told:
//! python-dbusmock's, spoken to with `gdbus`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Nothing that is waited for takes this long on a machine that works.
const PATIENCE: Duration = Duration::from_secs(60);

const MANAGER: &str = "org.freedesktop.login1.Manager";

/// How its lock is listed.
const OURS: &str = "'sleep:shutdown', 'outlast'";

/// A template for dbusmock of our own.
const STRICT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/strict_logind.py");

/// Debian's, for which its python3-dbusmock is.
const PYTHON: &str = "/usr/bin/python3";

/// A mock logind on its bus. Dropping it ends both.
#[derive(Debug)]
pub struct Logind {
    dir: PathBuf,
    bus: Child,
    mock: Option<Child>,
    template: &'static str,
}

impl Logind {
    /// With nobody logged on.
    ///
    /// # Panics
    /// Where dbus-daemon, gdbus or python3-dbusmock are not installed.
    pub fn start() -> Self {
        Self::of("logind")
    }

    /// One that grants to hold back the sleep of an idle machine and no other, as
    /// logind does with a user who has no session.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn strict() -> Self {
        Self::of(STRICT)
    }

    fn of(template: &'static str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("outlast-logind-{}-{count}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir).expect("a folder can be made");
        let socket = dir.join("bus");
        let config = CONFIG.replace("SOCKET", socket.to_str().expect("test paths are Unicode"));
        fs::write(dir.join("bus.conf"), config).expect("a file");
        let mut logind = Self {
            bus: run_bus(&dir),
            mock: None,
            template,
            dir,
        };
        logind.begin();
        logind
    }

    /// The mock begins, with a bus that is there.
    ///
    /// # Panics
    /// When it does not.
    pub fn begin(&mut self) {
        let mock = Command::new(PYTHON)
            .args(["-m", "dbusmock", "--system", "--template", self.template])
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
    pub fn restart_bus(&mut self) {
        end(&mut self.bus);
        self.end_mock();
        self.bus = run_bus(&self.dir);
    }

    /// logind alone ends.
    pub fn end_mock(&mut self) {
        self.mock.take().iter_mut().for_each(end);
    }

    /// Where the bus is, as `DBUS_SYSTEM_BUS_ADDRESS` has it.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.dir.join("bus").display())
    }

    /// Says that a sleep begins.
    pub fn sleep_begins(&self) {
        self.announce("PrepareForSleep", "true");
    }

    /// Says that it is over.
    pub fn sleep_is_over(&self) {
        self.announce("PrepareForSleep", "false");
    }

    /// Says that a shutdown begins.
    pub fn shutdown_begins(&self) {
        self.announce("PrepareForShutdown", "true");
    }

    /// Says that it is cancelled.
    pub fn shutdown_is_cancelled(&self) {
        self.announce("PrepareForShutdown", "false");
    }

    fn announce(&self, signal: &str, begins: &str) {
        let arguments = format!("[<{begins}>]");
        self.mock_call("EmitSignal", &[MANAGER, signal, "b", &arguments]);
    }

    /// Makes a session of `user`, and says so.
    pub fn log_on(&self, id: &str, user: &str) {
        self.mock_call("AddSession", &[id, "seat0", "1000", user, "true"]);
        self.tell_of_session("SessionNew", id);
    }

    /// The same, of a session that the process `leader` leads.
    pub fn log_on_led(&self, id: &str, user: &str, leader: u32) {
        self.log_on_as(id, (user, 1000), leader);
    }

    /// The same, of a user with this number.
    pub fn log_on_as(&self, id: &str, (user, uid): (&str, u32), leader: u32) {
        self.mock_call("AddSession", &[id, "seat0", &uid.to_string(), user, "true"]);
        self.update(id, &format!("{{'Leader': <uint32 {leader}>}}"));
        self.tell_of_session("SessionNew", id);
    }

    /// Says that it is over.
    pub fn log_off(&self, id: &str) {
        self.tell_of_session("SessionRemoved", id);
    }

    fn tell_of_session(&self, signal: &str, id: &str) {
        let arguments = format!("[<'{id}'>, <objectpath '{}'>]", path(id));
        self.mock_call("EmitSignal", &[MANAGER, signal, "so", &arguments]);
    }

    /// Calls a method of a session.
    pub fn session(&self, id: &str, method: &str, arguments: &[&str]) {
        let method = format!("org.freedesktop.login1.Session.{method}");
        self.call(&path(id), &method, arguments);
    }

    /// Sets a property of a session, and says so.
    pub fn update(&self, id: &str, properties: &str) {
        let interface = "org.freedesktop.login1.Session";
        let method = "org.freedesktop.DBus.Mock.UpdateProperties";
        self.call(&path(id), method, &[interface, properties]);
    }

    /// Who keeps the machine from sleeping.
    pub fn inhibitors(&self) -> String {
        let method = format!("{MANAGER}.ListInhibitors");
        self.call("/org/freedesktop/login1", &method, &[])
    }

    /// Whether Outlast's lock is held.
    pub fn is_inhibited(&self) -> bool {
        self.inhibitors().contains(OURS)
    }

    /// Waits until Outlast's lock is held.
    #[track_caller]
    pub fn wait_until_inhibited(&self) {
        self.wait_for_inhibitors("held", |list| list.contains(OURS));
    }

    /// Waits until it is not.
    #[track_caller]
    pub fn wait_until_released(&self) {
        self.wait_for_inhibitors("released", |list| !list.contains(OURS));
    }

    #[track_caller]
    fn wait_for_inhibitors(&self, what: &str, condition: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(&self.inhibitors()) {
            assert!(Instant::now() < deadline, "the inhibitor is never {what}");
            std::thread::sleep(Duration::from_millis(5));
        }
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
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn path(session: &str) -> String {
    format!("/org/freedesktop/login1/session/{session}")
}

/// Returns when the bus listens.
fn run_bus(dir: &Path) -> Child {
    let config = dir.join("bus.conf");
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
