//! tokio's signal handling: handlers write into a socket that the runtime
//! reads.

use std::io;

use outlast_model::Signal;
use tokio::signal::unix::{Signal as Stream, SignalKind, signal};

use super::HostSignal;

#[derive(Debug)]
pub(super) struct HostSignals {
    terminate: Stream,
    interrupt: Stream,
    hangup: Stream,
    quit: Stream,
    user_1: Stream,
    user_2: Stream,
    window: Stream,
}

impl HostSignals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            quit: signal(SignalKind::quit())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
            window: signal(SignalKind::window_change())?,
        })
    }

    /// The streams never end, so which `Option` they give does not matter.
    pub(super) async fn next(&mut self) -> HostSignal {
        tokio::select! {
            _ = self.terminate.recv() => HostSignal::Terminate,
            _ = self.interrupt.recv() => HostSignal::Terminate,
            _ = self.hangup.recv() => HostSignal::Reload,
            _ = self.quit.recv() => HostSignal::Forward(Signal::Quit),
            _ = self.user_1.recv() => HostSignal::Forward(Signal::Usr1),
            _ = self.user_2.recv() => HostSignal::Forward(Signal::Usr2),
            _ = self.window.recv() => HostSignal::Forward(Signal::Winch),
        }
    }
}
