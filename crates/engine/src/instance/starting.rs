//! The system has been told to start an instance and has not answered.
//!
//! Nothing can be stopped before the answer: there is no process to ask, or
//! there is one that nobody knows yet. So a stop waits for it.

use std::sync::Arc;
use std::time::Duration;

use outlast_model::record::ServiceEntry;
use outlast_model::state::{LastEnd, NetworkWait, Starting};
use outlast_model::{Effect, InstanceId, StartFailure, State};

use super::{Stimulus, running, waiting};
use crate::breaker;
use crate::diagnosis;
use crate::ending::{self, Cause};
use crate::graph;
use crate::inhibitor;
use crate::network;
use crate::session;
use crate::step::Step;
use crate::ward::Ended;
use crate::wards::WardId;
use crate::wish::Wish;

/// Starts a service if what it needs is there; else it waits.
pub(crate) fn attempt(step: &mut Step<'_>, id: WardId) {
    if step.world.wards[id].is_template() {
        session::on_template_wish(step, id);
        return;
    }
    if step.world.wards[id].wish != Wish::Run {
        step.wish(id, Wish::Run);
    }
    let missing = graph::missing(&step.world.wards, id);
    let network = network::wait(step, id);
    if missing.is_empty() && !matches!(network, NetworkWait::Until(_)) {
        enter(step, id);
    } else {
        waiting::enter(step, id, (missing, network));
    }
}

fn enter(step: &mut Step<'_>, id: WardId) {
    let instance = step.world.next_instance;
    step.world.next_instance = InstanceId(instance.0 + 1);
    breaker::on_start(step, id);
    let ward = &mut step.world.wards[id];
    if ward.is_outdated() {
        // The delays of a run that went on as it began say nothing about this one.
        ward.streak.reset();
        // Its predecessor may have been live until now, and have needed what it does not.
        step.enqueue_dependencies(id);
    }
    let ward = &mut step.world.wards[id];
    ward.spawned = Arc::clone(&ward.definition);
    ward.waited_in_vain = false;
    // What an older definition had is seen to by the start.
    ward.is_kept_for |= ward.spawned.is_kept_for();
    ward.recent_starts
        .push(step.now.awake, ward.spawned.restart.limit);
    let service = Arc::clone(&ward.spawned);
    step.record(id, ServiceEntry::Starting { instance });
    let starting = Starting {
        since: step.now.real,
        instance,
    };
    step.set_state(id, State::Starting(starting));
    inhibitor::on_start(step, id);
    step.effects.push(Effect::Spawn { service, instance });
}

pub(super) fn on_stimulus(
    step: &mut Step<'_>,
    id: WardId,
    starting: &Starting,
    stimulus: Stimulus,
) {
    match stimulus {
        Stimulus::Started { instance, pid } if instance == starting.instance => {
            running::enter(step, id, instance, pid);
        }
        Stimulus::StartFailed { instance, failure } if instance == starting.instance => {
            on_start_failed(step, id, instance, failure);
        }
        Stimulus::Started { .. } | Stimulus::StartFailed { .. } => {}
        // Before `Started` nobody can know of an end.
        Stimulus::Exited(_) | Stimulus::TreeEmptied { .. } => {}
        Stimulus::Probed(_) | Stimulus::Notified { .. } | Stimulus::LinePrinted { .. } => {}
        Stimulus::Sampled(_) => {}
        Stimulus::Due | Stimulus::Wish => {}
    }
}

fn on_start_failed(step: &mut Step<'_>, id: WardId, instance: InstanceId, failure: StartFailure) {
    let end = LastEnd::StartFailure(failure.clone());
    step.record(id, ServiceEntry::StartFailed { instance, failure });
    let ward = &mut step.world.wards[id];
    ward.exited_ok = false;
    ward.last_end = Some(Ended {
        instance,
        end: end.clone(),
        at: step.now.real,
        ran_for: Duration::ZERO,
        reached: Vec::new(),
        verdict: None,
    });
    diagnosis::want(step, id, instance);
    ending::on_gone(step, id, (end, Cause::Own));
}
