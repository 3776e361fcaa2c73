//! The one timer and what it is for.

use std::collections::BTreeSet;

use outlast_model::{AwakeTime, Effect};

use crate::wards::WardId;

/// What is due, earliest first, and what the supervisor's timer is set to.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    due: BTreeSet<(AwakeTime, WardId)>,
    set_to: Option<AwakeTime>,
}

impl Timer {
    /// Moves the moment at which something of `ward` is due.
    pub(crate) fn change(&mut self, ward: WardId, from: Option<AwakeTime>, to: Option<AwakeTime>) {
        if from == to {
            return;
        }
        if let Some(at) = from {
            self.due.remove(&(at, ward));
        }
        if let Some(at) = to {
            self.due.insert((at, ward));
        }
    }

    /// The timer has gone off, so it is not set any more.
    pub(crate) const fn went_off(&mut self) {
        self.set_to = None;
    }

    /// Who is due now, the longest overdue first.
    pub(crate) fn first_due(&self, now: AwakeTime) -> Option<WardId> {
        let (at, ward) = self.due.first()?;
        (*at <= now).then_some(*ward)
    }

    /// What has to be told to the supervisor, if anything.
    pub(crate) fn adjust(&mut self) -> Option<Effect> {
        let earliest = self.due.first().map(|(at, _)| *at);
        if earliest == self.set_to {
            return None;
        }
        self.set_to = earliest;
        Some(earliest.map_or(Effect::ClearTimer, Effect::SetTimer))
    }
}
