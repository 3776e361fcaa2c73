//! Whether a service works, as the wire has it.

use outlast_model::hang::HangWatch;
use outlast_model::health::{Activity, Asked, Breaker, BreakerPhase, ReadyBy};
use outlast_model::state::State;
use outlast_model::{HealthPolicy, Service};

use super::Observation;
use crate::v1::{BreakerStatus, HangStatus, HealthStatus};

/// Only what runs has any. The service may have another definition by now, so
/// how it is asked is told where the new one has such a question, too.
pub(super) fn health(service: &Service, state: &State) -> Option<HealthStatus> {
    let State::Running(running) = state else {
        return None;
    };
    let health = running.health.as_ref()?;
    let asking = health.asking.as_ref();
    let probe = asking.and_then(|asking| match asking.what {
        Asked::Alive => service.health.alive.as_ref().map(|alive| &alive.probe),
        Asked::Ready => match service.health.ready.as_ref().map(|ready| &ready.by) {
            Some(ReadyBy::Probe(probe)) => Some(probe),
            _ => None,
        },
    });
    let last = asking.and_then(|asking| asking.last.as_ref());
    let told = &health.told;
    let activity = told.activity.map(|activity| match activity {
        Activity::Reloading => "reloading",
        Activity::Stopping => "stopping",
    });
    let ready_by = service.health.ready.as_ref().map(|ready| ready.by.kind());
    Some(HealthStatus {
        ready: running.is_ready(),
        awaits: ready_by
            .filter(|_| !running.is_ready())
            .map(ToOwned::to_owned),
        probe: probe.map(|probe| probe.kind().to_owned()),
        failures: asking.map_or(0, |asking| asking.failures),
        last_failure: last.map(|failure| failure.seen.clone()),
        watchdog_seconds: health.watchdog.map(|watchdog| watchdog.every.as_secs_f64()),
        hang: health.hang.iter().flat_map(hangs).collect(),
        activity: activity.map(ToOwned::to_owned),
        status: told.status.clone(),
        errno: told.errno,
        exit_status: told.exit_status,
        main_pid: told.main_pid.map(|pid| pid.0),
        busy: told.busy,
    })
}

pub(super) fn breaker(observation: &Observation<'_>) -> Option<BreakerStatus> {
    let service = observation.service;
    if service.health == HealthPolicy::default() {
        return None;
    }
    let Breaker { phase, openings } = observation.breaker;
    let state = match phase {
        BreakerPhase::Closed => "closed",
        BreakerPhase::Open => "open",
        BreakerPhase::HalfOpen => "half-open",
    };
    let closes_in = match observation.state {
        State::Running(running) if phase == BreakerPhase::HalfOpen => {
            let health = running.health.as_ref();
            let trial = health.and_then(|health| health.well_since.zip(health.trial));
            trial.map(|(since, trial)| since.after(trial).since(observation.now.awake))
        }
        _ => None,
    };
    Some(BreakerStatus {
        state: state.to_owned(),
        openings,
        limit: service.restart.limit.map(|limit| limit.starts.get()),
        closes_in_seconds: closes_in.map(|time| time.as_secs_f64()),
    })
}

fn hangs(watch: &HangWatch) -> impl Iterator<Item = HangStatus> {
    watch.courses.iter().map(|course| {
        let quiet_from = course.quiet_from.as_ref().map(|(at, _)| *at);
        let quiet = quiet_from.zip(course.from.as_ref());
        let quiet = quiet.map(|(since, (at, _))| at.since(since));
        HangStatus {
            kind: course.hang.word().to_owned(),
            after_seconds: course.time.as_secs_f64(),
            for_seconds: quiet.unwrap_or_default().as_secs_f64(),
        }
    })
}
