//! A program that makes itself a service of Windows, from its own command line.
#![cfg(windows)]

mod support;

use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::process::{self, Command};
use std::sync::{Mutex, MutexGuard, PoisonError};

use outlast_native::register::{Register, Registration};
use outlast_native::{ManagerKind, NativeName, Scope};
use outlast_os::platform_log::source;
use support::example;

/// Wine's manager mixes up the handles of callers that come at once.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The example under a name; removed when this goes.
struct Hello {
    name: String,
    port: String,
    _alone: MutexGuard<'static, ()>,
}

impl Hello {
    fn new(name: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("bound").port().to_string();
        let name = format!("{name} {}", process::id());
        let hello = Self {
            name,
            port,
            _alone: ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner),
        };
        // Wine gives the numbers of processes anew.
        drop(hello.command("purge").output());
        hello
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(example("hello_service"));
        command.args([verb, &self.port, &self.name]);
        command
    }

    /// What it prints. It has to succeed.
    fn act(&self, verb: &str) -> String {
        let output = self.command(verb).output().expect("it can be run");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{verb}: {told}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn registration(&self) -> Option<Registration> {
        let name = NativeName::new(&self.name).expect("a name");
        let register = Register::of(Scope::System).expect("it is known where");
        register.get(&name).expect("it can be read")
    }

    /// What the manager tells of it.
    fn property(&self, name: &str) -> String {
        let registration = self.registration().expect("it is on record");
        let manager = ManagerKind::Windows.manager();
        let properties = manager.properties(&registration).expect("it answers");
        let property = properties.into_iter().find(|found| found.name == name);
        property.expect("it is told").value
    }

    fn greeting(&self) -> String {
        let port = self.port.parse().expect("a port");
        let mut greeting = String::new();
        TcpStream::connect(("127.0.0.1", port))
            .and_then(|mut connection| connection.read_to_string(&mut greeting))
            .expect("it answers");
        greeting
    }
}

impl Drop for Hello {
    fn drop(&mut self) {
        drop(self.command("purge").output());
    }
}

#[test]
fn it_is_installed_started_stopped_and_removed_under_any_name() {
    for name in ["hello", "Grüße an alle"] {
        let hello = Hello::new(name);
        hello.act("install");
        assert!(hello.act("status").starts_with("Stopped"));
        assert_eq!(
            hello.property("display_name"),
            format!("{} (greets)", hello.name)
        );
        assert_eq!(hello.property("description"), "Greets whoever connects");
        let file = source::message_file(&hello.name).expect("it can be asked");
        assert!(file.is_some_and(|file| file.ends_with("EventCreate.exe")));

        hello.act("start");
        let status = hello.act("status");
        assert!(status.starts_with("Running Some("), "{status}");
        assert_eq!(hello.greeting(), "hello\n");
        hello.act("stop");
        assert!(hello.act("status").starts_with("Stopped"));

        hello.act("uninstall");
        assert!(hello.act("status").starts_with("NotInstalled"));
        assert_eq!(hello.registration(), None);
        let file = source::message_file(&hello.name).expect("it can be asked");
        assert_eq!(file, None);
    }
}

#[test]
fn a_service_that_runs_is_stopped_before_it_is_removed() {
    let hello = Hello::new("hello to be removed");
    hello.act("install");
    hello.act("install");
    hello.act("start");
    assert_eq!(hello.greeting(), "hello\n");
    hello.act("uninstall");
    assert!(hello.act("status").starts_with("NotInstalled"));
}

#[test]
fn what_others_have_installed_is_refused() {
    let mut hello = Hello::new("hello");
    hello.name = "PlugPlay".to_owned();
    for verb in ["install", "uninstall", "stop"] {
        let refused = hello.command(verb).output().expect("it can be run");
        assert!(!refused.status.success(), "{verb}");
    }
    assert!(!hello.act("status").starts_with("NotInstalled"));
}
