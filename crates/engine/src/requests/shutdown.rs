//! Stop everything, start nothing more, end.

use outlast_model::RequestId;
use outlast_model::record::{GuardianEntry, StopReason};
use outlast_model::request::Urgency;

use crate::schedule;
use crate::step::Step;
use crate::world::Phase;

pub(super) fn on_request(step: &mut Step<'_>, request: RequestId, urgency: Urgency) {
    step.record_guardian(GuardianEntry::ShuttingDown);
    step.world.phase = Phase::ShuttingDown {
        urgency,
        requests: vec![request],
    };
    let ids = step.world.wards.ids();
    for &id in &ids {
        schedule::end(step, id);
    }
    step.want_stopped(&ids, StopReason::Shutdown);
    touch_all(step);
}

/// A second request makes a shutdown immediate.
pub(super) fn hurry(step: &mut Step<'_>, request: RequestId) {
    if let Phase::ShuttingDown { urgency, requests } = &mut step.world.phase {
        *urgency = Urgency::Immediate;
        requests.push(request);
    }
    touch_all(step);
}

/// Also what was being stopped before: it may have to hurry now.
fn touch_all(step: &mut Step<'_>) {
    for id in step.world.wards.ids() {
        step.enqueue(id);
    }
}
