//! Invariant 17 for hangs: who works is not blamed, and who prints nothing or spins
//! is found in time.

use std::time::Duration;

use outlast_engine::{ANSWER_SLACK, LEAST_PAUSE, STEPS};
use outlast_model::hang::{Hang, Sample};
use outlast_model::{InstanceId, Service, ServiceName};

use super::{Checked, Checker};
use crate::host::LATE;
use crate::track::{Moment, Seen};

impl Checker {
    pub(super) fn on_sampling(
        &mut self,
        (service, instance): (&ServiceName, InstanceId),
        number: u32,
    ) -> Checked {
        let live = self
            .live(service, instance)
            .ok_or("17: nobody is looked at")?;
        if !live.runs() || live.spawned.health.hang.iter().next().is_none() {
            return Err(format!("17: {service} is looked at for nothing"));
        }
        let seen = live.health.as_mut().expect("it has started");
        if seen
            .sampling
            .replace(number)
            .is_some_and(|last| last >= number)
        {
            return Err(format!("17: {service} is looked at twice"));
        }
        Ok(())
    }

    pub(super) fn on_sample(
        &mut self,
        of: (&ServiceName, InstanceId),
        (number, sample): (u32, Option<Sample>),
    ) {
        let moment = self.moment();
        let Some((seen, _)) = self.seen(of) else {
            return;
        };
        if seen.sampling != Some(number) {
            return;
        }
        let (Some(sample), last) = (sample, seen.sample) else {
            seen.unwatched = moment.patiently;
            return;
        };
        seen.sample = Some(sample);
        if last != Some(sample) {
            seen.worked = moment;
        }
        if last.is_none_or(|last| last.printed != sample.printed) {
            seen.printed = moment;
        }
        if last.is_none_or(|last| last.moved != sample.moved || last.cpu == sample.cpu) {
            seen.moved = moment;
        }
    }
}

impl Seen {
    const fn since(&self, hang: Hang) -> Moment {
        match hang {
            Hang::Silent => self.printed,
            Hang::Stuck => self.worked,
            Hang::Spin => self.moved,
        }
    }

    /// Whether it has done nothing for so long. However long a freeze was, it costs
    /// no more than a step.
    pub(super) fn hangs(&self, hang: Hang, service: &Service, now: Moment) -> bool {
        let mut wanted = service.health.hang.iter();
        let Some((_, time)) = wanted.find(|(one, _)| *one == hang) else {
            return false;
        };
        let since = self.since(hang);
        let freezes = (now.freezes - since.freezes).min(u32::from(STEPS));
        let had = now.running.since(since.running);
        had + time / u32::from(STEPS) * freezes >= time
    }

    /// Eight steps count, and four may not. Who did nothing before is not stuck.
    pub(super) fn is_found_in_time(
        &self,
        service: &Service,
        now: Moment,
    ) -> Result<(), &'static str> {
        if !self.ready {
            return Ok(());
        }
        let late = (LATE + LEAST_PAUSE) * 16 + ANSWER_SLACK + Duration::from_secs(1);
        for (hang, time) in service.health.hang.iter() {
            let seen = self.since(hang);
            let since = seen.patiently.max(self.unwatched);
            let since = since.max(self.quiet).max(self.woke);
            // Who stands still has not all of a processor.
            let is_certain = match hang {
                Hang::Silent => true,
                Hang::Stuck => false,
                Hang::Spin => now.freezes == seen.freezes,
            };
            if is_certain && now.patiently > since.after(2 * time + late) {
                return Err("hangs, and nobody minds");
            }
        }
        Ok(())
    }
}
