//! The one timer and what it is for.

use std::collections::BTreeSet;

use outlast_model::{AwakeTime, Effect};

use crate::gap::PULSE;
use crate::wards::WardId;

/// What is due, earliest first, and what the supervisor's timer is set to.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    due: BTreeSet<(AwakeTime, WardId)>,
    /// How many of them judge an instance.
    judging: usize,
    set_to: Option<AwakeTime>,
}

/// Something that is due, of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// When.
    pub(crate) at: AwakeTime,
    /// What for.
    pub(crate) purpose: Purpose,
}

/// What a service waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An instance has until then; if it was kept from running, it has longer.
    Judging,
    /// It is to be started then.
    Starting,
}

impl Timer {
    /// Moves the moment at which something of `ward` is due.
    pub(crate) fn change(&mut self, ward: WardId, from: Option<Due>, to: Option<Due>) {
        if from == to {
            return;
        }
        if let Some(due) = from {
            self.due.remove(&(due.at, ward));
            self.judging -= usize::from(due.purpose == Purpose::Judging);
        }
        if let Some(due) = to {
            self.due.insert((due.at, ward));
            self.judging += usize::from(due.purpose == Purpose::Judging);
        }
    }

    /// Of whom something is due, now or later.
    pub(crate) fn everyone(&self) -> Vec<WardId> {
        self.due.iter().map(|(_, ward)| *ward).collect()
    }

    /// What the supervisor's timer is set to.
    pub(crate) const fn set_to(&self) -> Option<AwakeTime> {
        self.set_to
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
    /// At `look`, at the latest, somebody has to look at the wall clock.
    pub(crate) fn adjust(&mut self, now: AwakeTime, look: Option<AwakeTime>) -> Option<Effect> {
        let wanted = self.wanted(now, look);
        if wanted == self.set_to {
            return None;
        }
        self.set_to = wanted;
        Some(wanted.map_or(Effect::ClearTimer, Effect::SetTimer))
    }

    /// The next thing that is due, or the next pulse or look before it.
    fn wanted(&self, now: AwakeTime, look: Option<AwakeTime>) -> Option<AwakeTime> {
        let earliest = self.due.first().map(|(at, _)| *at);
        let pulse = (self.judging > 0).then(|| now.after(PULSE));
        let Some(before) = pulse.into_iter().chain(look).min() else {
            return earliest;
        };
        let latest = earliest.map_or(before, |earliest| earliest.min(before));
        // One that is under way will do.
        let pulse = self.set_to.filter(|at| (now..=latest).contains(at));
        Some(pulse.unwrap_or(latest))
    }
}
