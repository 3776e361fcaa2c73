//! Asking an instance whether it is ready or alive, and what an answer says.

use std::sync::Arc;
use std::time::Duration;

use outlast_model::health::{
    Asked, Asking, Health, HealthPolicy, Liveness, ProbeFailure, ReadyState, Symptom, Turn,
};
use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::state::Running;
use outlast_model::{AwakeTime, Effect, InstanceId, State};

use super::{Verdict, become_ready};
use crate::network::{self, NETWORK_WAIT};
use crate::occasion::RESUME_GRACE;
use crate::step::Step;
use crate::wards::WardId;

/// How long one try at readiness may take.
pub const READY_TRY: Duration = Duration::from_secs(5);

/// The pause before the first try, and what it grows to. Twice as long each time.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// How long the supervisor may take beyond a question's own time. It answers
/// every one, so this is for a bug in it.
pub const ANSWER_SLACK: Duration = Duration::from_secs(5);

/// Whether services are alive is asked at so many moments of an interval: a hundred
/// services are not asked all at once, and the guardian does not wake up for each.
const BEATS: u128 = 16;

/// An answer to a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) instance: InstanceId,
    pub(crate) number: u32,
    pub(crate) outcome: Result<(), ProbeFailure>,
}

pub(super) const fn asking(what: Asked, first: AwakeTime) -> Asking {
    Asking {
        what,
        number: 0,
        turn: Turn::Idle(first),
        failures: 0,
        counts: false,
        last: None,
    }
}

/// Whether a question waits for its answer.
pub(crate) fn is_open(state: &State) -> bool {
    let State::Running(Running {
        health: Some(health),
        ..
    }) = state
    else {
        return false;
    };
    health
        .asking
        .as_ref()
        .is_some_and(|asking| matches!(asking.turn, Turn::Open { .. }))
}

/// Asks, if it is time to.
pub(super) fn take_turn(step: &mut Step<'_>, id: WardId, health: &mut Health, running: &Running) {
    let now = step.now.awake;
    let service = Arc::clone(&step.world.wards[id].spawned);
    let Some(asking) = &mut health.asking else {
        return;
    };
    match asking.turn {
        Turn::Idle(at) if at <= now => {}
        Turn::Open { by, .. } if by <= now => {
            // The supervisor owes an answer; the service is not to blame.
            step.effects.push(Effect::StopProbing {
                service: service.name.clone(),
                instance: running.instance,
            });
            let pause = pause(asking, &service.health);
            asking.turn = Turn::Idle(now.after(pause));
            return;
        }
        Turn::Idle(_) | Turn::Open { .. } => return,
    }
    let timeout = match (asking.what, &service.health.alive, health.readiness) {
        (Asked::Alive, Some(alive), _) => alive.timeout,
        (_, _, ReadyState::Awaited(until)) => until.since(now).min(READY_TRY),
        _ => READY_TRY,
    };
    asking.number += 1;
    asking.turn = Turn::Open {
        asked: now,
        by: now.after(timeout + ANSWER_SLACK),
        doubtful: false,
    };
    step.effects.push(Effect::Probe {
        service,
        instance: running.instance,
        asked: asking.what,
        number: asking.number,
        timeout,
    });
}

/// When a question comes that is to follow one of `asked`.
fn next(asked: AwakeTime, asking: &Asking, policy: &HealthPolicy) -> AwakeTime {
    let at = asked.after(pause(asking, policy));
    match (asking.what, &policy.alive) {
        (Asked::Alive, Some(alive)) => on_beat(at, alive.interval),
        _ => at,
    }
}

/// The last of the [`BEATS`] of `interval` before `at`: nobody is asked later for it.
pub(super) fn on_beat(at: AwakeTime, interval: Duration) -> AwakeTime {
    let since_origin = at.since_origin().as_nanos();
    let rest = since_origin.checked_rem(interval.as_nanos() / BEATS);
    let beat = since_origin - rest.unwrap_or(0);
    u64::try_from(beat).map_or(at, |nanos| {
        AwakeTime::from_origin(Duration::from_nanos(nanos))
    })
}

/// How long after a question the next one comes.
pub(super) fn pause(asking: &Asking, policy: &HealthPolicy) -> Duration {
    match (asking.what, &policy.alive) {
        (Asked::Alive, Some(alive)) => alive.interval,
        _ => {
            let doublings = asking.number.min(10);
            (FIRST_PAUSE * 2_u32.pow(doublings)).min(LAST_PAUSE)
        }
    }
}

/// The supervisor has asked, and this came of it.
pub(crate) fn on_answer(
    step: &mut Step<'_>,
    id: WardId,
    (health, running): (&mut Health, &Running),
    answer: &Answer,
) -> Verdict {
    let now = step.now.awake;
    let service = Arc::clone(&step.world.wards[id].spawned);
    let policy = &service.health;
    let Some(asking) = &mut health.asking else {
        return Verdict::Fine;
    };
    let Turn::Open {
        asked, doubtful, ..
    } = asking.turn
    else {
        return Verdict::Fine;
    };
    if asking.number != answer.number {
        return Verdict::Fine;
    }
    asking.turn = Turn::Idle(next(asked, asking, policy).max(now));
    match (&answer.outcome, asking.what) {
        (Ok(()), Asked::Ready) => {
            become_ready(health, policy, (now, &mut step.world.random));
            Verdict::Ready
        }
        (Ok(()), Asked::Alive) => {
            let failures = std::mem::take(&mut asking.failures);
            asking.counts = true;
            asking.last = None;
            health.well_since.get_or_insert(now);
            if failures > 0 {
                let instance = running.instance;
                step.record(id, ServiceEntry::ProbeRecovered { instance, failures });
            }
            Verdict::Fine
        }
        (Err(_), _) if doubtful => {
            asking.turn = Turn::Idle(now);
            Verdict::Fine
        }
        (Err(failure), Asked::Ready) => {
            asking.last = Some(failure.clone());
            Verdict::Fine
        }
        (Err(failure), Asked::Alive) => {
            asking.last = Some(failure.clone());
            match &policy.alive {
                Some(alive) => {
                    let verdict = on_bad_answer(step, id, (asking, running), (alive, failure));
                    if asking.failures > 0 {
                        health.well_since = None;
                    }
                    verdict
                }
                None => Verdict::Fine,
            }
        }
    }
}

fn on_bad_answer(
    step: &mut Step<'_>,
    id: WardId,
    (asking, running): (&mut Asking, &Running),
    (alive, failure): (&Liveness, &ProbeFailure),
) -> Verdict {
    if !does_count(step, id, (asking, running), (alive, failure)) {
        return Verdict::Fine;
    }
    let instance = running.instance;
    asking.failures += 1;
    if asking.failures == 1 {
        let seen = failure.seen.clone();
        step.record(id, ServiceEntry::ProbeFailing { instance, seen });
    }
    if asking.failures < alive.failures.get() {
        return Verdict::Fine;
    }
    let entry = ServiceEntry::NotAlive {
        instance,
        failures: asking.failures,
        seen: failure.seen.clone(),
    };
    Verdict::Failed(entry, StopReason::NotAlive)
}

fn does_count(
    step: &Step<'_>,
    id: WardId,
    (asking, running): (&Asking, &Running),
    (alive, failure): (&Liveness, &ProbeFailure),
) -> bool {
    let now = step.now.awake;
    let has_begun = asking.counts || now.since(running.started) >= alive.grace;
    let resumed = step.world.sleep.resumed;
    // It may have been asked before the network was back, and has to connect again.
    let grace = if network::needs(&step.world.wards[id].spawned) {
        NETWORK_WAIT
    } else {
        RESUME_GRACE
    };
    let is_after_sleep = resumed.is_some_and(|at| now.since(at) < grace);
    match failure.symptom {
        Symptom::Unknown => false,
        // The network may not be back; who does not answer at all hangs.
        Symptom::Bad => has_begun && !is_after_sleep,
        Symptom::Silent => has_begun,
    }
}
