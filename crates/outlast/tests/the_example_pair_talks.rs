//! `examples/session`: the worker and its notifier, with a channel as a guardian
//! makes it.

mod support;

use std::io::{BufRead as _, BufReader, ErrorKind, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use outlast_model::ServiceName;
use outlast_os::account::Account;
use outlast_os::channel::{Channel, VARIABLE};
use support::example;

struct Guardian {
    channel: Channel,
    _state: tempfile::TempDir,
}

impl Guardian {
    fn new() -> Self {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = ServiceName::new("worker").expect("valid");
        Self {
            channel: Channel::make(state.path(), &core, None).expect("made"),
            _state: state,
        }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments);
        command.env(VARIABLE, self.channel.address());
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }

    fn start(&self, name: &str, arguments: &[&str]) -> Started {
        Started::from(self.command(example(name), arguments))
    }
}

impl Drop for Guardian {
    fn drop(&mut self) {
        let _ = self.channel.remove();
    }
}

struct Started {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Started {
    fn from(mut command: Command) -> Self {
        let mut child = loop {
            match command.spawn() {
                // The fork of another test still has a copy open for writing.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {}
                started => break started.expect("it can be started"),
            }
        };
        let stdout = child.stdout.take().expect("it is piped");
        let lines = BufReader::new(stdout).lines();
        Self { child, lines }
    }

    /// The first line that begins so.
    fn says(&mut self, beginning: &str) -> String {
        self.lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.starts_with(beginning))
            .unwrap_or_else(|| panic!("it has ended without saying {beginning:?}"))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_notifier_tells_what_the_worker_does_and_commands_it() {
    let guardian = Guardian::new();
    let own = Account::current().expect("whoever runs tests has an account");
    let _admission = guardian.channel.admit(&own).expect("admitted");
    let mut worker = guardian.start("worker", &[]);
    let mut notifier = guardian.start("notifier", &[]);
    worker.says(&format!("user {} has joined", own.id()));
    notifier.says("at ");
    // It may be told of work that was done before.
    let answer = guardian.start("notifier", &["pause"]).says("paused at ");
    assert_eq!(notifier.says("paused"), answer);

    drop(worker);
    notifier.says("not connected");
    let _worker = guardian.start("worker", &[]);
    notifier.says("at ");
}

#[cfg(unix)]
#[test]
fn another_user_s_notifier_is_refused() {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;

    if !Account::is_privileged() {
        eprintln!("SKIPPED: only root may change users");
        return;
    }
    let guardian = Guardian::new();
    let own = Account::current().expect("root has an account");
    let _admission = guardian.channel.admit(&own).expect("admitted");
    let nobody = Account::find("nobody").expect("every Unix has nobody");
    let mut worker = guardian.start("worker", &[]);
    let _own = guardian.start("notifier", &[]);
    worker.says(&format!("user {} has joined", own.id()));

    // Where tests are built need not be open to others.
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("opened");
    let program = folder.path().join("notifier");
    fs::copy(example("notifier"), &program).expect("copied");
    let mut command = guardian.command(&program, &[]);
    let (uid, gid) = nobody.uid().zip(nobody.gid()).expect("a Unix has them");
    command.current_dir("/").uid(uid).gid(gid);
    let mut refused = Started::from(command);
    refused.says("not connected: the service has not let this user in");
    worker.says(&format!(
        "refused: the guardian has no helper of user {uid}"
    ));

    let _admission = guardian.channel.admit(&nobody).expect("admitted");
    refused.says("at ");
    worker.says(&format!("user {uid} has joined"));
}
