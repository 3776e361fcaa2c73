//! Nothing of the service runs and nothing is on its way.

use outlast_model::State;
use outlast_model::record::ServiceEntry;
use outlast_model::state::{Stopped, WhyStopped};

use super::{Stimulus, starting};
use crate::session;
use crate::step::Step;
use crate::wards::WardId;
use crate::wish::Wish;

/// Somebody wanted it: all is gone.
pub(crate) fn enter(step: &mut Step<'_>, id: WardId) {
    step.record(id, ServiceEntry::Stopped);
    let held = step.world.wards[id].held;
    let stopped = Stopped {
        since: step.now.real,
        why: held.map_or(WhyStopped::Requested, WhyStopped::Occasion),
    };
    step.set_state(id, State::Stopped(stopped));
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
        | Stimulus::Sampled(_)
        | Stimulus::LinePrinted { .. }
        | Stimulus::Due => {}
    }
}

fn on_wish(step: &mut Step<'_>, id: WardId) {
    match step.world.wards[id].wish {
        Wish::Leave(_) => step.forget(id),
        _ if step.world.wards[id].is_template() => session::on_template_wish(step, id),
        Wish::Run | Wish::Replace(_) => starting::attempt(step, id),
        Wish::Rest(_) => {}
    }
}
