//! A native manager for tests: the socket that sd_notify(3) speaks to, with a
//! real guardian behind it.

use std::os::unix::net::UnixDatagram;
use std::process::Command;

use crate::guarded::{Guarded, PATIENCE};

/// A guardian and the manager that it believes to have been started by.
pub(crate) struct Notified {
    pub(crate) guarded: Guarded,
    socket: UnixDatagram,
}

impl Notified {
    /// Runs a guardian of `config` under the manager.
    pub(crate) fn run(config: &str, prepare: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        std::fs::write(folder.path().join("outlast.toml"), config)
            .expect("the file can be written");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket can be bound");
        socket
            .set_read_timeout(Some(PATIENCE))
            .expect("a socket has a time-out");
        let guarded = Guarded::run_as(folder, |command| {
            command
                .args(["--native", "systemd"])
                .env("NOTIFY_SOCKET", &path);
            prepare(command);
        });
        Self { guarded, socket }
    }

    /// What the guardian tells next.
    pub(crate) fn next(&self) -> String {
        let mut message = [0; 4096];
        let length = self
            .socket
            .recv(&mut message)
            .unwrap_or_else(|error| panic!("nothing is told: {error}\n{}", self.guarded.stderr()));
        String::from_utf8_lossy(&message[..length]).into_owned()
    }

    /// What it tells until it tells `wanted`, which comes last.
    pub(crate) fn until(&self, wanted: &str) -> Vec<String> {
        let mut told = Vec::new();
        while told
            .last()
            .is_none_or(|last: &String| !last.starts_with(wanted))
        {
            told.push(self.next());
        }
        told
    }

    /// What is told and has not been read.
    pub(crate) fn drain(&self) -> Vec<String> {
        self.socket
            .set_nonblocking(true)
            .expect("a socket can be told not to block");
        let mut message = [0; 4096];
        let told = std::iter::from_fn(|| {
            let length = self.socket.recv(&mut message).ok()?;
            Some(String::from_utf8_lossy(&message[..length]).into_owned())
        })
        .collect();
        self.socket
            .set_nonblocking(false)
            .expect("a socket can be told to block");
        told
    }
}
