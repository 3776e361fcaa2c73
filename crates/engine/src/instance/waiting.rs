//! The service shall start and something is not there yet.

use outlast_model::record::ServiceEntry;
use outlast_model::state::Waiting;
use outlast_model::{ServiceName, State};

use super::{Stimulus, starting, stopped};
use crate::graph;
use crate::propagate::By;
use crate::step::Step;
use crate::wards::WardId;
use crate::wish::Wish;

/// `on` is missing. Coming here again only changes what is shown: that one of
/// several dependencies has come is no news about this service.
pub(super) fn enter(step: &mut Step<'_>, id: WardId, on: Vec<ServiceName>) {
    if let State::Waiting(waiting) = &mut step.world.wards[id].state {
        waiting.on = on;
        return;
    }
    step.record(id, ServiceEntry::Waiting { on: on.clone() });
    let asleep = graph::asleep_dependencies(&step.world.wards, id);
    let waiting = Waiting {
        since: step.now.real,
        on,
    };
    step.set_state(id, State::Waiting(waiting));
    // A dependency that has completed, or was not needed before, is woken once.
    // Were it woken each time that it completes, it would be restarted for ever
    // beside another that does not come.
    step.want_running(&asleep, By::Dependant);
}

pub(super) fn on_stimulus(step: &mut Step<'_>, id: WardId, stimulus: &Stimulus) {
    match stimulus {
        Stimulus::Wish => on_wish(step, id),
        Stimulus::Started { .. }
        | Stimulus::StartFailed { .. }
        | Stimulus::Exited(_)
        | Stimulus::TreeEmptied { .. }
        | Stimulus::Probed(_)
        | Stimulus::Notified { .. }
        | Stimulus::LinePrinted { .. }
        | Stimulus::Due => {}
    }
}

fn on_wish(step: &mut Step<'_>, id: WardId) {
    match step.world.wards[id].wish {
        Wish::Run | Wish::Replace(_) => starting::attempt(step, id),
        Wish::Rest(_) | Wish::Leave(_) => stopped::enter(step, id),
    }
}
