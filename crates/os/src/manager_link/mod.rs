//! The link between this process and the native manager that has started it:
//! what it tells the manager, and what the manager tells it.
//!
//! | | systemd, a guardian and whoever speaks their protocol | Windows' SCM | others |
//! |---|---|---|---|
//! | found by | `NOTIFY_SOCKET`: on Windows a pipe | the dispatcher's connection succeeds | – |
//! | ready | `READY=1` | `SERVICE_RUNNING` | that it runs |
//! | status in words | `STATUS=` | absent | absent |
//! | reloading | `RELOADING=1`, `MONOTONIC_USEC=` | absent | absent |
//! | stopping | `STOPPING=1` | `SERVICE_STOP_PENDING` | absent |
//! | more time | `EXTEND_TIMEOUT_USEC=` | checkpoint and wait hint | absent |
//! | alive | `WATCHDOG=1` | absent | absent |
//! | ended | the process's end | `SERVICE_STOPPED` with its code | the process's end |
//! | told to end, to reload | a signal: [`signals`](crate::signals) | a control: [`Notices`] | a signal |
//! | told of the machine and of sessions | – | a control, handed on to [`machine`](crate::machine) | – |
//!
//! A [`Link`] never blocks and never fails the program: what the manager does
//! not take, it does not get. Nothing here needs an asynchronous runtime.

mod notice;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;
mod words;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::OsStr;
use std::io;
use std::time::Duration;

pub use notice::{Notice, Notices, WhyStop};
#[cfg(windows)]
pub(crate) use windows::{is_linked, status_handle};

/// What is told to the manager. Clones lead to the same manager.
#[derive(Clone, Debug)]
pub struct Link(sys::Link);

/// How a manager is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Nobody listens.
    Nobody,
    /// By datagrams, as sd_notify(3) describes them, or by the same text over a pipe.
    Notify,
    /// As a service of Windows' service control manager.
    Scm,
}

/// How the program came to its end, as the manager shall see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// As it was asked to.
    Well,
    /// Not as it should have, with a code of its own. Windows starts it anew if
    /// its failure actions say so for services that fail without a crash.
    Failed(u32),
}

/// Looks for the manager that has started this process and links to it. To be
/// called once, and early: the SCM waits for 30 s only. Without a manager that
/// can be spoken to, a link to [`LinkKind::Nobody`] comes back.
///
/// On Windows, unless a guardian has told of a pipe, a thread is started that stays
/// until [`Link::concluded`].
///
/// # Errors
/// When there is a manager and it cannot be spoken to. The program may go on as
/// one that nobody looks after; the SCM will end it.
pub fn connect() -> io::Result<(Link, Notices)> {
    let (notices, sender) = notice::channel();
    let link = sys::Link::connect(sender)?;
    Ok((Link(link), notices))
}

/// Whether a manager has told this process in its environment how it is spoken
/// to. The SCM tells nobody: it has to be known that it is there.
pub fn is_announced() -> bool {
    sys::is_announced()
}

/// A link to nobody, for a program that was started by hand.
pub fn nobody() -> (Link, Notices) {
    (Link(sys::Link::nobody()), notice::channel().0)
}

/// Whether the variable `name` is a message of the manager to this process
/// alone. A child that found it would speak in this process's name.
pub fn is_own_variable(name: &OsStr) -> bool {
    OWN_VARIABLES.iter().any(|own| name == OsStr::new(own))
}

/// sd_notify(3), sd_watchdog_enabled(3), sd_listen_fds(3).
const OWN_VARIABLES: [&str; 6] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
];

impl Link {
    /// Who listens.
    pub fn kind(&self) -> LinkKind {
        self.0.kind()
    }

    /// The program can be used.
    ///
    /// # Errors
    /// The manager could not be reached: [`WouldBlock`](io::ErrorKind::WouldBlock)
    /// when it has too much to do, so that it is worth telling it again. The
    /// program goes on as if this had succeeded.
    pub fn ready(&self) -> io::Result<()> {
        self.0.ready()
    }

    /// What it does, in one line for people. Line breaks become spaces.
    pub fn status(&self, text: &str) {
        self.0.status(text);
    }

    /// It is reading its configuration again; [`ready`](Self::ready) ends that.
    pub fn reloading(&self) {
        self.0.reloading();
    }

    /// It has begun to end.
    pub fn stopping(&self) {
        self.0.stopping();
    }

    /// While it starts or ends: it goes on as planned, and needs up to `time`
    /// from now on before the next word. The manager's time-out begins anew.
    pub fn more_time(&self, time: Duration) {
        self.0.more_time(time);
    }

    /// It is alive; see [`watchdog`](Self::watchdog).
    pub fn alive(&self) {
        self.0.alive();
    }

    /// If [`alive`](Self::alive) is not called at least this often, the manager
    /// takes the program for hanging. `None`: it does not watch. Twice as often
    /// is good practice.
    pub fn watchdog(&self) -> Option<Duration> {
        self.0.watchdog()
    }

    /// It has ended: the last word. The SCM may end the process from now on, so
    /// nothing but `main`'s return may follow. Without it the SCM takes the
    /// process's end for a crash.
    pub fn concluded(&self, conclusion: Conclusion) {
        self.0.concluded(conclusion);
    }
}
