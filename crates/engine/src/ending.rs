//! What follows when nothing of an instance is left: the wish decides, and if
//! the service was meant to go on, its restart policy.

use outlast_model::State;
use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::service::RestartWhen;
use outlast_model::state::{LastEnd, Stopped, WhyFailed, WhyStopped};

use crate::breaker;
use crate::instance;
use crate::step::Step;
use crate::wards::WardId;
use crate::wish::Wish;

/// What made an instance end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Something of its own.
    Own,
    /// It was asked to. If it is meant to run all the same, it had run for too
    /// long.
    Asked,
}

impl Cause {
    pub(crate) const fn of(asked: bool) -> Self {
        if asked { Self::Asked } else { Self::Own }
    }
}

/// The instance ended with `end` and its tree is empty, or it never began.
pub(crate) fn on_gone(step: &mut Step<'_>, id: WardId, (end, cause): (LastEnd, Cause)) {
    let ward = &mut step.world.wards[id];
    ward.remains = None;
    match ward.wish {
        Wish::Rest(_) | Wish::Leave(_) => instance::come_to_rest(step, id),
        Wish::Replace(_) => instance::attempt_start(step, id),
        Wish::Run => on_unwanted_end(step, id, (end, cause)),
    }
}

fn on_unwanted_end(step: &mut Step<'_>, id: WardId, (end, cause): (LastEnd, Cause)) {
    let ward = &mut step.world.wards[id];
    let success = match (&end, cause) {
        (LastEnd::Exit(exit), Cause::Own) => exit.is_success(&ward.spawned.success_codes),
        (LastEnd::Exit(_), Cause::Asked) | (LastEnd::StartFailure(_), _) => false,
    };
    let when = ward.spawned.restart.when;
    if success {
        ward.exited_ok = true;
        step.enqueue_waiting_dependants(id);
    } else {
        step.attempt_failed(id);
    }
    match (when, end) {
        (RestartWhen::Always, end) => retry(step, id, end),
        (RestartWhen::OnFailure, end) if !success => retry(step, id, end),
        (RestartWhen::OnFailure | RestartWhen::Never, end) => rest(step, id, end, success),
    }
}

/// The restart policy wants another instance: now, later, or once too often.
fn retry(step: &mut Step<'_>, id: WardId, last: LastEnd) {
    let ward = &mut step.world.wards[id];
    let policy = &ward.spawned.restart;
    let (attempt, delay) = ward.streak.next(&policy.backoff, &mut step.world.random);
    let next_start = step.now.awake.after(delay);
    let is_unwell = |limit| breaker::is_exhausted(ward.breaker, limit);
    if let Some(limit) = policy.limit
        && (ward.recent_starts.is_exhausted(next_start, limit) || is_unwell(limit))
    {
        let entry = ServiceEntry::GaveUp {
            last: last.clone(),
            starts: limit.starts.get(),
            window: (!is_unwell(limit)).then_some(limit.window),
        };
        step.record(id, entry);
        instance::fail(step, id, WhyFailed::StartLimit(last));
    } else if delay.is_zero() {
        ward.restarts += 1;
        instance::attempt_start(step, id);
    } else {
        instance::back_off(step, id, attempt, delay);
    }
}

/// The restart policy leaves it at this end.
fn rest(step: &mut Step<'_>, id: WardId, last: LastEnd, success: bool) {
    step.record(id, ServiceEntry::Finished { last: last.clone() });
    match last {
        LastEnd::Exit(exit) if success => {
            // Its work is done: it is not wanted any more until someone wants it.
            step.world.wards[id].wish = Wish::Rest(StopReason::Requested);
            let stopped = Stopped {
                since: step.now.real,
                why: WhyStopped::Completed(exit),
            };
            step.set_state(id, State::Stopped(stopped));
        }
        last => instance::fail(step, id, WhyFailed::Ended(last)),
    }
}
