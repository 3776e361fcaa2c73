//! Invariant 13, and that what is told of gaps is true.
//!
//! Beside awake time there are two more. *Running* time stands still while the
//! guardian is frozen: nothing may come earlier by it. *Patient* time does so, too,
//! and is put back by what the engine gives away because it knows a freeze by its
//! bounds only: nothing may come later by it.

use std::time::Duration;

use outlast_engine::{FREEZE, MAX_SPREAD, PULSE, RESUME_GRACE};
use outlast_model::record::{Direction, GuardianEntry};
use outlast_model::request::Urgency;
use outlast_model::{AwakeTime, InstanceId, ServiceName};

use super::{Checked, Checker, Sleep};
use crate::host::LATE;
use crate::track::Moment;

#[derive(Default)]
pub(crate) struct Gaps {
    /// Altogether.
    frozen: Duration,
    /// How much of it may not have been seen.
    unseen: Duration,
    /// In how many pieces.
    freezes: u32,
    /// What the engine gave away, altogether.
    given: Duration,
    /// Since the last step.
    slept_now: Duration,
    frozen_now: Duration,
}

impl Gaps {
    fn patient(&self, at: AwakeTime) -> AwakeTime {
        let since = at.since_origin();
        AwakeTime::from_origin(since.saturating_sub(self.frozen + self.given))
    }

    pub(super) const fn given(&self) -> Duration {
        self.given
    }

    /// The inverse: when this patient time comes if there is no gap any more.
    pub(super) fn impatient(&self, at: AwakeTime) -> AwakeTime {
        at.after(self.frozen + self.given)
    }
}

impl Checker {
    pub(crate) fn slept(&mut self, time: Duration) {
        self.gaps.slept_now += time;
    }

    pub(crate) fn froze(&mut self, time: Duration) {
        self.gaps.frozen += time;
        self.gaps.frozen_now += time;
        self.gaps.freezes += 1;
        if time <= FREEZE + PULSE {
            self.gaps.unseen += time;
        }
    }

    pub(super) fn patient_now(&self) -> AwakeTime {
        self.gaps.patient(self.now)
    }

    fn running_now(&self) -> AwakeTime {
        let since = self.now.since_origin();
        AwakeTime::from_origin(since.saturating_sub(self.gaps.frozen))
    }

    pub(super) fn moment(&self) -> Moment {
        Moment {
            awake: self.now,
            patiently: self.patient_now(),
            running: self.running_now(),
            unseen: self.gaps.unseen,
            freezes: self.gaps.freezes,
        }
    }

    /// Who is killed had all the time of its stop sequence.
    pub(super) fn check_patience(
        &mut self,
        service: &ServiceName,
        instance: InstanceId,
    ) -> Checked {
        if matches!(self.shutdown, Some((_, Urgency::Immediate))) {
            return Ok(());
        }
        let (now, unseen) = (self.running_now(), self.gaps.unseen);
        let live = self.live(service, instance).ok_or("a kill of nobody")?;
        let began = live.stopping.ok_or("a kill without a stop")?;
        let steps = live.spawned.stop.steps.iter();
        let promised: Duration = steps.map(|step| step.wait).sum();
        let had = now.since(began.running) + (unseen - began.unseen);
        if had < promised {
            return Err(format!("13: {service} had {had:?} of {promised:?}"));
        }
        Ok(())
    }

    /// Of a step: what was recorded of a gap before it.
    pub(super) fn check_gap(&mut self, entry: &GuardianEntry) -> Checked {
        let is_true = match entry {
            GuardianEntry::Slept { duration } => {
                self.woke();
                self.slept = Some(self.now);
                self.on_gap_for_health(true);
                self.reacting = true;
                *duration == self.gaps.slept_now
            }
            GuardianEntry::Frozen { at_least, at_most } => {
                self.gaps.given += *at_most;
                self.on_gap_for_health(false);
                let really = self.gaps.frozen_now;
                *at_least <= really + LATE && really <= *at_most
            }
            GuardianEntry::ClockSet { direction, .. } => {
                matches!(direction, Direction::Forward | Direction::Back)
            }
            _ => true,
        };
        if !is_true {
            return Err(format!("a gap that was another: {entry:?}"));
        }
        Ok(())
    }

    /// That the clock shows it says nothing of a sleep that is announced now.
    pub(super) fn woke(&mut self) {
        self.resumed = Some(self.now);
        self.on_resume_for_health();
        for track in self.tracks.values_mut() {
            track.starts.clear();
            track.openings_at_least = 0;
        }
    }

    /// Invariant 14.
    pub(super) fn on_allowed(&mut self) -> Checked {
        let mut lives = self.tracks.values().filter_map(|track| track.live.as_ref());
        if self.shutdown.is_none() && lives.any(|live| live.for_sleep && !live.unkillable) {
            return Err("14: a sleep is allowed while something is stopped for it".to_owned());
        }
        match std::mem::replace(&mut self.sleep, Sleep::Awake) {
            Sleep::Announced => Ok(()),
            Sleep::Awake => Err("14: a sleep is allowed that nobody announced".to_owned()),
        }
    }

    /// Restarts are spread after a sleep, and then only.
    pub(super) fn check_spread(&self, spread: Duration) -> Checked {
        let is_soon = self
            .resumed
            .is_some_and(|at| self.now.since(at) < RESUME_GRACE);
        if spread.is_zero() || (is_soon && spread <= MAX_SPREAD) {
            return Ok(());
        }
        Err(format!("{spread:?} is added without a sleep"))
    }

    /// After a step its gap is over.
    pub(super) fn end_gap(&mut self) {
        self.gaps.slept_now = Duration::ZERO;
        self.gaps.frozen_now = Duration::ZERO;
    }
}
