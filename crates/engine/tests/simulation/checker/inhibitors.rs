//! Invariant 15.

use outlast_engine::ServiceView;
use outlast_model::inhibitor::{Denied, Grant};
use outlast_model::machine::PowerSource;
use outlast_model::service::{SleepPolicy, SleepWhile};
use outlast_model::state::NetworkWait;
use outlast_model::{Inhibitor as Told, Service, ServiceName, State};

use super::{Checked, Checker};
use crate::track::{Inhibitor, Track};

impl Checker {
    pub(super) fn on_hold(&mut self, service: &ServiceName) -> Checked {
        // One that was made in this step and waits has nothing else to be seen by.
        let Some(track) = self.tracks.get_mut(service) else {
            self.asked_unseen.insert(service.clone());
            return Ok(());
        };
        track.inhibitor = match track.inhibitor {
            Inhibitor::None => Inhibitor::Asked,
            Inhibitor::Denied | Inhibitor::AskedAgain => Inhibitor::AskedAgain,
            other => return Err(format!("15: {service} asks again while it is {other:?}")),
        };
        Ok(())
    }

    pub(super) fn on_release(&mut self, service: &ServiceName) -> Checked {
        let track = self.track(service);
        if std::mem::replace(&mut track.inhibitor, Inhibitor::None) == Inhibitor::None {
            return Err(format!("15: {service} releases what it has not"));
        }
        Ok(())
    }

    pub(super) fn on_inhibited(&mut self, service: &ServiceName, answer: &Result<Grant, Denied>) {
        self.track(service).inhibitor = match answer {
            Ok(_) => Inhibitor::Held,
            Err(_) => Inhibitor::Denied,
        };
    }

    pub(super) fn check_inhibitor(&self, name: &ServiceName, view: &ServiceView<'_>) -> Checked {
        let track = &self.tracks[name];
        let is_asked_for = track.inhibitor != Inhibitor::None;
        if is_asked_for != self.is_wanted(track, view) {
            let (state, sleep) = (view.state, policy(track, view).sleep);
            return Err(format!(
                "15: {name} {state:?} {sleep:?} {:?}",
                track.inhibitor
            ));
        }
        let is_told = match (track.inhibitor, view.inhibitor) {
            (Inhibitor::None, None)
            | (Inhibitor::Asked, Some(Told::Asked))
            | (Inhibitor::Held, Some(Told::Held(_)))
            | (Inhibitor::Denied | Inhibitor::AskedAgain, Some(Told::Denied(_))) => true,
            (Inhibitor::None, Some(_)) | (_, None) | (_, Some(_)) => false,
        };
        if is_told {
            Ok(())
        } else {
            let (is, told) = (track.inhibitor, view.inhibitor);
            Err(format!("15: {name} is {is:?} and tells {told:?}"))
        }
    }

    fn is_wanted(&self, track: &Track, view: &ServiceView<'_>) -> bool {
        let waits_for_network = matches!(
            view.state,
            State::Waiting(waiting) if waiting.on.is_empty() && waiting.network != NetworkWait::None
        );
        let policy = policy(track, view);
        let is_at_work = waits_for_network
            || matches!(
                view.state,
                State::Starting(_) | State::Running(_) | State::Stopping(_) | State::BackingOff(_)
            );
        let is_busy = track.live.as_ref().is_some_and(|live| {
            let seen = live.health.as_ref();
            live.runs() && seen.is_some_and(|seen| seen.busy)
        });
        let is_at_work = match policy.sleep_while {
            SleepWhile::Running => is_at_work,
            SleepWhile::Busy => is_busy,
        };
        let is_on_battery = self.power == Some(PowerSource::Battery);
        is_at_work
            && match policy.sleep {
                SleepPolicy::Allow => false,
                SleepPolicy::Inhibit => true,
                SleepPolicy::InhibitOnAc => !is_on_battery,
            }
    }
}

/// That of the instance that there is, or else of the next one.
fn policy<'a>(track: &'a Track, view: &ServiceView<'a>) -> &'a Service {
    let live = track.live.as_ref();
    live.map_or(view.definition, |live| &live.spawned)
}
