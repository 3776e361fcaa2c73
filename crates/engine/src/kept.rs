//! For whom something is kept from one instance to the next: its sockets. From
//! the order to start the first one until no other shall follow: then whoever connects
//! is refused, and does not wait for somebody who does not come.
//!
//! While an instance makes way for another (a restart, a backoff, a dependency that
//! comes back first) everything is kept. The last instance of a service that shall
//! stop has sockets of its own, and ends what it has begun with them.

use outlast_model::{Effect, State};

use crate::step::Step;
use crate::ward::Ward;

/// For those whose state has changed in this step. At its end, so that what goes
/// through several states keeps everything.
pub(crate) fn close_touched(step: &mut Step<'_>) {
    for index in 0..step.touched.len() {
        let id = step.touched[index];
        // One that has been forgotten has nothing any more.
        let Some(ward) = step.world.wards.get(id) else {
            continue;
        };
        if ward.is_kept_for && !will_follow(ward) {
            let service = ward.name().clone();
            step.world.wards[id].is_kept_for = false;
            step.effects.push(Effect::CloseKept { service });
        }
    }
}

/// Whether an instance is there that is meant to be found, or another shall follow.
/// One that shall stop, and waits for its dependants to do so first, still serves them.
fn will_follow(ward: &Ward) -> bool {
    match ward.state {
        State::Starting(_) | State::Running(_) => true,
        State::Stopped(_) | State::Failed(_) => false,
        State::Waiting(_) | State::Stopping(_) | State::BackingOff(_) => ward.wish.wants_to_run(),
    }
}
