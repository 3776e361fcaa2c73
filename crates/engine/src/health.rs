//! Whether an instance works: when it is asked, what counts as a failure, and
//! what does not.
//!
//! An instance is asked one thing at a time: whether it is ready until it is,
//! then whether it is alive. `docs/design/health.md` has the reasons.
//!
//! A deadline of the service's own (ready, watchdog) counts awake time and is
//! given the time back in which the guardian was frozen; a watchdog, being short,
//! also that in which nobody can tell. A bad answer to a
//! question that was open during a gap says nothing, and the question is asked
//! again. What the guardian itself could not do is nobody's failure.

use std::sync::Arc;
use std::time::Duration;

use outlast_model::health::{
    Activity, Asked, Asking, Health, HealthPolicy, Liveness, Notice, ProbeFailure, ReadyBy,
    ReadyState, Symptom, Told, Turn, Watchdog,
};
use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::state::Running;
use outlast_model::{AwakeTime, Effect, InstanceId, Service, State};

use crate::gap::Frozen;
use crate::hang::{self, Sampled};
use crate::network::{self, NETWORK_WAIT};
use crate::occasion::RESUME_GRACE;
use crate::random::Random;
use crate::step::Step;
use crate::timer::{Due, Purpose};
use crate::wards::WardId;

/// How long one try at readiness may take.
pub const READY_TRY: Duration = Duration::from_secs(5);

/// The pause before the first try, and what it grows to. Twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(1);

/// How long the supervisor may take beyond a question's own time. It answers
/// every one, so this is for a bug in it.
pub const ANSWER_SLACK: Duration = Duration::from_secs(5);

/// After a gap everybody is asked at once; they are spread over this.
const SPREAD: Duration = Duration::from_secs(1);

/// A watchdog's time is walked in so many steps, each as long as the guardian has
/// to have run. One that ends late by half of it does not count: the machine
/// stood still, and the service with it. So however long that took, and however
/// little of it was seen, no more than one of them is lost to it.
const QUARTERS: u8 = 4;

/// So many may not count before the service is heard of again: whoever hangs on a
/// machine that is always late is found all the same.
const DOUBTS: u8 = 4;

/// An answer to a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) instance: InstanceId,
    pub(crate) number: u32,
    pub(crate) outcome: Result<(), ProbeFailure>,
}

/// What has to be done about an instance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Nothing.
    Fine,
    /// It has become ready.
    Ready,
    /// It has been well for as long as a service has to be to be called healthy.
    Healthy,
    /// It has failed: this goes on record, and it is stopped for that.
    Failed(ServiceEntry, StopReason),
}

/// What is known of an instance that has just begun; `None`: nothing has to be.
pub(crate) fn begin(service: &Service, now: AwakeTime, random: &mut Random) -> Option<Box<Health>> {
    let policy = &service.health;
    if *policy == HealthPolicy::default() {
        return None;
    }
    let mut health = Health {
        readiness: ReadyState::Ready,
        asking: None,
        watchdog: None,
        hang: None,
        told: Told::default(),
        well_since: None,
        trial: Some(service.restart.backoff.reset_after),
    };
    match &policy.ready {
        None => become_ready(&mut health, policy, (now, random)),
        Some(ready) => {
            health.readiness = match ready.by {
                ReadyBy::Delay(delay) => ReadyState::Delayed(now.after(delay)),
                ReadyBy::Notice | ReadyBy::Line(_) | ReadyBy::Probe(_) => {
                    ReadyState::Awaited(now.after(ready.timeout))
                }
            };
            if let ReadyBy::Probe(_) = ready.by {
                health.asking = Some(asking(Asked::Ready, now.after(FIRST_PAUSE)));
            }
        }
    }
    Some(Box::new(health))
}

const fn asking(what: Asked, first: AwakeTime) -> Asking {
    Asking {
        what,
        number: 0,
        turn: Turn::Idle(first),
        failures: 0,
        counts: false,
        last: None,
    }
}

/// From here on it has to be alive.
fn become_ready(
    health: &mut Health,
    policy: &HealthPolicy,
    (now, random): (AwakeTime, &mut Random),
) {
    health.readiness = ReadyState::Ready;
    health.well_since = Some(now);
    health.asking = policy.alive.as_ref().map(|alive| Asking {
        counts: policy.ready.is_some(),
        number: health.asking.as_ref().map_or(0, |before| before.number),
        // By lot, so that they do not ask in step.
        ..asking(
            Asked::Alive,
            now.after(alive.interval.mul_f64(random.share())),
        )
    });
    let every = health
        .watchdog
        .map(|watchdog| watchdog.every)
        .or(policy.watchdog);
    health.watchdog = every.map(|every| heard_of(every, now));
    health.hang = hang::begin(&policy.hang, now, random);
}

/// A watchdog whose time begins.
fn heard_of(every: Duration, now: AwakeTime) -> Watchdog {
    Watchdog {
        every,
        until: now.after(every / u32::from(QUARTERS)),
        counted: 0,
        doubted: 0,
    }
}

/// When something of it is due, and whether that judges the instance.
pub(crate) fn due(health: &Health) -> Option<Due> {
    let judging = |at| Due {
        at,
        purpose: Purpose::Judging,
    };
    let ready = match health.readiness {
        ReadyState::Awaited(until) => Some(judging(until)),
        ReadyState::Delayed(until) => Some(Due {
            at: until,
            purpose: Purpose::Starting,
        }),
        ReadyState::Ready => None,
    };
    // Before it is ready, nobody waits for its heartbeat.
    let watchdog = health
        .watchdog
        .filter(|_| health.readiness == ReadyState::Ready)
        .map(|watchdog| judging(watchdog.until));
    let of_turn = |turn| match turn {
        Turn::Idle(at) => Due {
            at,
            purpose: Purpose::Starting,
        },
        Turn::Open { by, .. } => judging(by),
    };
    let turn = health.asking.as_ref().map(|asking| match asking.turn {
        // It was promised that time, as in a stop.
        Turn::Idle(at) if health.told.activity == Some(Activity::Stopping) => judging(at),
        turn => of_turn(turn),
    });
    let healthy = healthy_at(health).map(|at| Due {
        at,
        purpose: Purpose::Starting,
    });
    let hang = health.hang.as_ref().map(|watch| of_turn(watch.turn));
    earliest([ready, watchdog, turn, hang, healthy].into_iter().flatten())
}

/// When its trial ends if it stays well.
fn healthy_at(health: &Health) -> Option<AwakeTime> {
    Some(health.well_since?.after(health.trial?))
}

/// The earliest of these; it judges if any of them does, as a freeze would show
/// in no other way.
pub(crate) fn earliest(dues: impl Iterator<Item = Due>) -> Option<Due> {
    dues.reduce(|one, other| Due {
        at: one.at.min(other.at),
        purpose: match (one.purpose, other.purpose) {
            (Purpose::Starting, Purpose::Starting) => Purpose::Starting,
            _ => Purpose::Judging,
        },
    })
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

/// Something of `health` is due.
pub(crate) fn on_due(
    step: &mut Step<'_>,
    id: WardId,
    health: &mut Health,
    running: &Running,
) -> Verdict {
    let now = step.now.awake;
    let policy = Arc::clone(&step.world.wards[id].spawned);
    let policy = &policy.health;
    match health.readiness {
        ReadyState::Awaited(until) if until <= now => {
            return not_ready(health, policy, running.instance);
        }
        ReadyState::Delayed(until) if until <= now => {
            become_ready(health, policy, (now, &mut step.world.random));
            return Verdict::Ready;
        }
        _ => {}
    }
    if health.readiness == ReadyState::Ready
        && let Some(watchdog) = &mut health.watchdog
        && watchdog.until <= now
        && is_over(watchdog, now)
    {
        let entry = ServiceEntry::WatchdogMissed {
            instance: running.instance,
            every: Some(watchdog.every),
        };
        return Verdict::Failed(entry, StopReason::Watchdog);
    }
    take_turn(step, id, health, running);
    if let Some(watch) = &mut health.hang
        && let Some(number) = hang::take_turn(watch, now)
    {
        let service = step.world.wards[id].name().clone();
        step.effects.push(Effect::Sample {
            service,
            instance: running.instance,
            number,
        });
    }
    if healthy_at(health).is_some_and(|at| at <= now) {
        health.trial = None;
        return Verdict::Healthy;
    }
    Verdict::Fine
}

fn not_ready(health: &Health, policy: &HealthPolicy, instance: InstanceId) -> Verdict {
    let last = health
        .asking
        .as_ref()
        .and_then(|asking| asking.last.as_ref());
    let entry = ServiceEntry::NotReady {
        instance,
        within: policy
            .ready
            .as_ref()
            .map_or(Duration::ZERO, |ready| ready.timeout),
        seen: last.map(|failure| failure.seen.clone()),
    };
    Verdict::Failed(entry, StopReason::NotReady)
}

/// A quarter of a watchdog's time has passed. Whether that was the last.
fn is_over(watchdog: &mut Watchdog, now: AwakeTime) -> bool {
    let quarter = watchdog.every / u32::from(QUARTERS);
    let late = now.since(watchdog.until);
    if late >= quarter / 2 && watchdog.doubted < DOUBTS {
        watchdog.doubted += 1;
    } else {
        watchdog.counted += 1;
    }
    watchdog.until = now.after(quarter);
    watchdog.counted >= QUARTERS
}

/// Asks, if it is time to.
fn take_turn(step: &mut Step<'_>, id: WardId, health: &mut Health, running: &Running) {
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

/// How long after a question the next one comes.
fn pause(asking: &Asking, policy: &HealthPolicy) -> Duration {
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
    asking.turn = Turn::Idle(asked.after(pause(asking, policy)).max(now));
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

/// What it has done up to now was looked at.
pub(crate) fn on_sample(step: &Step<'_>, health: &mut Health, sampled: &Sampled) -> Verdict {
    let Some(watch) = &mut health.hang else {
        return Verdict::Fine;
    };
    let sample = (sampled.number, sampled.sample);
    match hang::on_sample(watch, sample, step.now.awake) {
        None => Verdict::Fine,
        Some(found) => {
            let entry = ServiceEntry::Hangs {
                instance: sampled.instance,
                hang: found.hang,
                during: found.during,
                before: found.before,
            };
            Verdict::Failed(entry, StopReason::Hang(found.hang))
        }
    }
}

/// It has printed the line by which it is ready.
pub(crate) fn on_line(step: &mut Step<'_>, id: WardId, health: &mut Health) -> Verdict {
    let service = Arc::clone(&step.world.wards[id].spawned);
    let is_the_way = service
        .health
        .ready
        .as_ref()
        .is_some_and(|ready| matches!(ready.by, ReadyBy::Line(_)));
    if !is_the_way || health.readiness == ReadyState::Ready {
        return Verdict::Fine;
    }
    let now = step.now.awake;
    become_ready(health, &service.health, (now, &mut step.world.random));
    Verdict::Ready
}

/// It tells something of itself.
pub(crate) fn on_notice(
    step: &mut Step<'_>,
    id: WardId,
    (health, running): (&mut Health, &Running),
    notice: &Notice,
) -> Verdict {
    let now = step.now.awake;
    let service = Arc::clone(&step.world.wards[id].spawned);
    let policy = &service.health;
    let told = &mut health.told;
    match notice {
        Notice::Ready => {
            told.activity = None;
            let by_notice = policy
                .ready
                .as_ref()
                .is_some_and(|ready| ready.by == ReadyBy::Notice);
            if by_notice && health.readiness != ReadyState::Ready {
                become_ready(health, policy, (now, &mut step.world.random));
                return Verdict::Ready;
            }
        }
        Notice::Reloading => told.activity = Some(Activity::Reloading),
        Notice::Stopping => {
            told.activity = Some(Activity::Stopping);
            leave_alone(step, id, (health, running));
        }
        Notice::Status(text) => told.status = (!text.is_empty()).then(|| text.clone()),
        Notice::Errno(errno) => told.errno = Some(*errno),
        Notice::ExitStatus(status) => told.exit_status = Some(*status),
        Notice::MainPid(pid) => told.main_pid = Some(*pid),
        Notice::Busy(busy) => told.busy = *busy,
        Notice::Alive => {
            if let Some(watchdog) = &mut health.watchdog {
                *watchdog = heard_of(watchdog.every, now);
            }
        }
        Notice::Trigger => {
            let entry = ServiceEntry::WatchdogMissed {
                instance: running.instance,
                every: None,
            };
            return Verdict::Failed(entry, StopReason::Watchdog);
        }
        Notice::Watchdog(every) => {
            health.watchdog = Some(heard_of(*every, now));
        }
        Notice::Extend(time) => {
            if let ReadyState::Awaited(until) = &mut health.readiness {
                *until = now.after(*time).max(*until);
            }
        }
    }
    Verdict::Fine
}

/// It ends by itself, and need not answer for as long as a stop would take.
fn leave_alone(step: &mut Step<'_>, id: WardId, (health, running): (&mut Health, &Running)) {
    let service = &step.world.wards[id].spawned;
    let steps = service.stop.steps.iter();
    let patience: Duration = steps.map(|step| step.wait).sum();
    if let Some(watch) = &mut health.hang {
        hang::leave_alone(watch, step.now.awake.after(patience));
    }
    let Some(asking) = &mut health.asking else {
        return;
    };
    if let Turn::Open { .. } = asking.turn {
        step.effects.push(Effect::StopProbing {
            service: service.name.clone(),
            instance: running.instance,
        });
    }
    let pause = pause(asking, &service.health);
    asking.turn = Turn::Idle(step.now.awake.after(patience.max(pause)));
}

/// The guardian was frozen: whoever has until some moment, has longer.
pub(crate) fn on_frozen(
    health: &mut Health,
    frozen: Frozen,
    (now, random): (AwakeTime, &mut Random),
) {
    let later = |at: AwakeTime| at.after(frozen.at_most);
    health.well_since = health.well_since.map(later);
    match &mut health.readiness {
        ReadyState::Awaited(until) => *until = later(*until),
        ReadyState::Delayed(_) | ReadyState::Ready => {}
    }
    if let Some(watchdog) = &mut health.watchdog {
        watchdog.until = later(watchdog.until);
    }
    if let Some(watch) = &mut health.hang {
        hang::on_frozen(watch, frozen.at_most);
    }
    if let Some(asking) = &mut health.asking {
        match &mut asking.turn {
            Turn::Idle(at) if health.told.activity == Some(Activity::Stopping) => *at = later(*at),
            Turn::Idle(at) if *at <= now => *at = spread(now, random),
            Turn::Idle(_) => {}
            Turn::Open { by, doubtful, .. } => {
                *by = later(*by);
                *doubtful = true;
            }
        }
    }
}

/// The machine has slept: everybody is asked at once, and nothing from before
/// counts.
pub(crate) fn on_resumed(
    health: &mut Health,
    policy: &HealthPolicy,
    (now, random): (AwakeTime, &mut Random),
) {
    if let (ReadyState::Awaited(until), Some(ready)) = (&mut health.readiness, &policy.ready) {
        *until = now.after(ready.timeout.min(RESUME_GRACE)).max(*until);
    }
    if let Some(watchdog) = &mut health.watchdog {
        *watchdog = heard_of(watchdog.every, now);
    }
    if let Some(watch) = &mut health.hang {
        hang::on_resumed(watch);
    }
    if let Some(asking) = &mut health.asking {
        if asking.failures > 0 {
            asking.failures = 0;
            health.well_since = Some(now);
        }
        match &mut asking.turn {
            // Who ends by itself is still left alone.
            Turn::Idle(_) if health.told.activity == Some(Activity::Stopping) => {}
            Turn::Idle(at) => *at = spread(now, random).min(*at),
            Turn::Open { doubtful, .. } => *doubtful = true,
        }
    }
}

fn spread(now: AwakeTime, random: &mut Random) -> AwakeTime {
    now.after(SPREAD.mul_f64(random.share()))
}
