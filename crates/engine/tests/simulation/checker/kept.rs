//! Invariant 19.

use outlast_engine::ServiceView;
use outlast_model::{Desired, ServiceName, State};

use super::{Checked, Checker};

impl Checker {
    pub(super) fn on_close(&mut self, service: &ServiceName) -> Checked {
        if std::mem::replace(&mut self.track(service).is_kept_for, false) {
            return Ok(());
        }
        Err(format!("19: nothing is kept for {service}"))
    }

    /// A stop that comes while another one is under way closes at the end.
    pub(super) fn check_kept(&self, name: &ServiceName, view: &ServiceView<'_>) -> Checked {
        let track = &self.tracks[name];
        let may_follow = match view.state {
            State::Stopped(_) | State::Failed(_) => false,
            State::Starting(_) | State::Running(_) | State::Stopping(_) => true,
            State::Waiting(_) | State::BackingOff(_) => view.desired == Desired::Running,
        };
        if track.is_kept_for && !may_follow {
            return Err(format!("19: {name} is {:?} and is kept for", view.state));
        }
        let is_live = track
            .live
            .as_ref()
            .is_some_and(|live| live.spawned.is_kept_for());
        if is_live && !track.is_kept_for && matches!(view.state, State::Running(_)) {
            return Err(format!("19: {name} runs on, and what was kept is closed"));
        }
        Ok(())
    }
}
