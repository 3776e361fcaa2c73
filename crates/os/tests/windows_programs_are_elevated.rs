//! A program that runs elevated gets its arguments, gives its exit code back, and
//! can speak at the console of whoever asked for it.
//!
//! Under Wine everybody is an administrator and nobody is asked.
#![cfg(windows)]

use std::env;
use std::io::{self, IsTerminal as _};
use std::os::windows::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use outlast_os::elevate;
use outlast_testkit::victim_path;
use windows_sys::Win32::System::Threading::{CREATE_NEW_CONSOLE, DETACHED_PROCESS};

/// For the process of [`a_program_speaks_at_another_s_console`].
const CONSOLE_OF: &str = "OUTLAST_TEST_CONSOLE_OF";

#[test]
fn the_exit_code_comes_back() {
    let code = elevate::run(&victim_path(), &["exit".into(), "42".into()]).expect("it runs");
    assert_eq!(code, 42);
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let missing = Path::new(r"C:\nobody put this here.exe");
    elevate::run(missing, &[]).expect_err("nothing to run");
}

#[test]
fn nobody_is_asked_who_may_do_everything() {
    assert!(!elevate::is_offered());
}

/// In a process of its own, which loses its console.
#[test]
fn a_program_speaks_at_another_s_console() {
    let mut other = Command::new(victim_path())
        .arg("hang")
        .creation_flags(CREATE_NEW_CONSOLE)
        .spawn()
        .expect("it has a console of its own");
    let joined = Command::new(env::current_exe().expect("a test has a path"))
        .args(["--exact", "joins", "--ignored"])
        .env(CONSOLE_OF, other.id().to_string())
        .creation_flags(DETACHED_PROCESS)
        .stdin(Stdio::null())
        .output();
    other.kill().expect("it hangs");
    other.wait().expect("it was killed");
    let joined = joined.expect("it runs");
    assert!(joined.status.success(), "{joined:?}");
}

#[test]
#[ignore = "a part of the test above"]
fn joins() {
    let pid = env::var(CONSOLE_OF).expect("set by the test above");
    assert!(!io::stdout().is_terminal());
    elevate::join_console(pid.parse().expect("a number")).expect("it has a console");
    assert!(io::stdin().is_terminal());
    assert!(io::stdout().is_terminal());
    assert!(io::stderr().is_terminal());
}
