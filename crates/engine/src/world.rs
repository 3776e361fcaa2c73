//! All that the engine knows.

use outlast_model::machine::{Network, PowerSource, Presence};
use outlast_model::request::Urgency;
use outlast_model::{AwakeTime, InstanceId, Now, RealTime, RequestId, Service, ServiceName, State};

use crate::answers::Answers;
use crate::graph;
use crate::log_off::LogOffs;
use crate::occasion::Sleep;
use crate::random::Random;
use crate::schedule::Schedules;
use crate::timer::Timer;
use crate::view::ServiceView;
use crate::ward::Ward;
use crate::wards::Wards;

/// All that the engine knows about one guardian. Only [`step`](crate::step())
/// changes it.
#[derive(Debug)]
pub struct World {
    pub(crate) wards: Wards,
    pub(crate) timer: Timer,
    pub(crate) schedules: Schedules,
    /// When the first step was.
    pub(crate) began: Option<AwakeTime>,
    /// What the clocks showed in the last step.
    pub(crate) last: Option<Now>,
    pub(crate) sleep: Sleep,
    pub(crate) answers: Answers,
    pub(crate) phase: Phase,
    pub(crate) random: Random,
    pub(crate) next_instance: InstanceId,
    /// How many services are live ([`Ward::is_live`]), so that the end of a
    /// shutdown is seen without looking at all of them.
    pub(crate) live: usize,
    pub(crate) log_offs: LogOffs,
    /// Where power comes from; `None`: nobody has told.
    pub(crate) power: Option<PowerSource>,
    /// The machine's network, as it was told last.
    pub(crate) network: Network,
    /// The sessions of users, as they were told last.
    pub(crate) sessions: Vec<Presence>,
}

/// What the guardian as a whole is doing.
#[derive(Debug)]
pub(crate) enum Phase {
    Guarding,
    ShuttingDown {
        urgency: Urgency,
        /// Who gets the last answers.
        requests: Vec<RequestId>,
    },
    Finished,
}

impl World {
    /// A guardian of `services`, none of which runs: nothing happens before the
    /// first request. `seed` decides the jitter; `next_instance` is the number
    /// of the next instance, which has to be above all that were used in this
    /// state directory.
    pub fn new(services: Vec<Service>, seed: u64, next_instance: InstanceId) -> Self {
        let mut wards = Wards::default();
        for service in services {
            wards.add(Ward::new(service, RealTime::default()));
        }
        graph::rebuild(&mut wards);
        Self {
            wards,
            timer: Timer::default(),
            schedules: Schedules::default(),
            began: None,
            last: None,
            sleep: Sleep::default(),
            answers: Answers::default(),
            phase: Phase::Guarding,
            random: Random::new(seed),
            next_instance,
            live: 0,
            log_offs: LogOffs::default(),
            power: None,
            network: Network::Online,
            sessions: Vec::new(),
        }
    }

    /// The services in the order of the file; then those that were removed and
    /// are not gone yet.
    pub fn services(&self) -> impl Iterator<Item = ServiceView<'_>> {
        self.wards.iter().map(ServiceView::from)
    }

    /// The service called `name`.
    pub fn service(&self, name: &ServiceName) -> Option<ServiceView<'_>> {
        let id = self.wards.find(name)?;
        self.wards.get(id).map(ServiceView::from)
    }

    /// The number that the next instance will have.
    pub const fn next_instance(&self) -> InstanceId {
        self.next_instance
    }

    /// Whether [`Effect::Finish`](outlast_model::Effect::Finish) was given.
    pub const fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Finished)
    }

    /// Whether a shutdown was asked for.
    pub const fn is_shutting_down(&self) -> bool {
        !matches!(self.phase, Phase::Guarding)
    }

    /// Whether every service is stopped or failed and none is about to start, nor has a
    /// schedule that is in force:
    /// then nothing more happens until someone asks. It is so before the first
    /// request, too. Costs a look at every service.
    pub fn is_at_rest(&self) -> bool {
        let mut wards = self.wards.iter();
        self.schedules.is_empty()
            && wards.all(|ward| matches!(ward.state, State::Stopped(_) | State::Failed(_)))
    }

    pub(crate) const fn urgency(&self) -> Option<Urgency> {
        match self.phase {
            Phase::ShuttingDown { urgency, .. } => Some(urgency),
            Phase::Guarding | Phase::Finished => None,
        }
    }
}
