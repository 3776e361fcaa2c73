//! Orders: what the engine wants done, performed by the supervisor in order.

use std::sync::Arc;
use std::time::Duration;

use crate::health::Asked;
use crate::request::Outcome;
use crate::service::Ask;
use crate::{AwakeTime, InstanceId, RealTime, Record, RequestId, Service, ServiceName};

/// Something to do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Start an instance; answered by
    /// [`Event::Started`](crate::Event::Started) or
    /// [`Event::StartFailed`](crate::Event::StartFailed).
    Spawn {
        /// As it is defined at this moment.
        service: Arc<Service>,
        /// The number the new instance has.
        instance: InstanceId,
    },
    /// Ask an instance to end.
    Ask {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// How.
        ask: Ask,
        /// Whom.
        scope: Scope,
    },
    /// Tell an instance to read its configuration again.
    Reload {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
    },
    /// Kill what is left of an instance's tree, at once.
    Kill {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
    },
    /// Ask an instance how it is. Answered by exactly one
    /// [`Event::Probed`](crate::Event::Probed), unless it is stopped before that.
    /// There is never more than one question open for a service.
    Probe {
        /// As it was started.
        service: Arc<Service>,
        /// Which instance.
        instance: InstanceId,
        /// What is asked.
        asked: Asked,
        /// The number of the question.
        number: u32,
        /// How long the answer may take.
        timeout: Duration,
    },
    /// Nobody wants the answer any more.
    StopProbing {
        /// Of which service.
        service: ServiceName,
        /// Of which instance.
        instance: InstanceId,
    },
    /// Look how much an instance has done up to now. Answered by exactly one
    /// [`Event::Sampled`](crate::Event::Sampled), which nobody may wait for any more.
    Sample {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
        /// The number of the sample.
        number: u32,
    },
    /// Find out why an instance ended, now that its end is on record. Answered by one
    /// [`Event::Diagnosed`](crate::Event::Diagnosed), or never; nothing waits for it.
    Diagnose {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
    },
    /// Look at what an instance does, before it is stopped because it does not
    /// work, and put that on record.
    Gather {
        /// Of which service.
        service: ServiceName,
        /// Which one.
        instance: InstanceId,
    },
    /// Find out which runs a service's schedule has. Answered by exactly one
    /// [`Event::RunsFound`](crate::Event::RunsFound), for which nobody may wait any
    /// more.
    FindRuns {
        /// As it is defined at this moment; it has a schedule.
        service: Arc<Service>,
        /// The number of the question.
        number: u32,
        /// Those after this moment,
        since: RealTime,
        /// up to this one, and the one that comes then.
        until: RealTime,
    },
    /// Put this on record before anything that follows.
    Record(Record),
    /// Tell [`Event::TimerDue`](crate::Event::TimerDue) at this moment. There is
    /// one timer; setting it again moves it.
    SetTimer(AwakeTime),
    /// There is nothing to wake up for.
    ClearTimer,
    /// Hold an inhibitor for a service. Answered by exactly one
    /// [`Event::Inhibited`](crate::Event::Inhibited), unless it is released
    /// before that; when it is asked for once more (which is done only after it
    /// was denied), by one about the last time.
    HoldInhibitor {
        /// Which.
        service: ServiceName,
    },
    /// Release it, or do not hold it after all.
    ReleaseInhibitor {
        /// Of which service.
        service: ServiceName,
    },
    /// No instance will follow for now: close what is kept for the next one, so that
    /// nobody waits for it.
    CloseKept {
        /// Of which service.
        service: ServiceName,
    },
    /// Answer a request.
    Reply {
        /// Which one.
        request: RequestId,
        /// What became of it.
        outcome: Outcome,
    },
    /// A service is no longer part of the guardian and nothing of it runs:
    /// release what is held for it. What is on disk stays.
    Forget(ServiceName),
    /// The machine may do now what it has announced: sleep, or shut down. It waits
    /// for this, for as long as it waits for anybody.
    AllowSleep,
    /// Everything is stopped and the guardian was asked to end: end.
    Finish,
}

/// Whom an [`Effect::Ask`] addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The main process, which knows best how to end its children.
    Main,
    /// All that is left of the tree, because the main process has ended.
    Tree,
}
