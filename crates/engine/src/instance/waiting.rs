//! The service shall start and something is not there yet.

use outlast_model::record::ServiceEntry;
use outlast_model::state::{NetworkWait, Waiting};
use outlast_model::{ServiceName, State};

use super::{Stimulus, starting, stopped};
use crate::gap::Frozen;
use crate::graph;
use crate::network::{self, NETWORK_WAIT};
use crate::propagate::By;
use crate::step::Step;
use crate::wards::WardId;
use crate::wish::Wish;

/// `on` is missing, or the network. Coming here again only changes what is shown:
/// that one of several dependencies has come is no news about this service.
pub(super) fn enter(
    step: &mut Step<'_>,
    id: WardId,
    (on, network): (Vec<ServiceName>, NetworkWait),
) {
    if let State::Waiting(waiting) = &step.world.wards[id].state {
        let waiting = Waiting {
            on,
            ..waiting.clone()
        };
        change(step, id, waiting, network);
        return;
    }
    if !on.is_empty() {
        step.record(id, ServiceEntry::Waiting { on: on.clone() });
    }
    let asleep = graph::asleep_dependencies(&step.world.wards, id);
    let waiting = Waiting {
        since: step.now.real,
        on,
        network: NetworkWait::None,
    };
    step.set_state(id, State::Waiting(waiting.clone()));
    change(step, id, waiting, network);
    // A dependency that has completed, or was not needed before, is woken once.
    // Were it woken each time that it completes, it would be restarted for ever
    // beside another that does not come.
    step.want_running(&asleep, By::Dependant);
}

/// It waits otherwise than before, if at all.
fn change(step: &mut Step<'_>, id: WardId, waiting: Waiting, network: NetworkWait) {
    match (waiting.network, network) {
        (NetworkWait::None | NetworkWait::InVain, NetworkWait::Until(_)) => {
            network::record_wait(step, id);
        }
        (NetworkWait::Until(_), NetworkWait::InVain) => {
            step.record(id, ServiceEntry::NetworkMissing);
        }
        _ => {}
    }
    let waiting = Waiting { network, ..waiting };
    let is_known =
        matches!(&step.world.wards[id].state, State::Waiting(known) if *known == waiting);
    if !is_known {
        step.set_state(id, State::Waiting(waiting));
    }
}

/// The network has been waited for in vain.
fn on_due(step: &mut Step<'_>, id: WardId) {
    if let State::Waiting(waiting) = &step.world.wards[id].state {
        let waiting = waiting.clone();
        change(step, id, waiting, NetworkWait::InVain);
    }
}

/// Whatever brings the network was kept from running, too.
pub(super) fn on_frozen(step: &mut Step<'_>, id: WardId, waiting: Waiting, frozen: Frozen) {
    if let NetworkWait::Until(at) = waiting.network {
        let later = NetworkWait::Until(at.after(frozen.at_most));
        change(step, id, waiting, later);
    }
}

/// The network was away for the sleep, and comes back only now.
pub(super) fn on_resumed(step: &mut Step<'_>, id: WardId, waiting: Waiting) {
    if waiting.network != NetworkWait::None {
        let later = NetworkWait::Until(step.now.awake.after(NETWORK_WAIT));
        change(step, id, waiting, later);
    }
}

pub(super) fn on_stimulus(step: &mut Step<'_>, id: WardId, stimulus: &Stimulus) {
    match stimulus {
        Stimulus::Wish => on_wish(step, id),
        Stimulus::Due => on_due(step, id),
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

fn on_wish(step: &mut Step<'_>, id: WardId) {
    match step.world.wards[id].wish {
        Wish::Run | Wish::Replace(_) => starting::attempt(step, id),
        Wish::Rest(_) | Wish::Leave(_) => stopped::enter(step, id),
    }
}
