//! The service ended; the next instance comes when the delay is over.

use std::time::Duration;

use outlast_model::State;
use outlast_model::record::ServiceEntry;
use outlast_model::state::BackingOff;

use super::{Stimulus, starting, stopped};
use crate::gap::Frozen;
use crate::occasion;
use crate::step::Step;
use crate::wards::WardId;
use crate::wish::Wish;

pub(crate) fn enter(step: &mut Step<'_>, id: WardId, attempt: u32, delay: Duration) {
    let spread = occasion::spread(step);
    let entry = ServiceEntry::BackingOff {
        delay,
        spread,
        attempt,
    };
    step.record(id, entry);
    let delay = delay + spread;
    let backing_off = BackingOff {
        since: step.now.real,
        until: step.now.awake.after(delay),
        delay,
        attempt,
    };
    step.set_state(id, State::BackingOff(backing_off));
}

pub(super) fn on_stimulus(step: &mut Step<'_>, id: WardId, stimulus: &Stimulus) {
    match stimulus {
        Stimulus::Due => {
            step.world.wards[id].restarts += 1;
            starting::attempt(step, id);
        }
        Stimulus::Wish => on_wish(step, id),
        Stimulus::Started { .. }
        | Stimulus::StartFailed { .. }
        | Stimulus::Exited(_)
        | Stimulus::TreeEmptied { .. }
        | Stimulus::Probed(_)
        | Stimulus::Notified { .. }
        | Stimulus::Sampled(_)
        | Stimulus::LinePrinted { .. } => {}
    }
}

/// Those who were to start one after the other still do.
pub(super) fn on_frozen(
    step: &mut Step<'_>,
    id: WardId,
    mut backing_off: BackingOff,
    frozen: Frozen,
) {
    backing_off.until = backing_off.until.after(frozen.at_least);
    step.set_state(id, State::BackingOff(backing_off));
}

fn on_wish(step: &mut Step<'_>, id: WardId) {
    match step.world.wards[id].wish {
        Wish::Run | Wish::Replace(_) => {}
        Wish::Rest(_) | Wish::Leave(_) => stopped::enter(step, id),
    }
}
