//! Services as text: `name key=value …`, for example
//! `api needs=db,exited:migrate policy=on-failure delay=500ms max=1m limit=3/10s
//! stop=TERM:5s,INT:2s success=0,3 suspend=stop resume=start:hook sleep=inhibit while=busy
//! ready=notify:30s|line:30s|probe:30s|delay:3s watchdog=1s alive=10s/1s/3
//! grace=30s watch=restart|reload|start:hook session=each fails=start:hook,reboot:again
//! every=5m network listens disabled steady skip`; the last two after `every`.

use std::num::NonZeroU32;
use std::time::Duration;

use outlast_model::health::{Liveness, Pattern, Probe, Readiness, ReadyBy};
use outlast_model::schedule::{CatchUp, Pace};
use outlast_model::service::{
    Ask, Dependency, InSession, NetworkPolicy, Occasion, OnFailure, Reaction, RestartWhen,
    SleepPolicy, SleepWhile, StartLimit, StopSequence, StopStep, Until,
};
use outlast_model::watch::OnChange;
use outlast_model::{Schedule, Service, ServiceName, Signal};

use crate::schedule;
use crate::service::plain;
use crate::socket::socket;
use crate::watched::watching;

/// `line` as a service.
pub(crate) fn parse(line: &str) -> Service {
    let mut words = line.split_whitespace();
    let mut service = plain(words.next().expect("a definition begins with a name"));
    for word in words {
        match word.split_once('=') {
            None => flag(&mut service, word),
            Some((key, value)) => set(&mut service, key, value),
        }
    }
    service
}

fn flag(service: &mut Service, word: &str) {
    match word {
        "network" => service.network = NetworkPolicy::Online,
        "listens" => service.listen.push(socket()),
        "disabled" => service.enabled = false,
        "steady" => scheduled(service).cron.pace = Pace::Steady,
        "skip" => scheduled(service).catch_up = CatchUp::Skip,
        other => panic!("what is {other:?}?"),
    }
}

fn set(service: &mut Service, key: &str, value: &str) {
    let backoff = &mut service.restart.backoff;
    match key {
        "needs" => service.depends_on = value.split(',').map(dependency).collect(),
        "policy" => service.restart.when = policy(value),
        "delay" => backoff.delay = duration(value),
        "max" => backoff.max_delay = duration(value),
        "reset" => backoff.reset_after = duration(value),
        "limit" => service.restart.limit = Some(limit(value)),
        "stop" => service.stop = stop(value),
        "every" => {
            let seconds = u32::try_from(duration(value).as_secs()).expect("a short time");
            service.schedule = Some(schedule::every(seconds, Pace::Fixed, CatchUp::Once));
        }
        "success" => service.success_codes = value.split(',').map(number).collect(),
        "within" => service.time_limit = Some(duration(value)),
        "suspend" => drop(service.reactions.insert(Occasion::Suspend, reaction(value))),
        "resume" => drop(service.reactions.insert(Occasion::Resume, reaction(value))),
        "lock" => drop(service.reactions.insert(Occasion::Lock, reaction(value))),
        "log-off" => drop(service.reactions.insert(Occasion::LogOff, reaction(value))),
        "sleep" => service.sleep = sleep(value),
        "while" => {
            assert_eq!(value, "busy");
            service.sleep_while = SleepWhile::Busy;
            service.health.notify = true;
        }
        "fails" => failure(&mut service.on_failure, value),
        "session" => service.session = Some(session(value)),
        "ready" => service.health.ready = Some(ready(value)),
        "alive" => service.health.alive = Some(alive(value)),
        "grace" => {
            let alive = service.health.alive.as_mut();
            alive.expect("after `alive`").grace = duration(value);
        }
        "silent" => service.health.hang.silent = Some(duration(value)),
        "stuck" => service.health.hang.stuck = Some(duration(value)),
        "spin" => service.health.hang.spin = Some(duration(value)),
        "watchdog" => service.health.watchdog = Some(duration(value)),
        "watch" => service.watch = Some(Box::new(watching(on_change(value)))),
        "program" => value.clone_into(&mut service.command.program),
        other => panic!("what is {other:?}?"),
    }
}

fn scheduled(service: &mut Service) -> &mut Schedule {
    service.schedule.as_mut().expect("after `every`")
}

fn failure(on_failure: &mut OnFailure, text: &str) {
    for what in text.split(',') {
        match what.split_once(':') {
            Some(("start", name)) => on_failure.start.push(plain(name).name),
            Some(("reboot", name)) => on_failure.reboot = Some(plain(name).name),
            _ => panic!("what is {what:?}?"),
        }
    }
}

fn reaction(text: &str) -> Reaction {
    match text.split_once(':') {
        Some(("start", name)) => Reaction::Start(plain(name).name),
        _ => match text {
            "stop" => Reaction::Stop,
            "restart" => Reaction::Restart,
            "reload" => Reaction::Reload,
            other => panic!("what is {other:?}?"),
        },
    }
}

fn on_change(text: &str) -> OnChange {
    match text.split_once(':') {
        Some(("start", name)) => OnChange::Start(plain(name).name),
        _ => match text {
            "restart" => OnChange::Restart,
            "reload" => OnChange::Reload,
            other => panic!("what is {other:?}?"),
        },
    }
}

fn dependency(text: &str) -> Dependency {
    let (until, name) = match text.strip_prefix("exited:") {
        Some(name) => (Until::ExitedOk, name),
        None => (Until::Ready, text),
    };
    Dependency {
        service: ServiceName::new(name).expect("tests use valid names"),
        until,
    }
}

fn ready(text: &str) -> Readiness {
    let (by, time) = text.split_once(':').expect("readiness is way:time");
    let timeout = duration(time);
    let by = match by {
        "notify" => ReadyBy::Notice,
        "line" => ReadyBy::Line(Pattern::new("ready".to_owned())),
        "probe" => ReadyBy::Probe(Probe::Port),
        "delay" => ReadyBy::Delay(timeout),
        other => panic!("what is {other:?}?"),
    };
    Readiness { by, timeout }
}

/// `INTERVAL/TIMEOUT/FAILURES`.
fn alive(text: &str) -> Liveness {
    let words: Vec<&str> = text.split('/').collect();
    let [interval, timeout, failures] = words.as_slice() else {
        panic!("what is {text:?}?");
    };
    Liveness {
        probe: Probe::Port,
        interval: duration(interval),
        timeout: duration(timeout),
        failures: NonZeroU32::new(number(failures).cast_unsigned()).expect("not zero"),
        grace: Duration::ZERO,
    }
}

fn policy(text: &str) -> RestartWhen {
    match text {
        "always" => RestartWhen::Always,
        "on-failure" => RestartWhen::OnFailure,
        "never" => RestartWhen::Never,
        other => panic!("what is {other:?}?"),
    }
}

fn sleep(text: &str) -> SleepPolicy {
    match text {
        "inhibit" => SleepPolicy::Inhibit,
        "inhibit-on-ac" => SleepPolicy::InhibitOnAc,
        other => panic!("what is {other:?}?"),
    }
}

fn session(text: &str) -> InSession {
    match text {
        "active" => InSession::Active,
        "each" => InSession::Each,
        other => panic!("what is {other:?}?"),
    }
}

fn limit(text: &str) -> StartLimit {
    let (starts, window) = text.split_once('/').expect("a limit is starts/window");
    StartLimit {
        starts: NonZeroU32::new(number(starts).cast_unsigned()).expect("a limit is not zero"),
        window: duration(window),
    }
}

fn stop(text: &str) -> StopSequence {
    if text == "none" {
        return StopSequence { steps: Vec::new() };
    }
    let steps = text.split(',').map(|step| {
        let (signal, wait) = step.split_once(':').expect("a step is signal:wait");
        StopStep {
            ask: Ask::Signal(Signal::from_name(signal).expect("a signal's name")),
            wait: duration(wait),
        }
    });
    StopSequence {
        steps: steps.collect(),
    }
}

/// `1500ms`, `3s`, `2m`.
pub(crate) fn duration(text: &str) -> Duration {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count = u64::try_from(number(digits)).expect("a duration is not negative");
    match &text[digits.len()..] {
        "ms" => Duration::from_millis(count),
        "s" => Duration::from_secs(count),
        "m" => Duration::from_secs(60 * count),
        "h" => Duration::from_secs(3600 * count),
        other => panic!("what is {other:?}?"),
    }
}

pub(crate) fn number(text: &str) -> i32 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text:?} is no number"))
}
