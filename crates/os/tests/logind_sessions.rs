//! Sessions are told as logind has them, and entered with what their programs find.
//! The example `sessions` does both, as each test has a bus of its own.
#![cfg(all(target_os = "linux", feature = "bus"))]

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use outlast_os::account::Account;
use outlast_testkit::{Logind, victim_path};

/// A test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

struct Listener {
    child: Child,
    asked: ChildStdin,
    told: Receiver<String>,
}

impl Listener {
    fn of(logind: &Logind) -> Self {
        let test = env::current_exe().expect("a running test knows its own path");
        let profile_dir = test
            .ancestors()
            .nth(2)
            .expect("it is in target/PROFILE/deps");
        let mut child = Command::new(profile_dir.join("examples/sessions"))
            .env("DBUS_SYSTEM_BUS_ADDRESS", logind.address())
            .env("MARK", "guardian")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo build -p outlast-os --features bus --examples");
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, told) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            for line in lines {
                let _ = sender.send(line);
            }
        });
        Self {
            asked: child.stdin.take().expect("it is piped"),
            child,
            told,
        }
    }

    fn next(&self) -> String {
        self.told.recv_timeout(PATIENCE).expect("it says something")
    }

    #[track_caller]
    fn tells(&self, lines: &[&str]) {
        for line in lines {
            assert_eq!(self.next(), *line);
        }
    }

    /// What it says to `enter`, up to the last line.
    fn enter(&mut self, id: &str, user: &str) -> Vec<String> {
        writeln!(self.asked, "{id} {user}").expect("it listens");
        let mut said = Vec::new();
        loop {
            said.push(self.next());
            let last = said.last().expect("one was pushed");
            if last.starts_with("needed: ") || last.starts_with("refused: ") {
                return said;
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn hanging(variables: &[(&str, &str)]) -> Child {
    let mut command = Command::new(victim_path());
    command.arg("hang").stdout(Stdio::null());
    command.env_clear().envs(variables.iter().copied());
    command.spawn().expect("it starts")
}

fn end(process: &mut Child) {
    process.kill().expect("it is ours");
    process.wait().expect("it was there");
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn all_sessions_are_told_first_and_after_each_change() {
    if !Account::is_privileged() {
        eprintln!("SKIPPED: sessions of others are told to nobody but root");
        return;
    }
    let mut logind = Logind::start();
    logind.log_on("1", "ann");
    let listener = Listener::of(&logind);
    listener.tells(&["sessions: 1 of ann active local;"]);
    let mut leader = hanging(&[]);
    logind.log_on_led("2", "bob", leader.id());
    listener.tells(&[
        "2 logged-on",
        "sessions: 1 of ann active local; 2 of bob active local;",
    ]);
    logind.update("1", "{'Active': <false>}");
    listener.tells(&[
        "1 disconnected",
        "sessions: 1 of ann local; 2 of bob active local;",
    ]);
    // What changes none of this tells no list.
    logind.session("1", "Lock", &[]);
    listener.tells(&["1 locked"]);
    end(&mut leader);
    listener.tells(&["2 logged-off", "sessions: 1 of ann local;"]);
    // While there is no logind, what was told stays.
    logind.end_mock();
    logind.begin();
    listener.tells(&["1 logged-off", "sessions:"]);
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn without_root_one_s_own_sessions_are_told_and_no_others() {
    let own = Account::current().expect("it has one");
    let logind = Logind::start();
    // Of another number, whatever it is called.
    logind.log_on_as("1", ("ann", own.uid().expect("a number") + 1), 1);
    let name = own.name().to_owned();
    logind.log_on_as("2", (&name, own.uid().expect("a number")), 1);
    let listener = Listener::of(&logind);
    let told = listener.next();
    assert!(told.contains(&format!(" 2 of {name} ")), "{told}");
    assert_eq!(
        told.contains(" of ann "),
        Account::is_privileged(),
        "{told}"
    );
}

/// A control group that a process is moved to; removed at the end.
struct Scope(PathBuf);

impl Scope {
    /// `None`: this process may make none.
    fn of(id: &str) -> Option<Self> {
        let roots = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
        let root = roots
            .into_iter()
            .find(|root| fs::exists(format!("{root}/cgroup.procs")).is_ok_and(|is| is))?;
        let dir = PathBuf::from(root).join(format!("session-{id}.scope"));
        match fs::create_dir(&dir) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => None,
            _ => Some(Self(dir)),
        }
    }

    fn take(&self, process: &Child) {
        let moved = fs::write(self.0.join("cgroup.procs"), process.id().to_string());
        moved.expect("a process can be moved");
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn a_session_is_entered_with_what_its_own_programs_have() {
    let id = format!("test{}", std::process::id());
    let Some(scope) = Scope::of(&id) else {
        eprintln!("SKIPPED: this process may not make control groups");
        return;
    };
    let own = Account::current().expect("it has one");
    let logind = Logind::start();
    logind.log_on_as(&id, (own.name(), own.uid().expect("a number")), 1);
    let mut daemon = hanging(&[("MARK", "daemon")]);
    let mut shell = hanging(&[
        ("XDG_SESSION_ID", &id),
        ("XDG_SEAT", "forged"),
        ("MARK", "shell"),
        ("PATH", "/session/bin"),
        ("XAUTHORITY", "/run/x"),
        ("USER", "somebody"),
        ("NOTIFY_SOCKET", "@x"),
        ("OUTLAST_TREE", "x"),
    ]);
    scope.take(&daemon);
    scope.take(&shell);
    let mut listener = Listener::of(&logind);
    listener.next();
    let said = listener.enter(&id, own.name());
    let has = |line: &str| said.iter().any(|said| said == line);
    assert_eq!(said[0], format!("entered as {}", own.name()));
    for expected in [
        "MARK=shell",
        "PATH=/session/bin",
        "XAUTHORITY=/run/x",
        "XDG_SEAT=seat0",
        &format!("XDG_SESSION_ID={id}"),
        &format!("USER={}", own.name()),
    ] {
        assert!(has(expected), "{expected}: {said:?}");
    }
    for absent in ["NOTIFY_SOCKET=@x", "OUTLAST_TREE=x", "MARK=guardian"] {
        assert!(!has(absent), "{absent}: {said:?}");
    }
    let needed = said.last().expect("it has said something");
    for name in ["XAUTHORITY", "XDG_RUNTIME_DIR", "PATH", "HOME"] {
        assert!(needed.contains(&format!(" {name}")), "{needed}");
    }
    assert!(!needed.contains("MARK"), "{needed}");
    end(&mut daemon);
    end(&mut shell);
}

#[test]
#[ignore = "takes python-dbusmock; `cargo xtask test` runs it"]
fn what_cannot_be_entered_says_why() {
    let own = Account::current().expect("it has one");
    let logind = Logind::start();
    logind.log_on_as("1", (own.name(), own.uid().expect("a number")), 1);
    logind.log_on_as("2", ("ann", 4_000_000_000), 1);
    let mut listener = Listener::of(&logind);
    listener.next();
    // Nothing of its programs can be read, and it is entered all the same.
    let said = listener.enter("1", own.name());
    assert!(said.contains(&"XDG_SESSION_ID=1".to_owned()), "{said:?}");
    let other = listener.enter("1", "somebody-else");
    assert_eq!(other, ["refused: the session 1 has ended"]);
    let unknown = listener.enter("2", "ann");
    assert_eq!(
        unknown,
        ["refused: cannot look up the user of the session 2"]
    );
    logind.update("1", "{'State': <'closing'>}");
    let closing = listener.enter("1", own.name());
    assert_eq!(closing, ["refused: the session 1 has ended"]);
}
