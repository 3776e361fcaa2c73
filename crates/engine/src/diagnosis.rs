//! Why an instance has ended: that is asked for once, and told to whoever wants to know.
//! No decision follows from it.

use outlast_model::record::ServiceEntry;
use outlast_model::{Effect, InstanceId, ServiceName, Verdict};

use crate::step::Step;
use crate::wards::WardId;

/// The end of `instance` is on record, and somebody will want to know why.
pub(crate) fn want(step: &mut Step<'_>, id: WardId, instance: InstanceId) {
    let service = step.world.wards[id].name().clone();
    step.effects.push(Effect::Diagnose { service, instance });
}

/// That is known now. The service may have been removed meanwhile.
pub(crate) fn on_verdict(
    step: &mut Step<'_>,
    service: &ServiceName,
    (instance, verdict): (InstanceId, Box<Verdict>),
) {
    let Some(id) = step.world.wards.find(service) else {
        return;
    };
    let last = &mut step.world.wards[id].last_end;
    if let Some(last) = last.as_mut().filter(|last| last.instance == instance) {
        last.verdict = Some(verdict.clone());
    }
    step.record(id, ServiceEntry::Verdict { instance, verdict });
}
