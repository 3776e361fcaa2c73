//! The main process of a tree: waiting for it and reaching it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use outlast_model::exit::Usage;
use outlast_model::service::Ask;
use outlast_model::{Exit, Pid};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{SignalKind, signal};

use super::children::{self, Serial};
use super::signalling;
use crate::limits::Unenforced;
use crate::polled::polled;
use crate::process::unix::Newborn;

/// Owned by whoever waits.
#[derive(Debug)]
pub(super) struct Process {
    identity: Arc<Identity>,
    unenforced: Vec<Unenforced>,
    /// Whether somebody has learned how it ended.
    collected: bool,
}

#[derive(Clone, Debug)]
pub(super) struct ProcessHandle(Arc<Identity>);

#[derive(Debug)]
struct Identity {
    pid: libc::pid_t,
    serial: Serial,
    /// `None` without pidfds, or when the runtime's poller refused it.
    pidfd: Option<AsyncFd<OwnedFd>>,
}

impl Process {
    pub(super) fn new(newborn: Newborn, serial: Serial, unenforced: Vec<Unenforced>) -> Self {
        let pidfd = newborn
            .pidfd
            .and_then(|pidfd| polled(pidfd, Interest::READABLE).ok());
        Self {
            identity: Arc::new(Identity {
                pid: newborn.pid,
                serial,
                pidfd,
            }),
            unenforced,
            collected: false,
        }
    }

    pub(super) fn pid(&self) -> Pid {
        Pid(self.identity.pid.cast_unsigned())
    }

    pub(super) fn unenforced(&self) -> &[Unenforced] {
        &self.unenforced
    }

    pub(super) fn handle(&self) -> ProcessHandle {
        ProcessHandle(Arc::clone(&self.identity))
    }

    pub(super) fn ask(&self, ask: Ask) -> io::Result<()> {
        self.identity.ask(ask)
    }

    pub(super) fn keep_at_full_speed(&self) -> io::Result<()> {
        can_be_kept_at_full_speed()
    }

    pub(super) async fn exited(mut self) -> (Exit, Option<Usage>) {
        let ended = self.identity.ended().await;
        self.collected = true;
        ended
    }
}

#[cfg(not(target_os = "macos"))]
pub(super) const fn can_be_kept_at_full_speed() -> io::Result<()> {
    Ok(())
}

/// App Nap and launchd's throttling are for a program, or its property list, to
/// decline; a parent cannot do it.
#[cfg(target_os = "macos")]
pub(super) fn can_be_kept_at_full_speed() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.collected {
            children::disown(self.identity.pid, self.identity.serial);
        }
    }
}

impl ProcessHandle {
    pub(super) fn ask(&self, ask: Ask) -> io::Result<()> {
        self.0.ask(ask)
    }
}

impl Identity {
    fn ask(&self, ask: Ask) -> io::Result<()> {
        let number = signalling::number(ask)?;
        #[cfg(target_os = "linux")]
        if let Some(pidfd) = &self.pidfd {
            return signalling::send_by_pidfd(pidfd.get_ref().as_fd(), number);
        }
        children::signal_by_number(self.pid, self.serial, number)
    }

    async fn ended(&self) -> children::Ended {
        match &self.pidfd {
            Some(pidfd) => self.ended_by_pidfd(pidfd).await,
            None => self.ended_by_signal().await,
        }
    }

    /// A pidfd becomes readable when the process has ended with all its
    /// threads, and stays so after it was reaped.
    async fn ended_by_pidfd(&self, pidfd: &AsyncFd<OwnedFd>) -> children::Ended {
        loop {
            let Ok(mut ready) = pidfd.readable().await else {
                // The runtime is shutting down and polls no more.
                return std::future::pending().await;
            };
            if let Some(ended) = children::collect(self.pid, self.serial) {
                return ended;
            }
            ready.clear_ready();
        }
    }

    /// Every child's end wakes every waiter here: for systems without pidfds.
    async fn ended_by_signal(&self) -> children::Ended {
        let Ok(mut child_ended) = signal(SignalKind::child()) else {
            return std::future::pending().await;
        };
        loop {
            if let Some(ended) = children::collect(self.pid, self.serial) {
                return ended;
            }
            if child_ended.recv().await.is_none() {
                return std::future::pending().await;
            }
        }
    }
}

/// Keeps the import needed on one system only in use on all.
#[cfg(not(target_os = "linux"))]
const _: fn(&OwnedFd) -> std::os::fd::BorrowedFd<'_> = AsFd::as_fd;
