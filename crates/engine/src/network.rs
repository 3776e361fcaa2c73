//! Services that need the network.
//!
//! A machine that boots or wakes up has none for some seconds, and a program that
//! is started meanwhile fails for nothing. So a start waits, whoever wants it,
//! while the network is offline; when the bound is over, the service is started
//! all the same: what is taken for offline may do for it, and a service that
//! never starts helps nobody. Each start has the bound anew, so that a service
//! that fails while the network is away for hours is tried once a minute, and at
//! once when it is back, and does not reach its start limit before.
//!
//! The bound counts from the moment from which it wants to start, beside what it
//! waits for otherwise, and anew from each resume. A restart that nobody waits for
//! does not stop an instance to have its successor wait: it waits itself.

use std::time::Duration;

use outlast_model::machine::Network;
use outlast_model::record::{GuardianEntry, ServiceEntry, StopReason};
use outlast_model::service::{NetworkPolicy, Occasion};
use outlast_model::state::{NetworkWait, Postponed, Running, Waiting};
use outlast_model::{Service, State};

use crate::graph;
use crate::step::Step;
use crate::ward::Ward;
use crate::wards::WardId;
use crate::wish::Wish;
use crate::world::World;

/// How long a service waits for the network. A switch that looks for loops lets
/// nothing pass for 30 s after the link is up, and DHCP asks for the fourth time
/// 28 s after the first; what takes longer does not come by itself. `NetworkManager`
/// waits as long at boot. A native manager waits longer for a guardian that begins
/// (systemd: 90 s).
pub const NETWORK_WAIT: Duration = Duration::from_secs(60);

/// The network of the machine is told.
pub(crate) fn on_network(step: &mut Step<'_>, network: Network) {
    if std::mem::replace(&mut step.world.network, network) == network {
        return;
    }
    let mut needing = step.world.wards.ids();
    needing.retain(|id| needs(&step.world.wards[*id].definition));
    if !needing.is_empty() {
        step.record_guardian(GuardianEntry::Network(network));
    }
    for id in needing {
        if step.world.wards[id].is_waiting() {
            step.enqueue(id);
        }
    }
    // Of an instance that goes on as it began, even if its next one needs no network.
    if network == Network::Online {
        restart_postponed(step);
    }
}

/// Of a template: whether what is made of it does.
pub(crate) fn needs(service: &Service) -> bool {
    service.network == NetworkPolicy::Online
}

/// Whether `service` has not what it needs.
pub(crate) fn is_missed_by(world: &World, service: &Service) -> bool {
    world.network == Network::Offline && needs(service)
}

/// How far a service that wants to start has to wait for the network.
pub(crate) fn wait(step: &Step<'_>, id: WardId) -> NetworkWait {
    let ward = &step.world.wards[id];
    if !is_missed_by(step.world, &ward.definition) {
        return NetworkWait::None;
    }
    match &ward.state {
        State::Waiting(Waiting {
            network: begun @ (NetworkWait::Until(_) | NetworkWait::InVain),
            ..
        }) => *begun,
        _ if ward.waited_in_vain => NetworkWait::InVain,
        _ => NetworkWait::Until(step.now.awake.after(NETWORK_WAIT)),
    }
}

/// Whether a restart of `id` would end something that works, and that would wait
/// for the network then: the service, or one that is replaced with it.
pub(crate) fn would_be_missed(world: &World, id: WardId) -> bool {
    let mut all = concerned(world, id).into_iter();
    all.any(|id| is_missed_by(world, &world.wards[id].definition))
}

/// Those of which an instance ends when `id` is replaced.
fn concerned(world: &World, id: WardId) -> Vec<WardId> {
    let mut all = vec![id];
    all.extend(graph::dependants_of(&world.wards, &[id]));
    all.retain(|id| world.wards[*id].is_live());
    all
}

/// Restarts `id`, which runs, when the network is there or the bound is over.
pub(crate) fn postpone(step: &mut Step<'_>, id: WardId, occasion: Occasion) {
    let State::Running(running) = &step.world.wards[id].state else {
        return;
    };
    if running.postponed.is_some() {
        return;
    }
    let until = step.now.awake.after(NETWORK_WAIT);
    let running = Running {
        postponed: Some(Postponed { occasion, until }),
        ..running.clone()
    };
    record_wait(step, id);
    step.set_state(id, State::Running(running));
}

pub(crate) fn record_wait(step: &mut Step<'_>, id: WardId) {
    let at_most = NETWORK_WAIT;
    step.record(id, ServiceEntry::WaitingForNetwork { at_most });
}

fn restart_postponed(step: &mut Step<'_>) {
    let mut postponed: Vec<(WardId, Occasion)> = Vec::new();
    for id in step.world.wards.ids() {
        step.world.wards[id].waited_in_vain = false;
        postponed.extend(take_postponed(step, id).map(|occasion| (id, occasion)));
    }
    for occasion in Occasion::ALL {
        let of_this = postponed.iter().filter(|(_, other)| *other == occasion);
        let ids: Vec<WardId> = of_this.map(|(id, _)| *id).collect();
        step.want_replaced(&ids, StopReason::Occasion(occasion));
    }
}

/// The bound of a postponed restart is over. Whoever is replaced by it has waited,
/// too, and does not have to again.
pub(crate) fn restart_in_vain(step: &mut Step<'_>, id: WardId) {
    let Some(occasion) = take_postponed(step, id) else {
        return;
    };
    for other in concerned(step.world, id) {
        let ward = &mut step.world.wards[other];
        let needs = needs(&ward.definition);
        ward.waited_in_vain = needs;
        if needs || other == id {
            step.record(other, ServiceEntry::NetworkMissing);
        }
    }
    step.want_replaced(&[id], StopReason::Occasion(occasion));
}

/// For what the instance that runs is to be restarted; not if somebody has wanted
/// anything else of it meanwhile.
fn take_postponed(step: &mut Step<'_>, id: WardId) -> Option<Occasion> {
    let ward: &Ward = &step.world.wards[id];
    let State::Running(running) = &ward.state else {
        return None;
    };
    let postponed = running.postponed?;
    let is_meant = ward.wish == Wish::Run;
    let running = Running {
        postponed: None,
        ..running.clone()
    };
    step.set_state(id, State::Running(running));
    is_meant.then_some(postponed.occasion)
}
