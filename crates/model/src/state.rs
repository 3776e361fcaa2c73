//! Desired and actual state.
//!
//! What is wanted of a service and what it does are two values. The engine
//! moves the second towards the first:
//!
//! | desired | actual | what happens |
//! |---|---|---|
//! | running | stopped | a start begins: the dependencies are made running first |
//! | running | waiting | nothing, until the dependencies are there, and the network if it needs that |
//! | running | starting | nothing, until the system says that it runs or cannot |
//! | running | running | nothing; what does not become ready, or is not alive, is stopped, then started again; so is at last what waits for the network with that |
//! | running | stopping | it is stopped all the way, then started again |
//! | running | backing off | it is started when the delay is over |
//! | running | failed | nothing: giving up is final until someone asks again |
//! | stopped | stopped, failed | nothing |
//! | stopped | waiting, backing off | it becomes stopped at once |
//! | stopped | starting | it is stopped as soon as the system has answered |
//! | stopped | running | its dependants are stopped, then its stop sequence begins |
//! | stopped | stopping | the next step when its time has come |
//!
//! *Stopped* means that the whole process tree is gone, not only the process
//! that was started.

use std::fmt;
use std::time::Duration;

use crate::health::{Health, ReadyState};
use crate::service::Occasion;
use crate::{AwakeTime, Exit, RealTime, ServiceName, StartFailure};

/// What is wanted of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Desired {
    /// It shall run.
    Running,
    /// It shall not run.
    Stopped,
}

/// One execution of a service; counts up over the life of a state directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(pub u64);

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A process number, for showing. It identifies nothing once the process may
/// have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pid(pub u32);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What a service does. Each variant owns what is only true in it.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// No process of it exists and none is on its way.
    Stopped(Stopped),
    /// It shall start, and its dependencies or the network are not there yet.
    Waiting(Waiting),
    /// The system has been told to start an instance and has not answered.
    Starting(Starting),
    /// An instance runs.
    Running(Running),
    /// An instance, or what is left of its tree, is being ended.
    Stopping(Stopping),
    /// It ended; the next instance comes when the delay is over.
    BackingOff(BackingOff),
    /// It ended and will not be started again until someone asks.
    Failed(Failed),
}

/// See [`State::Stopped`].
#[derive(Clone, Debug, PartialEq)]
pub struct Stopped {
    /// Since when.
    pub since: RealTime,
    /// Why it is not running.
    pub why: WhyStopped,
}

/// Why a service does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyStopped {
    /// Nobody has started it yet.
    NeverStarted,
    /// Someone asked for it, or its dependency was stopped.
    Requested,
    /// It reacts so to what the machine or a session does.
    Occasion(Occasion),
    /// It runs in sessions of users, each time as another service, and never by
    /// itself.
    InSessions,
    /// It ended by itself and its restart policy leaves it at that.
    Completed(Exit),
}

/// See [`State::Waiting`].
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Since when.
    pub since: RealTime,
    /// The dependencies that are missing.
    pub on: Vec<ServiceName>,
    /// Whether it waits for the network as well.
    pub network: NetworkWait,
}

/// Whether a service waits for the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkWait {
    /// It does not: it needs none, or has it.
    None,
    /// It does, until then at most.
    Until(AwakeTime),
    /// It has, in vain.
    InVain,
}

/// See [`State::Starting`].
#[derive(Clone, Debug, PartialEq)]
pub struct Starting {
    /// Since when.
    pub since: RealTime,
    /// Which instance.
    pub instance: InstanceId,
}

/// See [`State::Running`].
#[derive(Clone, Debug, PartialEq)]
pub struct Running {
    /// Since when, for people.
    pub since: RealTime,
    /// Since when, for computing.
    pub started: AwakeTime,
    /// Which instance.
    pub instance: InstanceId,
    /// The process that was started.
    pub pid: Pid,
    /// When it has run for too long.
    pub deadline: Option<AwakeTime>,
    /// A restart that waits for the network; `None`: there is none.
    pub postponed: Option<Postponed>,
    /// What is known of its health; `None`: it is ready, and not asked.
    pub health: Option<Box<Health>>,
}

/// A restart that would stop an instance which works, to have its successor wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Postponed {
    /// For what it is restarted.
    pub occasion: Occasion,
    /// How long that waits at most.
    pub until: AwakeTime,
}

impl Running {
    /// Whether it may be depended upon.
    pub fn is_ready(&self) -> bool {
        self.health
            .as_ref()
            .is_none_or(|health| health.readiness == ReadyState::Ready)
    }
}

/// See [`State::Stopping`].
#[derive(Clone, Debug, PartialEq)]
pub struct Stopping {
    /// Since when.
    pub since: RealTime,
    /// Which instance.
    pub instance: InstanceId,
    /// When it was started.
    pub started: AwakeTime,
    /// The process that was started, until it has ended.
    pub main: MainProcess,
    /// What has been done so far.
    pub phase: StopPhase,
    /// When the phase ends.
    pub deadline: AwakeTime,
}

/// The main process of an instance that is being stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MainProcess {
    /// It has not ended.
    Alive(Pid),
    /// It ended; others of its tree have not. `asked`: whether someone had
    /// asked for its end before it came.
    Ended {
        /// How.
        exit: Exit,
        /// Whether the stop had been asked for when it ended.
        asked: bool,
    },
}

/// How far a stop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopPhase {
    /// The step with this index of the stop sequence was taken.
    Asked(usize),
    /// The tree was killed.
    Killed,
}

/// See [`State::BackingOff`].
#[derive(Clone, Debug, PartialEq)]
pub struct BackingOff {
    /// Since when.
    pub since: RealTime,
    /// When the delay is over.
    pub until: AwakeTime,
    /// The delay.
    pub delay: Duration,
    /// The how-manieth restart in a row this will be, from 1.
    pub attempt: u32,
}

/// See [`State::Failed`].
#[derive(Clone, Debug, PartialEq)]
pub struct Failed {
    /// Since when.
    pub since: RealTime,
    /// Why the guardian stopped trying.
    pub why: WhyFailed,
}

/// Why the guardian stopped trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyFailed {
    /// It was started too often in too short a time; this was its last end.
    StartLimit(LastEnd),
    /// It ended badly and its restart policy leaves it at that.
    Ended(LastEnd),
    /// Processes of its tree survived being killed (for example in
    /// uninterruptible sleep). It can be started again once they are gone.
    Unkillable(InstanceId),
}

/// The end that came before giving up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastEnd {
    /// It ran and ended.
    Exit(Exit),
    /// It could not be started.
    StartFailure(StartFailure),
}

impl State {
    /// The word for it, as `status` shows it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Stopped(_) => "stopped",
            Self::Waiting(_) => "waiting",
            Self::Starting(_) => "starting",
            Self::Running(_) => "running",
            Self::Stopping(_) => "stopping",
            Self::BackingOff(_) => "backing off",
            Self::Failed(_) => "failed",
        }
    }

    /// The instance of which processes may exist.
    pub const fn instance(&self) -> Option<InstanceId> {
        match self {
            Self::Starting(Starting { instance, .. })
            | Self::Running(Running { instance, .. })
            | Self::Stopping(Stopping { instance, .. })
            | Self::Failed(Failed {
                why: WhyFailed::Unkillable(instance),
                ..
            }) => Some(*instance),
            Self::Stopped(_) | Self::Waiting(_) | Self::BackingOff(_) | Self::Failed(_) => None,
        }
    }

    /// Since when it has been in this state.
    pub const fn since(&self) -> RealTime {
        match self {
            Self::Stopped(state) => state.since,
            Self::Waiting(state) => state.since,
            Self::Starting(state) => state.since,
            Self::Running(state) => state.since,
            Self::Stopping(state) => state.since,
            Self::BackingOff(state) => state.since,
            Self::Failed(state) => state.since,
        }
    }

    /// The process that was started, while it lives.
    pub const fn pid(&self) -> Option<Pid> {
        match self {
            Self::Running(Running { pid, .. })
            | Self::Stopping(Stopping {
                main: MainProcess::Alive(pid),
                ..
            }) => Some(*pid),
            _ => None,
        }
    }
}
