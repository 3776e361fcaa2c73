//! Invariant 18.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use outlast_engine::{NETWORK_WAIT, ServiceView};
use outlast_model::machine::Network;
use outlast_model::record::{Entry, ServiceEntry, StopReason};
use outlast_model::service::{NetworkPolicy, Reaction};
use outlast_model::state::{NetworkWait, Postponed};
use outlast_model::{AwakeTime, Effect, Record, Service, ServiceName, State};

use super::{Checked, Checker};
use crate::track::Live;

/// Who waits for the network, as it is on record.
#[derive(Default)]
pub(crate) struct Waits {
    /// `None`: nobody has told.
    network: Option<Network>,
    /// What this step was told, as long as a gap may be: that lies before it.
    told: Option<Network>,
    /// Since when a service, or its restart, does, and what had been given away until
    /// then.
    since: BTreeMap<ServiceName, (AwakeTime, Duration)>,
    /// Who has waited in vain and may start without.
    in_vain: BTreeSet<ServiceName>,
}

impl Waits {
    pub(super) fn is_offline(&self) -> bool {
        self.network == Some(Network::Offline)
    }

    pub(super) fn forget(&mut self, service: &ServiceName) {
        self.since.remove(service);
        self.in_vain.remove(service);
    }
}

impl Checker {
    pub(super) fn on_network(&mut self, network: Network) {
        self.network.told = Some(network);
    }

    pub(super) fn settle_network(&mut self) {
        let Some(network) = self.network.told.take() else {
            return;
        };
        self.network.network = Some(network);
        if network == Network::Online {
            self.network.in_vain.clear();
            let waiting = std::mem::take(&mut self.network.since).into_keys();
            let put_off = waiting.filter(|name| self.runs(name)).collect();
            self.want_restarted(put_off);
        }
    }

    /// Who waits for the network and runs is to be restarted with it.
    fn runs(&self, service: &ServiceName) -> bool {
        let track = self.tracks.get(service);
        let live = track.and_then(|track| track.live.as_ref());
        live.is_some_and(Live::runs)
    }

    /// Whether `effect` is that somebody who has waited in vain does so anew, as the
    /// machine has slept.
    pub(super) fn waits_anew(&self, effect: &Effect) -> bool {
        let Effect::Record(Record {
            entry: Entry::Service { service, entry },
            ..
        }) = effect
        else {
            return false;
        };
        self.reacting
            && self.network.in_vain.contains(service)
            && matches!(entry, ServiceEntry::WaitingForNetwork { .. })
    }

    pub(super) fn on_network_wait(&mut self, service: &ServiceName) -> Checked {
        let begun = (self.now, self.gaps.given());
        self.network.in_vain.remove(service);
        self.network.since.insert(service.clone(), begun);
        if self.network.is_offline() {
            Ok(())
        } else {
            Err(format!("18: {service} waits for a network that is there"))
        }
    }

    /// It, or somebody with whom it is restarted, has waited all the time.
    pub(super) fn on_network_missing(&mut self, service: &ServiceName) -> Checked {
        let (now, given) = (self.now, self.gaps.given());
        let is_over = |(begun, before): &_| now.since(*begun) >= NETWORK_WAIT + (given - *before);
        let own = self.network.since.get(service);
        let is_true = own.map_or_else(|| self.network.since.values().any(is_over), is_over);
        if !self.network.is_offline() || !is_true {
            return Err(format!("18: {service} has not waited since {own:?}"));
        }
        self.network.in_vain.insert(service.clone());
        if self.runs(service) {
            self.want_restarted(vec![service.clone()]);
        }
        Ok(())
    }

    pub(super) fn check_network(&mut self, service: &Service) -> Checked {
        self.network.since.remove(&service.name);
        let may = self.network.in_vain.remove(&service.name);
        if self.network.is_offline() && service.network == NetworkPolicy::Online && !may {
            return Err(format!("18: {} starts offline", service.name));
        }
        Ok(())
    }

    /// What runs is not stopped to wait. That a stop comes late, of one that was to be
    /// restarted before the network went, is nobody's decision now.
    pub(super) fn check_postponed(&self, service: &ServiceName, reason: StopReason) -> Checked {
        let StopReason::Occasion(occasion) = reason else {
            return Ok(());
        };
        let definition = &self.tracks[service].definition;
        let is_wrong = self.has_occasion
            && self.network.is_offline()
            && definition.network == NetworkPolicy::Online
            && definition.reactions.get(&occasion) == Some(&Reaction::Restart)
            && !self.network.in_vain.contains(service);
        if is_wrong {
            return Err(format!("18: {service} is stopped to wait for the network"));
        }
        Ok(())
    }

    /// That it is not overdue is invariant 8.
    pub(super) fn check_network_wait(&self, name: &ServiceName, view: &ServiceView<'_>) -> Checked {
        let until = match view.state {
            State::Waiting(waiting) => match waiting.network {
                NetworkWait::Until(at) => Some(at),
                NetworkWait::None | NetworkWait::InVain => None,
            },
            State::Running(running) => running.postponed.map(|Postponed { until, .. }| until),
            _ => None,
        };
        let Some(until) = until else {
            return Ok(());
        };
        let Some((begun, before)) = self.network.since.get(name).copied() else {
            return Err(format!("18: {name} waits and nobody has been told"));
        };
        let since = self.resumed.map_or(begun, |at| at.max(begun));
        let given = self.gaps.given() - before;
        if until > since.after(NETWORK_WAIT + given) {
            return Err(format!("18: {name} waits until {until:?} since {since:?}"));
        }
        Ok(())
    }
}
