//! What `status` may see.

use std::sync::Arc;

use outlast_model::health::Breaker;
use outlast_model::{Desired, Inhibitor, RealTime, Service, State};

use crate::ward::{Ended, Ward};

/// One service, as it is at this moment.
#[derive(Clone, Copy, Debug)]
pub struct ServiceView<'world> {
    /// As the file has it now. A live instance may be of an older definition
    /// while it is being replaced.
    pub definition: &'world Arc<Service>,
    /// What is wanted.
    pub desired: Desired,
    /// What is.
    pub state: &'world State,
    /// How often it was restarted automatically since the guardian began.
    pub restarts: u64,
    /// Its last end; `None` while its first instance has not ended.
    pub last_end: Option<&'world Ended>,
    /// How its circuit breaker stands.
    pub breaker: Breaker,
    /// Its schedule, while that is in force.
    pub schedule: Option<ScheduleView>,
    /// What keeps the machine from sleeping for it; `None`: nothing shall.
    pub inhibitor: Option<&'world Inhibitor>,
}

/// A schedule that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScheduleView {
    /// When the next run is; `None`: there is none, or it is not known yet.
    pub next: Option<RealTime>,
}

impl<'world> From<&'world Ward> for ServiceView<'world> {
    fn from(ward: &'world Ward) -> Self {
        Self {
            definition: &ward.definition,
            desired: ward.wish.desired(),
            state: &ward.state,
            restarts: ward.restarts,
            last_end: ward.last_end.as_ref(),
            breaker: ward.breaker,
            schedule: ward.scheduled.as_deref().map(|scheduled| ScheduleView {
                next: scheduled.next,
            }),
            inhibitor: ward.inhibitor.as_deref(),
        }
    }
}
