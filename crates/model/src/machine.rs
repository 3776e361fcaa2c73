//! What the machine and its sessions do, as the operating system tells it.
//!
//! A system tells only some of these, and none of them reliably: what nobody
//! tells is seen by the clocks afterwards ([`Now`](crate::Now)).

use std::fmt;
use std::time::Duration;

/// Something that happened to the machine or to somebody's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineEvent {
    /// The machine is about to be suspended: sleep or hibernation.
    Suspending {
        /// How long that waits for the guardian. `None`: it does not wait.
        time_left: Option<Duration>,
    },
    /// It runs again, or the suspension did not come about.
    Resumed,
    /// It is about to shut down or to restart.
    ShuttingDown,
    /// It will not shut down after all.
    ShutdownCancelled,
    /// Where its power comes from now.
    Power(PowerSource),
    /// Its lid was moved.
    Lid(Lid),
    /// Its main screen changed. Off is the first sign of Modern Standby that a
    /// service of Windows can see.
    Screen(Screen),
    /// It saves energy now, or no longer.
    Saver(Saver),
    /// Something happened to a user's session.
    Session {
        /// Which.
        session: Session,
        /// What.
        change: SessionChange,
    },
}

/// Where power comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PowerSource {
    /// The mains.
    Mains,
    /// A battery, or another source that ends soon.
    Battery,
}

/// How a lid stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Lid {
    Open,
    Closed,
}

/// What the main screen does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Screen {
    On,
    Off,
    Dimmed,
}

/// Whether energy is saved at the cost of speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Saver {
    On,
    Off,
}

/// Whether the machine can reach others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Network {
    Online,
    Offline,
}

/// A logon session of a user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    /// What the operating system calls it: logind's id, Windows' number, that of
    /// macOS' audit session.
    pub id: SessionId,
    /// Whose it is, where that is known.
    pub user: Option<String>,
}

/// The operating system's name of a session; used again for others after its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub String);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A session of a user that is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// Which.
    pub session: Session,
    /// It is at a screen, or has none and is in use.
    pub is_active: bool,
    /// It is at this machine's own screen: to logind it has a seat, to Windows it
    /// is the console.
    pub is_local: bool,
}

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionChange {
    /// Its user has logged on.
    LoggedOn,
    /// Its user has logged off, or is doing so.
    LoggedOff,
    /// It was locked.
    Locked,
    /// It was unlocked.
    Unlocked,
    /// It was brought to a screen: this machine's, or one far away.
    Connected,
    /// It was taken from its screen and goes on without one.
    Disconnected,
}

/// How the session comes to its end that a process runs in, and the process with
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionEnd {
    /// Its user logs off.
    LogOff,
    /// Its console was closed.
    ConsoleClosed,
}

impl SessionEnd {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LogOff => "log-off",
            Self::ConsoleClosed => "console-closed",
        }
    }
}

impl PowerSource {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mains => "mains",
            Self::Battery => "battery",
        }
    }
}

impl Lid {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

impl Screen {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
            Self::Dimmed => "dimmed",
        }
    }
}

impl Network {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Offline => "offline",
        }
    }
}

impl SessionChange {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::LoggedOn => "logged-on",
            Self::LoggedOff => "logged-off",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
        }
    }
}
