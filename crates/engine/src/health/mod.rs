//! Whether an instance works: when it is asked, what counts as a failure, and
//! what does not.
//!
//! An instance is asked one thing at a time ([`question`]): whether it is ready
//! until it is, then whether it is alive. `docs/design/health.md` has the reasons.
//!
//! A deadline of the service's own (ready, [`watchdog`]) counts awake time and is
//! given the time back in which the guardian was frozen; a watchdog, being short,
//! also that in which nobody can tell. A bad answer to a question that was open
//! during a gap says nothing, and the question is asked again. What the guardian
//! itself could not do is nobody's failure.

mod question;
mod watchdog;

use std::sync::Arc;
use std::time::Duration;

use outlast_model::health::{
    Activity, Asked, Asking, Health, HealthPolicy, Notice, ReadyBy, ReadyState, Told, Turn,
};
use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::state::Running;
use outlast_model::{AwakeTime, Effect, InstanceId, Service};

use self::question::{FIRST_PAUSE, asking, on_beat, pause, take_turn};
use self::watchdog::{heard_of, is_over};
use crate::gap::Frozen;
use crate::hang::{self, Sampled};
use crate::occasion::RESUME_GRACE;
use crate::random::Random;
use crate::step::Step;
use crate::timer::{Due, Purpose};
use crate::wards::WardId;

pub use self::question::{ANSWER_SLACK, READY_TRY};
pub(crate) use self::question::{Answer, is_open, on_answer};

/// After a gap everybody is asked at once; they are spread over this.
const SPREAD: Duration = Duration::from_secs(1);

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
            on_beat(
                now.after(alive.interval.mul_f64(random.share())),
                alive.interval,
            )
            .max(now),
        )
    });
    let every = health
        .watchdog
        .map(|watchdog| watchdog.every)
        .or(policy.watchdog);
    health.watchdog = every.map(|every| heard_of(every, now));
    health.hang = hang::begin(&policy.hang, now, random);
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
