//! tokio's signal handling: handlers write into a socket that the runtime
//! reads.

use std::io::{self, IsTerminal as _, stderr, stdin, stdout};

use outlast_model::Signal;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use super::HostSignal;

#[derive(Debug)]
pub(super) struct HostSignals {
    terminate: Stream,
    interrupt: Stream,
    hangup: Stream,
    terminal: Terminal,
    forwarded: Option<Forwarded>,
}

/// Those that are meant for the services.
#[derive(Debug)]
struct Forwarded {
    quit: Stream,
    user_1: Stream,
    user_2: Stream,
    window: Stream,
}

impl HostSignals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            forwarded: Some(Forwarded::listen()?),
            ..Self::listen_for_end_and_reload()?
        })
    }

    pub(super) fn listen_for_end_and_reload() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            terminal: Terminal::find(),
            forwarded: None,
        })
    }

    /// The streams never end, so which `Option` they give does not matter.
    pub(super) async fn next(&mut self) -> HostSignal {
        tokio::select! {
            _ = self.terminate.recv() => HostSignal::Terminate,
            _ = self.interrupt.recv() => HostSignal::Terminate,
            _ = self.hangup.recv() => self.terminal.why_hangup(),
            signal = next_forwarded(self.forwarded.as_mut()) => HostSignal::Forward(signal),
        }
    }
}

/// The terminal that the process began in.
#[derive(Debug)]
enum Terminal {
    Nowhere,
    Open,
}

impl Terminal {
    fn find() -> Self {
        if is_at_terminal() {
            Self::Open
        } else {
            Self::Nowhere
        }
    }

    /// The same signal tells two things. A terminal that was closed is none any
    /// more for who has it open.
    fn why_hangup(&mut self) -> HostSignal {
        if matches!(self, Self::Open) && !is_at_terminal() {
            *self = Self::Nowhere;
            HostSignal::TerminalClosed
        } else {
            HostSignal::Reload
        }
    }
}

fn is_at_terminal() -> bool {
    let standard = [
        stdin().is_terminal(),
        stdout().is_terminal(),
        stderr().is_terminal(),
    ];
    standard.contains(&true)
}

async fn next_forwarded(forwarded: Option<&mut Forwarded>) -> Signal {
    match forwarded {
        Some(forwarded) => forwarded.next().await,
        None => std::future::pending().await,
    }
}

impl Forwarded {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            quit: signal(SignalKind::quit())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
            window: signal(SignalKind::window_change())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.quit.recv() => Signal::Quit,
            _ = self.user_1.recv() => Signal::Usr1,
            _ = self.user_2.recv() => Signal::Usr2,
            _ = self.window.recv() => Signal::Winch,
        }
    }
}
