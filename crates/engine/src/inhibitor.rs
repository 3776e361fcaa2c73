//! Who has an inhibitor held: a service whose policy asks for one, from the
//! moment an instance is ordered until none exists and none is on its way.
//!
//! While a service is backing off it has one, too. The next instance is on its
//! way, and a machine that nobody has used for an hour sleeps at once when the
//! last inhibitor goes: a crash would become a night without the service. The
//! start limit sees to it that this does not go on for ever. A service that shall
//! have one only while it is busy has it exactly then: it knows best. While it waits for
//! a dependency it has none: nothing of it is at work, and nobody knows when it
//! will be. While it waits for nothing but the network it has one, for the same reason as
//! in a backoff, and that is bounded.

use outlast_model::inhibitor::{Denied, Grant};
use outlast_model::machine::{MachineEvent, PowerSource};
use outlast_model::record::ServiceEntry;
use outlast_model::service::{SleepPolicy, SleepWhile};
use outlast_model::state::NetworkWait;
use outlast_model::{Effect, Inhibitor, ServiceName, State};

use crate::step::Step;
use crate::ward::Ward;
use crate::wards::WardId;

/// Adjusts those whose state has changed in this step. At its end, so that what
/// goes through several states, as a restart does, keeps its inhibitor.
pub(crate) fn adjust_touched(step: &mut Step<'_>) {
    for index in 0..step.touched.len() {
        let id = step.touched[index];
        if step.world.wards.get(id).is_some() {
            adjust(step, id);
        }
    }
}

/// Asks for the inhibitor of a service, or releases it, as its policy, its state
/// and the source of power have it.
pub(crate) fn adjust(step: &mut Step<'_>, id: WardId) {
    let ward = &mut step.world.wards[id];
    match (is_wanted(ward, step.world.power), &ward.inhibitor) {
        (true, None) => {
            ward.inhibitor = Some(Box::new(Inhibitor::Asked));
            ask(step, id);
        }
        (false, Some(_)) => release(step, id),
        (true, Some(_)) | (false, None) => {}
    }
}

/// A new instance is ordered. What was denied may be granted now: whoever starts
/// the service again may have seen to that. Until then it is as it was.
pub(crate) fn on_start(step: &mut Step<'_>, id: WardId) {
    let ward = &step.world.wards[id];
    let is_denied = matches!(ward.inhibitor.as_deref(), Some(Inhibitor::Denied(_)));
    if is_denied && is_wanted(ward, step.world.power) {
        ask(step, id);
    }
}

fn is_wanted(ward: &Ward, power: Option<PowerSource>) -> bool {
    // What waits or backs off has no instance: the next one counts, and the last one may
    // be of an older definition.
    let policy = if ward.is_live() {
        &ward.spawned
    } else {
        &ward.definition
    };
    let is_at_work = match (&ward.state, policy.sleep_while) {
        (State::Running(running), SleepWhile::Busy) => {
            let health = running.health.as_ref();
            health.is_some_and(|health| health.told.busy)
        }
        (_, SleepWhile::Busy) => false,
        (State::Waiting(waiting), SleepWhile::Running) => {
            waiting.on.is_empty() && waiting.network != NetworkWait::None
        }
        (
            State::Starting(_) | State::Running(_) | State::Stopping(_) | State::BackingOff(_),
            SleepWhile::Running,
        ) => true,
        (State::Stopped(_) | State::Failed(_), SleepWhile::Running) => false,
    };
    is_at_work
        && match policy.sleep {
            SleepPolicy::Allow => false,
            SleepPolicy::Inhibit => true,
            // A machine that tells nothing has no battery: servers, desktops,
            // virtual machines.
            SleepPolicy::InhibitOnAc => power != Some(PowerSource::Battery),
        }
}

fn ask(step: &mut Step<'_>, id: WardId) {
    let service = step.world.wards[id].name().clone();
    step.effects.push(Effect::HoldInhibitor { service });
}

fn release(step: &mut Step<'_>, id: WardId) {
    let ward = &mut step.world.wards[id];
    let before = ward.inhibitor.take();
    let service = ward.name().clone();
    step.effects.push(Effect::ReleaseInhibitor { service });
    if matches!(before.as_deref(), Some(Inhibitor::Held(_))) {
        step.record(id, ServiceEntry::InhibitorReleased);
    }
}

/// The system has answered. A refusal that is known goes on record once.
pub(crate) fn on_answer(step: &mut Step<'_>, service: &ServiceName, answer: Result<Grant, Denied>) {
    let Some(id) = step.world.wards.find(service) else {
        return;
    };
    let answered = match answer {
        Ok(grant) => Inhibitor::Held(grant),
        Err(denied) => Inhibitor::Denied(denied),
    };
    let before = step.world.wards[id].inhibitor.as_deref();
    if matches!(before, None | Some(Inhibitor::Held(_))) || before == Some(&answered) {
        return;
    }
    let entry = match &answered {
        Inhibitor::Held(grant) => ServiceEntry::Inhibited(grant.clone()),
        Inhibitor::Denied(denied) => ServiceEntry::NotInhibited(denied.clone()),
        Inhibitor::Asked => return,
    };
    step.record(id, entry);
    step.world.wards[id].inhibitor = Some(Box::new(answered));
}

/// Where power comes from decides about those that only inhibit on mains.
pub(crate) fn on_machine(step: &mut Step<'_>, event: &MachineEvent) {
    let MachineEvent::Power(source) = event else {
        return;
    };
    if step.world.power.replace(*source) != Some(*source) {
        for id in step.world.wards.ids() {
            adjust(step, id);
        }
    }
}
