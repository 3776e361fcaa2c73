//! What happens to the machine and to sessions on it, while the program runs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use outlast_model::machine as model;

use crate::at_end::AtEnd;

/// Something that the machine or a session on it did, where the operating system
/// tells. Later versions add to it.
///
/// ```no_run
/// # fn close_connections() {}
/// # fn open_connections() {}
/// # async fn example(ctx: outlast::Context) {
/// use outlast::{Event, MachineEvent};
/// let mut events = ctx.events();
/// loop {
///     match events.next().await {
///         Event::Machine(MachineEvent::Suspending(wait)) => {
///             close_connections();
///             drop(wait); // now it may sleep
///         }
///         Event::Machine(MachineEvent::Resumed) => open_connections(),
///         Event::Stop => break,
///         _ => {}
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MachineEvent {
    /// It is about to be suspended: sleep or hibernation.
    Suspending(Wait),
    /// It runs again, or the suspension did not come about.
    Resumed,
    /// It is about to shut down. The program is told to stop besides.
    ShuttingDown(Wait),
    /// It will not shut down after all.
    ShutdownCancelled,
    /// Where its power comes from now.
    Power(PowerSource),
    /// How its lid stands now.
    Lid(Lid),
    /// What its main screen does now.
    Screen(Screen),
    /// Whether it saves energy now, at the cost of speed.
    Saver(Saver),
    /// Something happened to a user's session.
    Session(Session, SessionChange),
}

/// The machine waits for the program before it does what it has announced, until
/// this and all of its clones are dropped; for [`time_left`](Self::time_left) at
/// the most.
///
/// ```no_run
/// # fn save() {}
/// fn on_suspend(wait: outlast::Wait) {
///     if wait.time_left().is_some() {
///         save();
///     }
///     drop(wait);
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Wait {
    time_left: Option<Duration>,
    _end: Arc<AtEnd>,
}

impl Wait {
    /// `allow` is called at its end.
    pub(crate) fn new(
        time_left: Option<Duration>,
        allow: impl FnOnce() + Send + Sync + 'static,
    ) -> Self {
        Self {
            time_left,
            _end: Arc::new(AtEnd::new(allow)),
        }
    }

    /// How long it waits, from the moment on that it was told. `None`: it does not
    /// wait, or nobody knows how long.
    ///
    /// ```no_run
    /// # fn example(wait: outlast::Wait) {
    /// let is_worth_it = wait.time_left() >= Some(std::time::Duration::from_secs(1));
    /// # }
    /// ```
    pub fn time_left(&self) -> Option<Duration> {
        self.time_left
    }
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

/// Whether energy is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum Saver {
    On,
    Off,
}

/// A logon session of a user.
///
/// ```no_run
/// # fn example(session: outlast::Session) {
/// println!("{} of {}", session.id(), session.user().unwrap_or("somebody"));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    id: String,
    user: Option<String>,
}

impl Session {
    /// What the operating system calls it: logind's id, Windows' number. Used
    /// again for others after its end.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whose it is, where that is known.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }
}

/// What happened to a session. Later versions add to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
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

impl fmt::Display for SessionChange {
    /// As in `logged off`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LoggedOn => "logged on",
            Self::LoggedOff => "logged off",
            Self::Locked => "locked",
            Self::Unlocked => "unlocked",
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
        })
    }
}

impl MachineEvent {
    /// `event`, which the machine waits for by what `wait` makes.
    pub(crate) fn new(
        event: outlast_model::MachineEvent,
        wait: impl FnOnce(Option<Duration>) -> Wait,
    ) -> Self {
        use outlast_model::MachineEvent as Told;
        match event {
            Told::Suspending { time_left } => Self::Suspending(wait(time_left)),
            Told::Resumed => Self::Resumed,
            Told::ShuttingDown => Self::ShuttingDown(wait(None)),
            Told::ShutdownCancelled => Self::ShutdownCancelled,
            Told::Power(source) => Self::Power(source.into()),
            Told::Lid(lid) => Self::Lid(lid.into()),
            Told::Screen(screen) => Self::Screen(screen.into()),
            Told::Saver(saver) => Self::Saver(saver.into()),
            Told::Session { session, change } => Self::Session(session.into(), change.into()),
        }
    }
}

impl From<model::PowerSource> for PowerSource {
    fn from(source: model::PowerSource) -> Self {
        match source {
            model::PowerSource::Mains => Self::Mains,
            model::PowerSource::Battery => Self::Battery,
        }
    }
}

impl From<model::Lid> for Lid {
    fn from(lid: model::Lid) -> Self {
        match lid {
            model::Lid::Open => Self::Open,
            model::Lid::Closed => Self::Closed,
        }
    }
}

impl From<model::Screen> for Screen {
    fn from(screen: model::Screen) -> Self {
        match screen {
            model::Screen::On => Self::On,
            model::Screen::Off => Self::Off,
            model::Screen::Dimmed => Self::Dimmed,
        }
    }
}

impl From<model::Saver> for Saver {
    fn from(saver: model::Saver) -> Self {
        match saver {
            model::Saver::On => Self::On,
            model::Saver::Off => Self::Off,
        }
    }
}

impl From<model::Session> for Session {
    fn from(session: model::Session) -> Self {
        Self {
            id: session.id.0,
            user: session.user,
        }
    }
}

impl From<model::SessionChange> for SessionChange {
    fn from(change: model::SessionChange) -> Self {
        match change {
            model::SessionChange::LoggedOn => Self::LoggedOn,
            model::SessionChange::LoggedOff => Self::LoggedOff,
            model::SessionChange::Locked => Self::Locked,
            model::SessionChange::Unlocked => Self::Unlocked,
            model::SessionChange::Connected => Self::Connected,
            model::SessionChange::Disconnected => Self::Disconnected,
        }
    }
}
