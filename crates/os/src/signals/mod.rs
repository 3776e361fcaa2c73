//! What the machine or its user tells the guardian.

mod apart;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::io;

use outlast_model::Signal;
use outlast_model::machine::SessionEnd;

pub use apart::listen_apart;

/// Something that the guardian was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostSignal {
    /// To end: `SIGTERM`, `SIGINT`; Ctrl-C, Ctrl-Break or shutdown on Windows.
    Terminate,
    /// To end, as its session does: Windows ends the process some seconds later.
    SessionEnds(SessionEnd),
    /// To read its file again: `SIGHUP`.
    Reload,
    /// That its terminal was closed: `SIGHUP`, when the terminal that it began in is
    /// no more.
    TerminalClosed,
    /// Something for the services: `SIGQUIT`, `SIGUSR1`, `SIGUSR2`,
    /// `SIGWINCH`. Meant for a guardian that is PID 1 of a container.
    Forward(Signal),
}

/// Listens; the default actions of these signals are off from then on.
#[derive(Debug)]
pub struct HostSignals(sys::HostSignals);

impl HostSignals {
    /// Begins to listen.
    ///
    /// # Errors
    /// When a handler cannot be installed.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub fn listen() -> io::Result<Self> {
        sys::HostSignals::listen().map(Self)
    }

    /// The same without [`HostSignal::Forward`]: those signals keep their default
    /// actions.
    ///
    /// # Errors
    /// When a handler cannot be installed.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub fn listen_for_end_and_reload() -> io::Result<Self> {
        sys::HostSignals::listen_for_end_and_reload().map(Self)
    }

    /// The next one. Cancel-safe. Several of one kind may arrive as one.
    pub async fn next(&mut self) -> HostSignal {
        self.0.next().await
    }
}
