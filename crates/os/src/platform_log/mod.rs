//! The machine's own log, for what a program has to say for itself.
//!
//! | | goes to | written by |
//! |---|---|---|
//! | Linux with systemd | the journal | its native protocol: several lines stay one entry |
//! | other Unix systems | syslog; on macOS that is the unified log | syslog(3), an entry a line |
//! | Windows | the log *Application* of the Event Log | `ReportEventW`, under the program's own [`source`] |
//!
//! Where there is none, and on a terminal, a [`line`] on standard error does.

mod line;
pub mod source;

#[cfg(target_os = "linux")]
mod journal;
#[cfg(unix)]
mod syslog;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::io;

pub use line::line;

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Something does not work.
    Error,
    /// Something may not work soon, or not as it should.
    Warning,
    /// Something happened, as it should.
    Info,
    /// For whoever looks for a fault.
    Debug,
}

/// The machine's log, under the name of one program.
#[derive(Debug)]
pub struct PlatformLog(sys::PlatformLog);

impl PlatformLog {
    /// Opens it for the program `name`. To be called once in a process: on some
    /// systems the name is the process's, and stays in memory.
    ///
    /// # Errors
    /// `NotFound` when this machine has none that could be reached.
    pub fn open(name: &str) -> io::Result<Self> {
        sys::PlatformLog::open(name).map(Self)
    }

    /// Writes one message, of one line or several. Blocks for a second at the
    /// most.
    ///
    /// # Errors
    /// As the system tells them; the message is lost then.
    pub fn write(&self, level: Level, text: &str) -> io::Result<()> {
        self.0.write(level, text)
    }
}
