//! A service with a sandbox does what it should, and not what it should not.
#![cfg(target_os = "linux")]

mod guarded;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use guarded::{Guarded, eventually, outlast, toml};
use tempfile::TempDir;

/// An account that has nothing (`nobody` on every Linux).
const NOBODY: u32 = 65534;

/// As whom the guardian runs, and its service.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Whose {
    Own,
    /// The service under another account.
    Service,
    /// The guardian, too.
    Guardian,
}

fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("every Linux has it");
    status.contains("Uid:\t0\t")
}

/// Why this machine cannot do it, in its own words.
fn obstacle() -> Option<String> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("outlast.toml");
    fs::write(
        &file,
        "[services.a]\ncommand = 'true'\nsandbox = 'default'\n",
    )
    .expect("written");
    let checked = outlast()
        .arg("check")
        .arg(file)
        .output()
        .expect("it can be run");
    let told = String::from_utf8_lossy(&checked.stderr).into_owned();
    (!checked.status.success()).then_some(told)
}

/// Runs a service in a shell whose `script` ends by printing `done`; what it printed.
fn printed(sandbox: &str, script: &str, whose: Whose) -> String {
    let guarded = run(sandbox, script, whose);
    eventually("it is done", || {
        guarded.succeed(&["logs", "web"]).contains("done")
    });
    let printed = guarded.succeed(&["logs", "web"]);
    guarded.shut_down();
    printed
}

fn run(sandbox: &str, script: &str, whose: Whose) -> Guarded {
    let folder: TempDir = tempfile::tempdir().expect("a temporary folder can be made");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    let user = if whose == Whose::Service {
        "user = 'nobody'\n"
    } else {
        ""
    };
    let config = format!(
        "[services.web]\ncommand = ['sh', 'script']\n{user}restart = 'never'\nsandbox = {sandbox}\n"
    );
    let script = format!("{script}\necho done\nexec sleep 1000\n");
    fs::write(folder.path().join("script"), script).expect("it can be written");
    fs::write(folder.path().join("outlast.toml"), config).expect("it can be written");
    if whose != Whose::Own {
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("root may");
    }
    Guarded::run_as(folder, |command| {
        if whose == Whose::Guardian {
            command.uid(NOBODY).gid(NOBODY);
        }
    })
}

/// Everybody as whom it can be tried here.
fn everybody() -> Vec<Whose> {
    if let Some(obstacle) = obstacle() {
        eprintln!("SKIPPED: {obstacle}");
        return Vec::new();
    }
    if !is_root() {
        eprintln!("SKIPPED in part: only root may run things as somebody else");
        return vec![Whose::Own];
    }
    let mut all = vec![Whose::Own, Whose::Service];
    let can_run = Command::new(env!("CARGO_BIN_EXE_outlast"))
        .arg("version")
        .uid(NOBODY)
        .output();
    if can_run.is_ok_and(|output| output.status.success()) {
        all.push(Whose::Guardian);
    } else {
        eprintln!("SKIPPED in part: nobody else may run the program here");
    }
    all
}

/// Tells whether the shell could do something.
fn tries(what: &str, command: &str) -> String {
    format!("if {command} 2>/dev/null; then echo can {what}; else echo cannot {what}; fi;")
}

#[track_caller]
fn assert_lines(printed: &str, lines: &[&str]) {
    for line in lines {
        assert!(
            printed.lines().any(|printed| printed == *line),
            "no {line}: {printed}"
        );
    }
}

#[test]
fn default_leaves_it_its_own_and_takes_the_system() {
    let outside = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    let marker = outside.path().display();
    for whose in everybody() {
        let script = [
            tries("see it", &format!("[ -e {marker} ]")),
            tries("write to tmp", "echo x > /tmp/x && rm /tmp/x"),
            tries("write here", "echo x > here"),
            tries("read etc", "read -r line < /etc/passwd"),
            tries("change etc", "echo > /etc/outlast-test-x"),
            tries("change usr", "echo > /usr/outlast-test-x"),
            tries("tune", "echo >> /proc/sys/kernel/hostname"),
            tries("mount", "mount -t tmpfs none /mnt"),
            tries("use null", "echo x > /dev/null"),
            "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status".to_owned(),
        ];
        let printed = printed("'default'", &script.concat(), whose);
        let expected = [
            "cannot see it",
            "can write to tmp",
            "can write here",
            "can read etc",
            "cannot change etc",
            "cannot change usr",
            "cannot tune",
            "cannot mount",
            "can use null",
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
        ];
        assert_lines(&printed, &expected);
        assert!(outside.path().exists());
    }
}

#[test]
fn strict_leaves_it_what_it_is_given() {
    let given = tempfile::tempdir().expect("a temporary folder can be made");
    let shown = tempfile::tempdir().expect("a temporary folder can be made");
    for folder in [given.path(), shown.path()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).expect("it is ours");
    }
    fs::write(shown.path().join("x"), "x").expect("written");
    let sandbox = format!(
        "{{ preset = 'strict', write = [{}], read = [{}] }}",
        toml(given.path()),
        toml(shown.path())
    );
    let (give, show) = (given.path().display(), shown.path().display());
    for whose in everybody() {
        let script = [
            tries("write here", "echo x > here"),
            tries("write what is given", &format!("echo x > {give}/x")),
            tries(
                "read what is shown",
                &format!("read -r x < {show}/x || [ -n \"$x\" ]"),
            ),
            tries("write what is shown", &format!("echo > {show}/y")),
            tries("write elsewhere", "echo > /var/outlast-test-x"),
            tries("write to run", "echo > /run/outlast-test-x"),
            tries("see homes", "[ -n \"$(ls -A /root /home | grep -v :)\" ]"),
            tries("unshare", "unshare -Ur true"),
            tries("use null", "echo x > /dev/null"),
        ];
        let printed = printed(&sandbox, &script.concat(), whose);
        let expected = [
            "can write here",
            "can write what is given",
            "can read what is shown",
            "cannot write what is shown",
            "cannot write elsewhere",
            "cannot write to run",
            "cannot see homes",
            "cannot unshare",
            "can use null",
        ];
        assert_lines(&printed, &expected);
        fs::remove_file(given.path().join("x")).expect("it has written outside, too");
    }
}

#[test]
fn it_can_still_tell_that_it_is_ready_and_find_its_secrets() {
    // Perl is in the part of the system that every preset shows. It stays, since
    // nobody can tell whose word it was once the one who sent it has ended.
    let notify = "exec perl -MSocket -e 'socket($s, AF_UNIX, SOCK_DGRAM, 0); \
                  $ENV{NOTIFY_SOCKET} =~ /^@(.*)/; \
                  send($s, q(READY=1), 0, pack_sockaddr_un(qq(\\0$1))) or die $!; sleep'";
    if everybody().is_empty() || !Path::new("/usr/bin/perl").exists() {
        eprintln!("SKIPPED: there is no sandbox or no Perl here");
        return;
    }
    for preset in ["'default'", "'strict'"] {
        let keys = format!("{preset}\nready = 'notify'\nsecret.KEY = {{ file = 'outlast.toml' }}");
        let script = format!("cat \"$KEY_FILE\" > copy; {notify}");
        let mut guarded = run(&keys, &script, Whose::Own);
        guarded.wait_for("ready", Some("web"));
        let copy = fs::read_to_string(guarded.folder.path().join("copy")).expect("copied");
        assert!(copy.contains("[services.web]"), "{copy}");
        guarded.shut_down();
    }
}

#[test]
fn what_cannot_be_had_is_a_start_that_failed() {
    if everybody().is_empty() {
        return;
    }
    let given = tempfile::tempdir().expect("a temporary folder can be made");
    let sandbox = format!("{{ preset = 'default', write = [{}] }}", toml(given.path()));
    let mut guarded = run(&sandbox, "true", Whose::Own);
    guarded.wait_for("started", Some("web"));
    drop(given);
    guarded.outlast(&["restart", "web"]);
    let event = guarded.wait_for("start-failed", Some("web"));
    assert_eq!(event["failure"]["step"], "confine", "{event}");
    guarded.shut_down();
}
