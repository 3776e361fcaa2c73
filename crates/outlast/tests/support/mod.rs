//! A service in some mood (`examples/moody_service.rs`), and what it does.
#![allow(dead_code, reason = "each test file uses its part")]

use std::env;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A test that waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Moody {
    child: Child,
    told: Receiver<String>,
}

/// The example `name`, which cargo builds together with the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a running test knows its own path");
    let profile_dir = test
        .ancestors()
        .skip(1)
        .find(|dir| !dir.ends_with("deps"))
        .expect("cargo puts tests into a folder of the target directory");
    let path = profile_dir
        .join("examples")
        .join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(
        path.exists(),
        "{} is not there; run: cargo build -p outlast --examples",
        path.display()
    );
    path
}

impl Moody {
    /// Starts it, with these variables and no others that a manager sets.
    pub(crate) fn start(mood: &str, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(example("moody_service"));
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            command.env_remove(name);
        }
        for name in ["OUTLAST_SERVICE", "RC_SVCNAME", "XPC_SERVICE_NAME"] {
            command.env_remove(name);
        }
        let mut child = command
            .arg(mood)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        let stdout = child.stdout.take().expect("it is piped");
        let (sender, told) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, told }
    }

    /// What it tells next.
    pub(crate) fn next_line(&self) -> String {
        self.told.recv_timeout(PATIENCE).expect("it says something")
    }

    /// Waits until it tells `line`.
    pub(crate) fn expect(&self, line: &str) {
        while self.next_line() != line {}
    }

    /// Lets it go on.
    pub(crate) fn go_on(&mut self) {
        let stdin = self.child.stdin.as_mut().expect("it is piped");
        stdin.write_all(b"\n").expect("it reads");
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end. Gives its status and what it wrote to standard error.
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(10));
        };
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("it is piped");
        pipe.read_to_string(&mut stderr).expect("it is text");
        (status, stderr)
    }
}

impl Drop for Moody {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
