//! Console control events.
//!
//! Log-off is told to a native service whenever *any* user logs off, and the
//! default is to end: the reason why so many services "vanish when I lock my
//! session". A guardian in session 0, where services are, takes no notice; one
//! in a user's session ends in good order, because it is about to be killed.
//! A service of the SCM is told of a shutdown by a control, so that it takes no
//! notice of that event either: a second request to end means haste.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use outlast_model::machine::SessionEnd;
use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close,
    ctrl_logoff, ctrl_shutdown,
};
use windows_sys::Win32::System::Console::{
    CTRL_LOGOFF_EVENT, CTRL_SHUTDOWN_EVENT, SetConsoleCtrlHandler,
};
use windows_sys::Win32::System::RemoteDesktop::ProcessIdToSessionId;
use windows_sys::core::BOOL;

use super::HostSignal;
use crate::manager_link::is_linked;

#[derive(Debug)]
pub(super) struct HostSignals {
    interrupt: CtrlC,
    breaking: CtrlBreak,
    /// After these three the system ends the process some seconds later (5 for
    /// a closed console, 20 for a service at shutdown), whatever it does.
    close: CtrlClose,
    shutdown: Option<CtrlShutdown>,
    logoff: Option<CtrlLogoff>,
}

impl HostSignals {
    pub(super) fn listen() -> io::Result<Self> {
        let listening = Self {
            interrupt: ctrl_c()?,
            breaking: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: if is_linked() {
                None
            } else {
                Some(ctrl_shutdown()?)
            },
            logoff: if is_among_services() {
                None
            } else {
                Some(ctrl_logoff()?)
            },
        };
        if listening.shutdown.is_none() {
            outlive(ignore_shutdown)?;
        }
        if listening.logoff.is_none() {
            outlive(ignore_logoff)?;
        }
        Ok(listening)
    }

    /// There are no others.
    pub(super) fn listen_for_end_and_reload() -> io::Result<Self> {
        Self::listen()
    }

    pub(super) async fn next(&mut self) -> HostSignal {
        poll_fn(|context| self.poll(context)).await
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<HostSignal> {
        if (self.logoff.as_mut()).is_some_and(|logoff| logoff.poll_recv(context).is_ready()) {
            return Poll::Ready(HostSignal::SessionEnds(SessionEnd::LogOff));
        }
        if self.close.poll_recv(context).is_ready() {
            return Poll::Ready(HostSignal::SessionEnds(SessionEnd::ConsoleClosed));
        }
        let told = self.interrupt.poll_recv(context).is_ready()
            || self.breaking.poll_recv(context).is_ready()
            || (self.shutdown.as_mut())
                .is_some_and(|shutdown| shutdown.poll_recv(context).is_ready());
        if told {
            Poll::Ready(HostSignal::Terminate)
        } else {
            Poll::Pending
        }
    }
}

fn is_among_services() -> bool {
    is_linked() || is_in_session_0()
}

fn is_in_session_0() -> bool {
    let mut session = u32::MAX;
    // SAFETY: the output is ours.
    let is_known = unsafe { ProcessIdToSessionId(std::process::id(), &raw mut session) };
    is_known != 0 && session == 0
}

/// Handlers are asked latest first, so this one comes before tokio's.
fn outlive(handler: unsafe extern "system" fn(u32) -> BOOL) -> io::Result<()> {
    // SAFETY: the handler is a function and stays for the process's life.
    if unsafe { SetConsoleCtrlHandler(Some(handler), 1) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

unsafe extern "system" fn ignore_logoff(event: u32) -> BOOL {
    BOOL::from(event == CTRL_LOGOFF_EVENT)
}

unsafe extern "system" fn ignore_shutdown(event: u32) -> BOOL {
    BOOL::from(event == CTRL_SHUTDOWN_EVENT)
}
