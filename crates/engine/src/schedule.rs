//! Services that run now and then: who is started when.
//!
//! When the clock on a wall shows a time is not known here, as zones have rules of their
//! own: it is asked for ([`Effect::FindRuns`]), and what follows is decided when the
//! answer is there. Of a schedule that is in force two things are known: up to which
//! moment its runs are accounted for, and when the next one is.
//!
//! It is looked at again when the next run is due, when the machine has slept, when
//! somebody has set the clock back, and every [`REVIEW`], as the machine may be in another
//! zone by now. The wall clock may jump at any moment and nobody tells of that, so the timer
//! goes off within [`LOOK`] as long as there is a schedule at all.
//!
//! A run that is late by more than [`PROMPT`] was missed, for whatever reason: a sleep,
//! a guardian that was kept from running, a virtual machine whose host slept and whose
//! clock was set then. The policy says whether missed ones are made up for, by one run.
//! There are never two instances of a service, so a run that is due while the one before
//! is under way is left out.
//!
//! A schedule is no wish: between runs nothing is wanted of the service. It comes into
//! force with a start, of the service or of everything, and lasts until somebody stops
//! the service.

use std::collections::BTreeSet;
use std::time::Duration;

use outlast_model::record::ServiceEntry;
use outlast_model::schedule::{CatchUp, Pace, Runs};
use outlast_model::{AwakeTime, Effect, RealTime, Service, ServiceName};

use crate::gap::Slept;
use crate::step::Step;
use crate::ward::Ward;
use crate::wards::WardId;
use crate::wish::Wish;

/// How late a run may be and still be the one that was due. The unit of a schedule is a
/// minute.
pub const PROMPT: Duration = Duration::from_secs(60);

/// After this time at the latest the wall clock is looked at while there is a schedule.
pub const LOOK: Duration = Duration::from_secs(60);

/// How often a schedule is looked at whose next run is known.
pub const REVIEW: Duration = Duration::from_secs(10 * 60);

/// How far a clock may be set back without that anything runs a second time.
const REPEATED_HOURS: Duration = Duration::from_secs(3 * 3600);

/// The same of what runs in every hour: it would not run at all for so long.
const REPEATED_MINUTES: Duration = Duration::from_secs(60);

/// The schedules that are in force.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    /// The next run of each, if it has one and nothing is asked about it.
    due: BTreeSet<(RealTime, WardId)>,
    /// How many there are.
    count: usize,
    /// When all of them are looked at again.
    review: AwakeTime,
    /// Whether the wall clock was set back in this step.
    is_set_back: bool,
    last_question: u32,
}

/// A schedule that is in force.
#[derive(Debug)]
pub(crate) struct Scheduled {
    /// Its runs up to here are accounted for.
    seen: RealTime,
    /// The next one after that; `None`: there is none, or it is not known yet.
    pub(crate) next: Option<RealTime>,
    /// What was asked and is not answered.
    open: Option<Question>,
}

#[derive(Clone, Copy, Debug)]
struct Question {
    number: u32,
    until: RealTime,
}

impl Schedules {
    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// When the wall clock has to be looked at again, at the latest.
    pub(crate) fn look_at(&self, (awake, real): (AwakeTime, RealTime)) -> Option<AwakeTime> {
        if self.is_empty() {
            return None;
        }
        let until_due = self.due.first().map(|(at, _)| since(*at, real));
        Some(awake.after(until_due.map_or(LOOK, |left| left.min(LOOK))))
    }
}

/// What becomes of a service that is asked to start: those that have one are started
/// by their schedule.
pub(crate) fn is_scheduled(service: &Service) -> bool {
    service.schedule.is_some()
}

/// The schedule of `id`, if it has one that shall be heeded, is in force from now on.
pub(crate) fn begin(step: &mut Step<'_>, id: WardId) {
    let ward = &mut step.world.wards[id];
    let is_meant = is_scheduled(&ward.definition) && ward.definition.enabled;
    if !is_meant || ward.scheduled.is_some() || ward.wish.leaves() {
        return;
    }
    let seen = step.now.real;
    ward.scheduled = Some(Box::new(Scheduled {
        seen,
        next: None,
        open: None,
    }));
    if step.world.schedules.is_empty() {
        step.world.schedules.review = step.now.awake.after(REVIEW);
    }
    step.world.schedules.count += 1;
    ask(step, id, seen);
}

/// It is in force no longer.
pub(crate) fn end(step: &mut Step<'_>, id: WardId) {
    let Some(scheduled) = step.world.wards[id].scheduled.take() else {
        return;
    };
    step.world.schedules.count -= 1;
    if let Some(at) = scheduled.next {
        step.world.schedules.due.remove(&(at, id));
    }
}

/// Looks at the wall clock.
pub(crate) fn look(step: &mut Step<'_>, slept: Slept) {
    let is_set_back = std::mem::take(&mut step.world.schedules.is_set_back);
    if step.world.schedules.is_empty() {
        return;
    }
    let (awake, real) = (step.now.awake, step.now.real);
    if is_set_back {
        for id in everyone(step) {
            forget_if_far_ahead(step, id);
        }
    }
    if slept == Slept::Yes || awake >= step.world.schedules.review {
        step.world.schedules.review = awake.after(REVIEW);
        for id in everyone(step) {
            ask_again(step, id);
        }
    }
    let due = step.world.schedules.due.iter();
    let due: Vec<WardId> = due
        .take_while(|(at, _)| *at <= real)
        .map(|(_, id)| *id)
        .collect();
    for id in due {
        ask_again(step, id);
    }
}

/// Somebody has set the wall clock back. Before that is dealt with comes what has
/// happened.
pub(crate) const fn on_set_back(step: &mut Step<'_>) {
    step.world.schedules.is_set_back = true;
}

/// What was asked for is known.
pub(crate) fn on_runs(step: &mut Step<'_>, service: &ServiceName, number: u32, runs: Runs) {
    let Some(id) = step.world.wards.find(service) else {
        return;
    };
    let Some(scheduled) = &mut step.world.wards[id].scheduled else {
        return;
    };
    let Some(question) = scheduled.open.filter(|open| open.number == number) else {
        return;
    };
    scheduled.open = None;
    scheduled.seen = question.until;
    scheduled.next = runs.next;
    if let Some(at) = runs.next {
        step.world.schedules.due.insert((at, id));
    }
    if let Some(last) = runs.last.filter(|_| runs.passed > 0) {
        on_due(step, id, (runs.passed, since(question.until, last)));
    }
    forget_if_far_ahead(step, id);
}

/// `passed` runs are due, the last of them for `late`.
fn on_due(step: &mut Step<'_>, id: WardId, (passed, late): (u32, Duration)) {
    let schedule = step.world.wards[id].definition.schedule.as_ref();
    let makes_up = schedule.is_some_and(|schedule| schedule.catch_up == CatchUp::Once);
    let is_prompt = late <= PROMPT;
    let missed = passed - u32::from(is_prompt);
    if missed > 0 {
        let entry = ServiceEntry::RunsMissed {
            runs: missed,
            made_up: makes_up,
        };
        step.record(id, entry);
    }
    if !is_prompt && !makes_up {
        return;
    }
    let ward = &step.world.wards[id];
    if ward.is_under_way() || ward.is_unkillable() {
        step.record(id, ServiceEntry::RunSkipped);
    } else {
        run(step, id);
    }
}

/// Each run is a new try: what came of others, and how many there were, is no reason
/// not to. What somebody has stopped of what it needs is not started for it.
fn run(step: &mut Step<'_>, id: WardId) {
    step.begin_anew(id);
    step.world.wards[id].recent_starts.clear();
    step.wish(id, Wish::Run);
    step.enqueue(id);
}

fn ask_again(step: &mut Step<'_>, id: WardId) {
    if let Some(scheduled) = &step.world.wards[id].scheduled
        && scheduled.open.is_none()
    {
        let seen = scheduled.seen;
        ask(step, id, seen);
    }
}

fn ask(step: &mut Step<'_>, id: WardId, since: RealTime) {
    let number = step.world.schedules.last_question.wrapping_add(1);
    step.world.schedules.last_question = number;
    let ward = &mut step.world.wards[id];
    let service = ward.definition.clone();
    let until = step.now.real.max(since);
    if let Some(scheduled) = &mut ward.scheduled {
        scheduled.open = Some(Question { number, until });
        // It is being looked at: nobody has to wake up for it.
        if let Some(at) = scheduled.next {
            step.world.schedules.due.remove(&(at, id));
        }
        step.effects.push(Effect::FindRuns {
            service,
            number,
            since,
            until,
        });
    }
}

/// What is accounted for does not run again, unless it would have to wait for too long
/// until the clock is there again.
fn forget_if_far_ahead(step: &mut Step<'_>, id: WardId) {
    let now = step.now.real;
    let ward: &mut Ward = &mut step.world.wards[id];
    let (Some(scheduled), Some(schedule)) = (&mut ward.scheduled, &ward.definition.schedule) else {
        return;
    };
    let bound = match schedule.cron.pace {
        Pace::Fixed => REPEATED_HOURS,
        Pace::Steady => REPEATED_MINUTES,
    };
    if scheduled.open.is_none() && since(scheduled.seen, now) > bound {
        scheduled.seen = now;
        ask(step, id, now);
    }
}

fn everyone(step: &Step<'_>) -> Vec<WardId> {
    if step.world.schedules.is_empty() {
        return Vec::new();
    }
    let wards = &step.world.wards;
    let mut ids = wards.ids();
    ids.retain(|id| wards[*id].scheduled.is_some());
    ids
}

/// Zero when `earlier` is later.
fn since(at: RealTime, earlier: RealTime) -> Duration {
    let nanos = at.unix_nanos().saturating_sub(earlier.unix_nanos());
    Duration::from_nanos(u64::try_from(nanos).unwrap_or_default())
}
