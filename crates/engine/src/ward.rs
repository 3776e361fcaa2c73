//! What the engine knows about one service: the guardian's ward.

use std::sync::Arc;
use std::time::Duration;

use outlast_model::health::Breaker;
use outlast_model::limits::Reached;
use outlast_model::machine::Session;
use outlast_model::record::StopReason;
use outlast_model::service::{Dependency, Occasion};
use outlast_model::state::{
    Failed, LastEnd, NetworkWait, Stopped, Stopping, Waiting, WhyFailed, WhyStopped,
};
use outlast_model::{Inhibitor, InstanceId, RealTime, Service, ServiceName, State, Verdict};

use crate::answers::Awaited;
use crate::backoff::Streak;
use crate::instance;
use crate::schedule::Scheduled;
use crate::start_limit::RecentStarts;
use crate::timer::{Due, Purpose};
use crate::wards::WardId;
use crate::wish::Wish;

/// How the last instance of a service ended, or that it never began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Which instance.
    pub instance: InstanceId,
    /// How.
    pub end: LastEnd,
    /// When.
    pub at: RealTime,
    /// How long it had run, in awake time; zero when it could not be started.
    pub ran_for: Duration,
    /// Which limits it had run into.
    pub reached: Vec<Reached>,
    /// Why, once that is found out.
    pub verdict: Option<Box<Verdict>>,
}

/// One service.
#[derive(Debug)]
pub(crate) struct Ward {
    /// As the file has it now; the next instance is started from it.
    pub(crate) definition: Arc<Service>,
    /// As it was when the last instance was ordered. That instance is stopped
    /// and judged by it. The same as `definition` before the first.
    pub(crate) spawned: Arc<Service>,
    pub(crate) wish: Wish,
    pub(crate) state: State,
    /// The stop that failed, while the state is `Failed(Unkillable)`: what came
    /// of it is needed when the tree ends after all, and that variant of the
    /// vocabulary has no room for it.
    pub(crate) remains: Option<Box<Stopping>>,
    /// Whether it has ended well by itself since someone last asked for it, and
    /// not badly since then. An end that was asked for says nothing. Restarts by
    /// policy leave it: a dependant that waits for an `always` service to have
    /// run once shall not miss it.
    pub(crate) exited_ok: bool,
    /// Whether its dependencies, and theirs, exist and form no cycle.
    pub(crate) startable: bool,
    pub(crate) streak: Streak,
    pub(crate) recent_starts: RecentStarts,
    pub(crate) breaker: Breaker,
    /// Automatic restarts since the guardian began.
    pub(crate) restarts: u64,
    pub(crate) last_end: Option<Ended>,
    /// What keeps the machine from sleeping for it, if anything shall.
    pub(crate) inhibitor: Option<Box<Inhibitor>>,
    /// Its schedule, while that is in force.
    pub(crate) scheduled: Option<Box<Scheduled>>,
    /// Whether something is kept for its next instance.
    pub(crate) is_kept_for: bool,
    /// Who may depend on this one: by definition, or by a live instance of an
    /// older one. It may hold some too many; the definitions decide.
    pub(crate) dependants: Vec<WardId>,
    /// The occasion for which it was stopped, while that lasts and nobody has
    /// wanted anything else of it.
    pub(crate) held: Option<Occasion>,
    /// Whether its next start has waited for the network already, while its last
    /// instance still ran.
    pub(crate) waited_in_vain: bool,
    /// The requests that wait for this service.
    pub(crate) awaited: Vec<Awaited>,
}

impl Ward {
    pub(crate) fn new(definition: Service, now: RealTime) -> Self {
        let definition = Arc::new(definition);
        Self {
            spawned: Arc::clone(&definition),
            definition,
            wish: Wish::Rest(StopReason::Requested),
            state: State::Stopped(Stopped {
                since: now,
                why: WhyStopped::NeverStarted,
            }),
            remains: None,
            exited_ok: false,
            startable: true,
            streak: Streak::default(),
            recent_starts: RecentStarts::default(),
            breaker: Breaker::default(),
            restarts: 0,
            last_end: None,
            inhibitor: None,
            scheduled: None,
            is_kept_for: false,
            dependants: Vec::new(),
            held: None,
            waited_in_vain: false,
            awaited: Vec::new(),
        }
    }

    pub(crate) fn name(&self) -> &ServiceName {
        &self.definition.name
    }

    /// What it needs, as it is defined now. A template needs nothing: what is made
    /// of it does.
    pub(crate) fn needs(&self) -> &[Dependency] {
        if self.is_template() {
            &[]
        } else {
            &self.definition.depends_on
        }
    }

    /// As [`Service::is_template`].
    pub(crate) fn is_template(&self) -> bool {
        self.definition.is_template()
    }

    /// As [`Service::in_session`].
    pub(crate) fn in_session(&self) -> Option<(&ServiceName, &Session)> {
        self.definition.in_session()
    }

    /// Whether an instance exists, may exist, or is being ended.
    pub(crate) const fn is_live(&self) -> bool {
        is_live(&self.state)
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting(_))
    }

    /// Whether it is live or waits to be.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.is_live() || self.is_waiting()
    }

    pub(crate) const fn is_stopping(&self) -> bool {
        matches!(self.state, State::Stopping(_))
    }

    pub(crate) const fn is_unkillable(&self) -> bool {
        matches!(
            self.state,
            State::Failed(Failed {
                why: WhyFailed::Unkillable(_),
                ..
            })
        )
    }

    /// Whether there is a live instance that shall end.
    pub(crate) fn is_condemned(&self) -> bool {
        self.is_live() && self.wish != Wish::Run
    }

    /// Whether it runs, is ready, and is meant to go on.
    pub(crate) fn is_ready(&self) -> bool {
        is_ready(&self.state) && self.wish == Wish::Run
    }

    /// Whether it rests because someone wanted that.
    pub(crate) const fn was_stopped(&self) -> bool {
        matches!(
            self.state,
            State::Stopped(Stopped {
                why: WhyStopped::Requested | WhyStopped::Occasion(_),
                ..
            })
        )
    }

    /// Whether it ended well by itself, as it is defined now.
    pub(crate) const fn has_completed(&self) -> bool {
        self.exited_ok
            && matches!(
                self.state,
                State::Stopped(Stopped {
                    why: WhyStopped::Completed(_),
                    ..
                })
            )
    }

    /// Whether its last instance was started from an older definition.
    pub(crate) fn is_outdated(&self) -> bool {
        !Arc::ptr_eq(&self.definition, &self.spawned)
    }

    /// Takes a new definition. A live instance keeps its own.
    pub(crate) fn redefine(&mut self, definition: Service) {
        self.definition = Arc::new(definition);
        if !self.is_live() && self.remains.is_none() {
            self.spawned = Arc::clone(&self.definition);
        }
        self.exited_ok = false;
        self.streak.reset();
        self.recent_starts.clear();
        self.breaker = Breaker::default();
    }
}

pub(crate) const fn is_live(state: &State) -> bool {
    matches!(
        state,
        State::Starting(_) | State::Running(_) | State::Stopping(_)
    )
}

/// Whether an instance runs that may be depended upon.
pub(crate) fn is_ready(state: &State) -> bool {
    matches!(state, State::Running(running) if running.is_ready())
}

/// When a state ends by itself, or something in it is to be done.
pub(crate) fn due(state: &State) -> Option<Due> {
    let (at, purpose) = match state {
        State::Stopping(stopping) => (stopping.deadline, Purpose::Judging),
        State::BackingOff(backing_off) => (backing_off.until, Purpose::Starting),
        State::Running(running) => return instance::running_due(running),
        State::Waiting(Waiting {
            network: NetworkWait::Until(at),
            ..
        }) => (*at, Purpose::Starting),
        State::Stopped(_) | State::Waiting(_) | State::Starting(_) | State::Failed(_) => {
            return None;
        }
    };
    Some(Due { at, purpose })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_costs_less_than_half_a_kibibyte_beside_its_definition() {
        assert!(size_of::<Ward>() <= 512, "{}", size_of::<Ward>());
    }
}
