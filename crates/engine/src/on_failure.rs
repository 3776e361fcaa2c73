//! What is done when a service has failed and is not tried again.

use std::time::Duration;

use outlast_model::State;
use outlast_model::record::ServiceEntry;

use crate::propagate::By;
use crate::step::Step;
use crate::wards::WardId;

/// A guardian younger than this restarts no machine: it begins with it, and would
/// do so for ever for a service that fails at each start.
pub const REBOOT_AFTER: Duration = Duration::from_secs(10 * 60);

/// The service has just failed.
pub(crate) fn react(step: &mut Step<'_>, id: WardId) {
    if step.world.is_shutting_down() {
        return;
    }
    let policy = step.world.wards[id].definition.on_failure.clone();
    let wards = &step.world.wards;
    let named = policy.start.iter().filter_map(|name| wards.find(name));
    // Two that are to stand in for each other would fail by turns for ever.
    let mut started: Vec<WardId> = named.filter(|other| !has_failed(step, *other)).collect();
    if let Some(reboot) = policy.reboot.and_then(|name| wards.find(&name)) {
        let after = step.world.began.map(|began| step.now.awake.since(began));
        match after {
            Some(after) if after >= REBOOT_AFTER => started.push(reboot),
            _ => {
                let after = after.unwrap_or_default();
                step.record(id, ServiceEntry::RebootWithheld { after });
            }
        }
    }
    step.want_running(&started, By::Request);
}

/// A program that is a reaction may fail each time.
fn has_failed(step: &Step<'_>, id: WardId) -> bool {
    let ward = &step.world.wards[id];
    matches!(ward.state, State::Failed(_)) && ward.definition.part_of.is_none()
}
