//! Invariant 17, and what readiness means for others.
//!
//! What the engine decides from is known here from inputs alone. A resume may be
//! told twice, and only the engine knows which word counted; so there are two
//! counts of bad answers: so many at the most, and so many at the least.

use std::time::Duration;

use outlast_engine::{NETWORK_WAIT, RESUME_GRACE};
use outlast_model::health::{Asked, Notice, ProbeFailure, ReadyBy, Symptom};
use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::service::NetworkPolicy;
use outlast_model::{AwakeTime, InstanceId, Service, ServiceName};

use super::{Checked, Checker};
use crate::host::LATE;
use crate::track::{Live, Moment, Open, Seen};

/// After a gap everybody is asked within this.
const SPREAD: Duration = Duration::from_secs(1);

/// The pause between two tries at readiness.
const READY_PAUSE: Duration = Duration::from_secs(1);

/// What came of a question.
pub(super) struct Answer {
    service: ServiceName,
    instance: InstanceId,
    number: u32,
    outcome: Result<(), ProbeFailure>,
}

impl Checker {
    pub(super) fn health_begins(&mut self, service: &ServiceName, instance: InstanceId) {
        let moment = self.moment();
        if let Some(live) = self.live(service, instance) {
            live.health = Some(Seen::new(&live.spawned, moment));
        }
    }

    pub(super) fn on_notice(&mut self, of: (&ServiceName, InstanceId), notice: &Notice) {
        let moment = self.moment();
        let Some((seen, spawned)) = self.seen(of) else {
            return;
        };
        match notice {
            Notice::Ready if seen.ready => seen.no_longer_quiet(),
            Notice::Ready if ready_by(&spawned) == Some(&ReadyBy::Notice) => {
                seen.become_ready(moment);
            }
            Notice::Alive => seen.fed = moment,
            Notice::Watchdog(every) => {
                seen.fed = moment;
                seen.every = Some(*every);
            }
            Notice::Trigger => seen.triggered = true,
            Notice::Busy(busy) => seen.busy = *busy,
            Notice::Extend(time) => {
                let until = moment.running.after(*time);
                seen.extended = seen.extended.max(until);
                let until = moment.patiently.after(*time);
                seen.extended_patiently = seen.extended_patiently.max(until);
            }
            Notice::Stopping => {
                let steps = spawned.stop.steps.iter();
                let patience: Duration = steps.map(|step| step.wait).sum();
                seen.quiet = moment.patiently.after(patience);
                seen.quiet_running = Some((moment, patience));
                // Whether its answer comes all the same is nobody's business.
                seen.open = None;
            }
            _ => {}
        }
    }

    pub(super) fn on_line(&mut self, of: (&ServiceName, InstanceId)) {
        let moment = self.moment();
        if let Some((seen, spawned)) = self.seen(of)
            && matches!(ready_by(&spawned), Some(ReadyBy::Line(_)))
        {
            seen.become_ready(moment);
        }
    }

    pub(super) fn on_answer(
        &mut self,
        (service, instance): (&ServiceName, InstanceId),
        (number, outcome): (u32, &Result<(), ProbeFailure>),
    ) {
        self.answer = Some(Answer {
            service: service.clone(),
            instance,
            number,
            outcome: outcome.clone(),
        });
    }

    /// How long a resume is to blame for bad answers.
    fn grace(&self, answer: &Answer) -> Duration {
        let live = self.tracks.get(&answer.service);
        let live = live.and_then(|track| track.live.as_ref());
        let needs = live.is_some_and(|live| live.spawned.network == NetworkPolicy::Online);
        if needs { NETWORK_WAIT } else { RESUME_GRACE }
    }

    /// What is told of a gap comes with the effects, so an answer waits for it.
    pub(super) fn settle_answer(&mut self) {
        let Some(answer) = self.answer.take() else {
            return;
        };
        let moment = self.moment();
        let grace = self.grace(&answer);
        let within = |at| self.now.since(at) < grace;
        let (surely, perhaps) = (
            self.slept.is_some_and(within),
            self.resumed.is_some_and(within),
        );
        let now = self.now;
        let Some(live) = self.live(&answer.service, answer.instance) else {
            return;
        };
        let started = live.started;
        let spawned = std::sync::Arc::clone(&live.spawned);
        let Some(seen) = live.health.as_mut().filter(|_| live.stopping.is_none()) else {
            return;
        };
        let Some(open) = seen.open.take_if(|open| open.number == answer.number) else {
            return;
        };
        seen.turn = moment.patiently;
        let failure = match answer.outcome {
            Ok(()) if open.asked == Asked::Ready => return seen.become_ready(moment),
            Ok(()) => {
                seen.good = true;
                (seen.bad_at_least, seen.bad_at_most) = (0, 0);
                return;
            }
            Err(failure) => failure,
        };
        let Some(alive) = spawned.health.alive.as_ref() else {
            return;
        };
        if open.asked == Asked::Ready || open.gap || failure.symptom == Symptom::Unknown {
            return;
        }
        let ran_for = started.map_or(Duration::ZERO, |at| now.since(at));
        if !seen.good && spawned.health.ready.is_none() && ran_for < alive.grace {
            return;
        }
        let is_bad = failure.symptom == Symptom::Bad;
        seen.bad_at_most += u32::from(!(is_bad && surely));
        seen.bad_at_least += u32::from(!(open.resumed || is_bad && perhaps));
    }

    pub(super) fn on_probe(
        &mut self,
        of: (&ServiceName, InstanceId),
        (asked, number): (Asked, u32),
    ) -> Checked {
        let moment = self.moment();
        let name = of.0.clone();
        let live = self.live(of.0, of.1).ok_or("17: a question to nobody")?;
        if !live.runs() {
            return Err(format!("17: {name} is asked and does not run"));
        }
        let seen = live.health.as_mut().expect("it has started");
        if seen.open.is_some() {
            return Err(format!("17: {name} is asked two things at a time"));
        }
        if number <= seen.number || (asked == Asked::Ready) == seen.ready {
            return Err(format!("17: {name} is asked the wrong question"));
        }
        let is_left_alone = seen.quiet_running.is_some_and(|(since, patience)| {
            moment.running.since(since.running) + (moment.unseen - since.unseen) < patience
        });
        if is_left_alone {
            return Err(format!("17: {name} is asked while it ends by itself"));
        }
        seen.number = number;
        seen.turn = moment.patiently;
        seen.open = Some(Open {
            number,
            asked,
            gap: false,
            resumed: false,
        });
        Ok(())
    }

    pub(super) fn on_stop_probing(&mut self, of: (&ServiceName, InstanceId)) {
        let moment = self.moment();
        if let Some(seen) = self.live(of.0, of.1).and_then(|live| live.health.as_mut()) {
            seen.open = None;
            seen.turn = moment.patiently;
        }
    }

    /// What is on record about its health is true, and comes before the stop.
    pub(super) fn on_health_record(
        &mut self,
        service: &ServiceName,
        entry: &ServiceEntry,
    ) -> Checked {
        let now = self.moment();
        let (instance, reason) = match entry {
            ServiceEntry::NotReady { instance, .. } => (*instance, StopReason::NotReady),
            ServiceEntry::NotAlive { instance, .. } => (*instance, StopReason::NotAlive),
            ServiceEntry::WatchdogMissed { instance, .. } => (*instance, StopReason::Watchdog),
            ServiceEntry::Hangs { instance, hang, .. } => (*instance, StopReason::Hang(*hang)),
            ServiceEntry::Ready { instance, .. } => {
                let live = self.live(service, *instance).ok_or("17: nobody is ready")?;
                let is_ready = live.is_ready_at(now);
                let seen = live.health.as_mut().expect("it has started");
                return if is_ready {
                    // A delay makes it so by itself.
                    seen.become_ready(now);
                    Ok(())
                } else {
                    Err(format!("17: {service} is not ready"))
                };
            }
            ServiceEntry::BreakerClosed { instance, .. } => {
                return self.on_breaker_closed(service, *instance);
            }
            _ => return Ok(()),
        };
        self.track(service).breaker_opens();
        self.unwell = Some((service.clone(), reason));
        let live = self.live(service, instance).ok_or("17: nobody is unwell")?;
        let spawned = std::sync::Arc::clone(&live.spawned);
        let seen = live.health.as_ref().ok_or("17: it has not started")?;
        let unseen = |since: Moment| now.unseen - since.unseen;
        let is_true = match entry {
            ServiceEntry::NotReady { .. } => {
                let had = now.running.since(seen.began.running) + unseen(seen.began);
                let timeout = spawned.health.ready.as_ref().map(|ready| ready.timeout);
                !seen.ready
                    && timeout.is_some_and(|time| had >= time)
                    && now.running.after(now.unseen) >= seen.extended
            }
            ServiceEntry::NotAlive { .. } => {
                let alive = spawned.health.alive.as_ref();
                alive.is_some_and(|alive| seen.bad_at_most >= alive.failures.get())
            }
            ServiceEntry::WatchdogMissed { every: None, .. } => seen.triggered,
            ServiceEntry::WatchdogMissed { every, .. } => {
                // However long a freeze was, it costs no more than a quarter.
                let had = now.running.since(seen.fed.running);
                let freezes = (now.freezes - seen.fed.freezes).min(4);
                let is_over = |every: Duration| had >= every - every / 4 * freezes;
                seen.ready && seen.every == *every && seen.every.is_some_and(is_over)
            }
            ServiceEntry::Hangs { hang, .. } => seen.hangs(*hang, &spawned, now),
            _ => true,
        };
        if is_true {
            Ok(())
        } else {
            Err(format!("13, 17: {service} is well: {entry:?} {seen:?}"))
        }
    }

    /// Whoever is stopped for that was found unwell before.
    pub(super) fn check_unwell(&mut self, service: &ServiceName, reason: StopReason) -> Checked {
        let found = self.unwell.take();
        if !is_about_health(reason) || found == Some((service.clone(), reason)) {
            return Ok(());
        }
        Err(format!(
            "17: {service} is stopped, {reason:?}, without a record"
        ))
    }

    /// What is known of all that live and are judged.
    fn healths(&mut self) -> impl Iterator<Item = &mut Seen> {
        let tracks = self.tracks.values_mut();
        let lives = tracks.filter_map(|track| track.live.as_mut());
        lives.filter_map(|live| live.health.as_mut())
    }

    /// It has been ready for long enough, and was not before.
    fn on_breaker_closed(&mut self, service: &ServiceName, instance: InstanceId) -> Checked {
        let now = self.moment();
        let live = self.live(service, instance).ok_or("5: nobody is healthy")?;
        let period = live.spawned.restart.backoff.reset_after;
        let seen = live.health.as_ref().ok_or("5: it has not started")?;
        // Awake time: nobody is judged by it.
        let ran_for = now.awake.since(seen.began.awake);
        if !live.is_ready_at(now) || ran_for < period {
            return Err(format!("5: {service} is not healthy yet"));
        }
        self.track(service).breaker_closes();
        Ok(())
    }

    /// A gap was told: `slept`, or the guardian was frozen.
    pub(super) fn on_gap_for_health(&mut self, slept: bool) {
        let moment = self.moment();
        for seen in self.healths() {
            if let Some(open) = &mut seen.open {
                open.gap = true;
            }
            if slept {
                (seen.bad_at_least, seen.bad_at_most) = (0, 0);
                seen.fed = moment;
            }
            seen.unwatched = moment.patiently;
        }
    }

    /// The system says that it has slept, which may be old news.
    pub(super) fn on_resume_for_health(&mut self) {
        let moment = self.moment();
        for seen in self.healths() {
            seen.bad_at_least = 0;
            seen.woke = moment.patiently;
            seen.unwatched = moment.patiently;
            // A bad answer to what is open now may be asked for again.
            if let Some(open) = &mut seen.open {
                open.resumed = true;
            }
        }
    }

    /// Nobody hangs for longer than is allowed, and everybody is asked in time.
    pub(super) fn check_health(&mut self) -> Checked {
        let now = self.moment();
        for (name, track) in &self.tracks {
            let Some(live) = &track.live else { continue };
            let Some(seen) = &live.health else { continue };
            if !live.runs() {
                if live.stopping.is_some() && seen.open.is_some() {
                    return Err(format!("17: {name} is asked while it is stopped"));
                }
                continue;
            }
            seen.is_in_time(&live.spawned, now)
                .map_err(|what| format!("17: {name} {what} {seen:?}"))?;
        }
        Ok(())
    }

    pub(super) fn seen(
        &mut self,
        (service, instance): (&ServiceName, InstanceId),
    ) -> Option<(&mut Seen, std::sync::Arc<Service>)> {
        let live = self.live(service, instance)?;
        if !live.runs() {
            return None;
        }
        let spawned = std::sync::Arc::clone(&live.spawned);
        Some((live.health.as_mut()?, spawned))
    }
}

impl Seen {
    fn become_ready(&mut self, moment: Moment) {
        if !self.ready {
            self.ready = true;
            self.fed = moment;
            self.unwatched = moment.patiently;
            self.turn = moment.patiently;
            self.open = None;
            self.no_longer_quiet();
        }
    }

    fn no_longer_quiet(&mut self) {
        self.quiet = AwakeTime::ORIGIN;
        self.quiet_running = None;
    }

    fn is_in_time(&self, service: &Service, now: Moment) -> Result<(), &'static str> {
        let policy = &service.health;
        let is_ready = self.ready || self.delay_is_over(service, now);
        if let Some(every) = self.every
            && self.ready
        {
            // Four quarters count, and four may not.
            let until = self.fed.patiently.max(self.woke);
            let until = until.after(2 * every + 8 * LATE);
            if now.patiently > until {
                return Err("hangs, and its watchdog is asleep");
            }
        }
        self.is_found_in_time(service, now)?;
        if let Some(ready) = &policy.ready
            && !is_ready
        {
            let until = self.began.patiently.after(ready.timeout + LATE);
            let after_sleep = self.woke.after(ready.timeout.min(RESUME_GRACE) + LATE);
            let extended = self.extended_patiently.after(LATE);
            if now.patiently > until.max(after_sleep).max(extended) {
                return Err("does not become ready, and nobody minds");
            }
        }
        if let Some(alive) = &policy.alive
            && self.ready
        {
            if self.bad_at_least >= alive.failures.get() {
                return Err("answers badly, and nobody minds");
            }
            let until = self
                .turn
                .max(self.quiet)
                .after(alive.interval + SPREAD + LATE);
            if self.open.is_none() && now.patiently > until {
                return Err("is not asked any more");
            }
        }
        let is_asked = matches!(ready_by(service), Some(ReadyBy::Probe(_)));
        if is_asked && !is_ready && self.open.is_none() {
            let until = self.turn.max(self.quiet).after(READY_PAUSE + SPREAD + LATE);
            if now.patiently > until {
                return Err("is not asked whether it is ready");
            }
        }
        Ok(())
    }

    fn delay_is_over(&self, service: &Service, now: Moment) -> bool {
        match ready_by(service) {
            // Awake time: nobody is judged by it.
            Some(ReadyBy::Delay(delay)) => now.awake.since(self.began.awake) >= *delay,
            _ => false,
        }
    }
}

impl Live {
    /// Whether it may be depended upon.
    pub(crate) fn is_ready_at(&self, now: Moment) -> bool {
        self.runs()
            && self
                .health
                .as_ref()
                .is_some_and(|seen| seen.ready || seen.delay_is_over(&self.spawned, now))
    }
}

pub(super) const fn is_about_health(reason: StopReason) -> bool {
    matches!(
        reason,
        StopReason::NotReady | StopReason::NotAlive | StopReason::Watchdog | StopReason::Hang(_)
    )
}

fn ready_by(service: &Service) -> Option<&ReadyBy> {
    service.health.ready.as_ref().map(|ready| &ready.by)
}
