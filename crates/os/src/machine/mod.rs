//! What the machine and its sessions do, as far as somebody tells.
//!
//! | | Linux with logind | Windows, as a service | Windows, else | macOS | others |
//! |---|---|---|---|---|---|
//! | told by | signals on the machine's bus | controls of the service's handler | callbacks | callbacks in a run loop | – |
//! | sleep | `PrepareForSleep` | `PBT_APMSUSPEND`, … | the same | `kIOMessageSystemWillSleep`, … | absent |
//! | shutdown | `PrepareForShutdown` | `PRESHUTDOWN`, `SHUTDOWN` | absent: [`signals`](crate::signals) | absent: the same | absent |
//! | sessions | `SessionNew`, `Lock`, `LockedHint`, `Active`, … | `SESSIONCHANGE` | absent | those at the screen: `IOConsoleUsers` | absent |
//! | which there are | `ListSessions` and the same | `WTSEnumerateSessionsW` after each of these | its own | its own, with these | absent |
//! | power | `/sys/class/power_supply`, uevents | power settings | the same | `IOPSNotificationCreateRunLoopSource` | absent |
//! | lid, screen, saver | absent: logind knows and does not tell | power settings | the same | absent | absent |
//! | waits before it sleeps | a *delay* inhibitor | the handler's return | the callback's return | `IOAllowPowerChange` | – |
//!
//! To logind a session goes on for as long as a program runs that was started in
//! it. Here it ends with the process that leads it.
//!
//! Linux needs the feature `bus`. Nothing is asked at intervals, and where nobody
//! tells nothing is started. It is no reason to fail.

#[cfg(any(target_os = "macos", test))]
mod console_sessions;
#[cfg(any(target_os = "macos", test))]
mod system_power;

#[cfg(not(any(
    windows,
    target_os = "macos",
    all(target_os = "linux", feature = "bus")
)))]
mod absent;
#[cfg(all(target_os = "linux", feature = "bus"))]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(not(any(
    windows,
    target_os = "macos",
    all(target_os = "linux", feature = "bus")
)))]
use absent as sys;
#[cfg(all(target_os = "linux", feature = "bus"))]
use linux as sys;
#[cfg(target_os = "macos")]
use macos as sys;
#[cfg(windows)]
use windows as sys;

use outlast_model::MachineEvent;
use outlast_model::machine::Presence;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

#[cfg(target_os = "macos")]
pub(crate) use macos::own_session;
#[cfg(windows)]
pub(crate) use windows::{controlled, own_session, text_of_session, told_of_shutdown};

/// Something that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Something happened.
    Event(MachineEvent),
    /// These are all sessions of users there are now that this process could start
    /// programs in, by their ids. Told when it is known first, and whenever it
    /// differs: then right after the event that says why, if there is one. While
    /// nobody tells, what was told last stays.
    Sessions(Vec<Presence>),
}

/// What the machine tells, in order, from the moment on that somebody listens.
#[derive(Debug)]
pub struct MachineEvents {
    incoming: UnboundedReceiver<News>,
    source: Option<sys::Source>,
    /// How many of the events that were taken had announced something.
    announced: u64,
    /// So that a wait for nobody does not end.
    _open: UnboundedSender<News>,
}

impl MachineEvents {
    /// Begins to listen, if there is anybody to listen to. On Linux and macOS that is
    /// a thread, which ends with this; on macOS whoever drops this waits for that, for
    /// a second at the most, as a sleep could be waiting for it. In a process of
    /// Windows only one may listen at a time: the latest.
    ///
    /// From then on the machine waits for [`allow_sleep`](Self::allow_sleep), for
    /// as long as it waits for anybody.
    pub fn listen() -> Self {
        let (told, incoming) = unbounded_channel();
        Self {
            incoming,
            source: sys::Source::open(&told),
            announced: 0,
            _open: told,
        }
    }

    /// From nobody, for ever.
    pub fn nobody() -> Self {
        let (told, incoming) = unbounded_channel();
        Self {
            incoming,
            source: None,
            announced: 0,
            _open: told,
        }
    }

    /// The next one; waits for ever where nobody tells. Cancel-safe; needs no
    /// particular runtime.
    pub async fn next(&mut self) -> News {
        match self.incoming.recv().await {
            Some(news) => {
                self.announced += u64::from(announces(&news));
                news
            }
            // The sender in `self` keeps the channel open.
            None => std::future::pending().await,
        }
    }

    /// The machine may do now what the last event that [`next`](Self::next) gave
    /// of that kind has announced: sleep, or shut down. It does so anyway when its
    /// own time is up.
    pub fn allow_sleep(&self) {
        if let Some(source) = &self.source {
            source.allow(self.announced);
        }
    }
}

/// Whether the machine waits before it does what `news` says.
const fn announces(news: &News) -> bool {
    matches!(
        news,
        News::Event(MachineEvent::Suspending { .. } | MachineEvent::ShuttingDown)
    )
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::MachineEvents;

    #[test]
    fn where_nobody_tells_a_wait_never_ends_and_sleep_is_allowed_in_vain() {
        let mut events = MachineEvents::nobody();
        let mut context = Context::from_waker(Waker::noop());
        assert!(pin!(events.next()).poll(&mut context).is_pending());
        events.allow_sleep();
    }
}
