//! Facts: what happened in the world, told to the engine.

use crate::exit::Usage;
use crate::hang::Sample;
use crate::health::{Notice, ProbeFailure};
use crate::inhibitor::{Denied, Grant};
use crate::limits::Reached;
use crate::machine::{MachineEvent, Network, Presence};
use crate::schedule::Runs;
use crate::watch::WatchNews;
use crate::{Exit, InstanceId, Pid, ServiceName, StartFailure, Verdict};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The instance that [`Effect::Spawn`](crate::Effect::Spawn) ordered runs.
    Started {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// Its main process.
        pid: Pid,
    },
    /// It could not be started; nothing of it is left.
    StartFailed {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// Why.
        failure: StartFailure,
    },
    /// The main process of an instance ended.
    Exited {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// How.
        exit: Exit,
        /// What it had used, where the OS tells.
        usage: Option<Usage>,
        /// Which limits it had run into.
        reached: Vec<Reached>,
        /// What is left of its tree.
        tree: Tree,
    },
    /// The last process of an instance's tree ended, after its main process.
    TreeEmptied {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
    },
    /// An instance was asked how it is: what became of
    /// [`Effect::Probe`](crate::Effect::Probe).
    Probed {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// The number of the question.
        number: u32,
        /// Whether it answered well, and what was seen if it did not.
        outcome: Result<(), ProbeFailure>,
    },
    /// What an instance has done up to now:
    /// [`Effect::Sample`](crate::Effect::Sample).
    Sampled {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// The number of the sample.
        number: u32,
        /// What; `None`: that could not be found out.
        sample: Option<Sample>,
    },
    /// Which runs a schedule has:
    /// [`Effect::FindRuns`](crate::Effect::FindRuns).
    RunsFound {
        /// Of which service.
        service: ServiceName,
        /// The number of the question.
        number: u32,
        /// Which.
        runs: Runs,
    },
    /// An instance tells something of itself.
    Notified {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// What.
        notice: Notice,
    },
    /// An instance has printed the line by which it is ready.
    LinePrinted {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
    },
    /// Why an instance has ended, as far as that can be found out:
    /// [`Effect::Diagnose`](crate::Effect::Diagnose).
    Diagnosed {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// Why.
        verdict: Box<Verdict>,
    },
    /// Something about the files that a service watches.
    Watched {
        /// Which service.
        service: ServiceName,
        /// What.
        news: WatchNews,
    },
    /// What became of
    /// [`Effect::HoldInhibitor`](crate::Effect::HoldInhibitor).
    Inhibited {
        /// For which service.
        service: ServiceName,
        /// What is held, or why nothing is.
        answer: Result<Grant, Denied>,
    },
    /// The machine, or a session on it, did something.
    Machine(MachineEvent),
    /// These are the sessions of users in which services can be started now. Told
    /// when that is known and whenever it is another; until then there are none.
    Sessions(Vec<Presence>),
    /// How the machine's network is now. Until it is told, it is taken to be online;
    /// it may be told again.
    Network(Network),
    /// The guardian's control group was frozen and goes on.
    Thawed,
    /// The moment of the last [`Effect::SetTimer`](crate::Effect::SetTimer) came.
    TimerDue,
}

/// What is left of a process tree when its main process has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tree {
    /// Nothing.
    Empty,
    /// Processes that it started.
    Populated,
}
