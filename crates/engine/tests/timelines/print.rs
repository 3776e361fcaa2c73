//! Effects as short lines.

use std::fmt::Write as _;
use std::time::Duration;

use outlast_engine::World;
use outlast_model::effect::Scope;
use outlast_model::health::BreakerPhase;
use outlast_model::record::{Entry, GuardianEntry, ServiceEntry};
use outlast_model::request::Outcome;
use outlast_model::service::Ask;
use outlast_model::state::{LastEnd, NetworkWait, Waiting, WhyFailed, WhyStopped};
use outlast_model::{Effect, Exit, Inhibitor, MachineEvent, RealTime, ServiceName, State};

pub(crate) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Spawn { service, instance } => format!("spawn {} #{instance}", service.name),
        Effect::Ask {
            service,
            instance,
            ask,
            scope,
        } => format!(
            "ask {service} #{instance} {} {}",
            asked(*ask),
            scope_word(*scope)
        ),
        Effect::Reload { service, instance } => format!("reload {service} #{instance}"),
        Effect::AllowSleep => "allow sleep".to_owned(),
        Effect::Kill { service, instance } => format!("kill {service} #{instance}"),
        Effect::Record(record) => match &record.entry {
            Entry::Service { service, entry } => {
                format!("record {service}: {}", service_entry(entry))
            }
            Entry::Guardian(entry) => format!("record guardian: {}", guardian_entry(entry)),
        },
        Effect::Probe {
            service,
            instance,
            asked,
            number,
            timeout,
        } => format!(
            "probe {} #{instance} {asked:?} no. {number} for {}",
            service.name,
            time(*timeout)
        ),
        Effect::Diagnose { service, instance } => format!("diagnose {service} #{instance}"),
        Effect::Gather { service, instance } => format!("gather evidence of {service} #{instance}"),
        Effect::Sample {
            service,
            instance,
            number,
        } => format!("look at {service} #{instance} ({number})"),
        Effect::StopProbing { service, instance } => format!("stop probing {service} #{instance}"),
        Effect::FindRuns {
            service,
            since,
            until,
            ..
        } => format!(
            "find runs of {} since {} until {}",
            service.name,
            real(*since),
            real(*until)
        ),
        Effect::SetTimer(at) => format!("timer at {}", time(at.since_origin())),
        Effect::ClearTimer => "timer off".to_owned(),
        Effect::HoldInhibitor { service } => format!("hold inhibitor for {service}"),
        Effect::CloseKept { service } => format!("close what is kept for {service}"),
        Effect::ReleaseInhibitor { service } => format!("release inhibitor of {service}"),
        Effect::Reply { request, outcome } => {
            format!("reply r{} {}", request.0, outcome_words(outcome))
        }
        Effect::Forget(service) => format!("forget {service}"),
        Effect::Finish => "finish".to_owned(),
    }
}

fn asked(ask: Ask) -> String {
    match ask {
        Ask::Signal(signal) => signal.name().to_owned(),
        other => format!("{other:?}"),
    }
}

const fn scope_word(scope: Scope) -> &'static str {
    match scope {
        Scope::Main => "main",
        Scope::Tree => "tree",
    }
}

fn service_entry(entry: &ServiceEntry) -> String {
    match entry {
        ServiceEntry::WaitingForNetwork { at_most } => {
            format!("waiting for the network, at most {}", time(*at_most))
        }
        ServiceEntry::NetworkMissing => "the network is missing".to_owned(),
        ServiceEntry::Waiting { on } => format!("waiting on {}", names(on)),
        ServiceEntry::Starting { instance } => format!("starting #{instance}"),
        ServiceEntry::Started { instance, pid } => format!("started #{instance} pid {pid}"),
        ServiceEntry::StartFailed { instance, .. } => format!("start failed #{instance}"),
        ServiceEntry::Ready { instance, after } => {
            format!("ready #{instance} after {}", time(*after))
        }
        ServiceEntry::NotReady {
            instance,
            within,
            seen,
        } => format!("not ready #{instance} within {}, {seen:?}", time(*within)),
        ServiceEntry::ProbeFailing { instance, seen } => {
            format!("probe failing #{instance}: {seen}")
        }
        ServiceEntry::ProbeRecovered { instance, failures } => {
            format!("probe recovered #{instance} after {failures}")
        }
        ServiceEntry::NotAlive {
            instance,
            failures,
            seen,
        } => format!("not alive #{instance} after {failures}: {seen}"),
        ServiceEntry::Hangs {
            instance,
            hang,
            during,
            before,
        } => {
            let (during, before) = (during.time, before.time);
            format!(
                "#{instance} is {} for {during:?}, after {before:?}",
                hang.word()
            )
        }
        ServiceEntry::WatchdogMissed { instance, every } => {
            format!("watchdog missed #{instance}, {every:?}")
        }
        ServiceEntry::Evidence { instance, .. } => format!("evidence of #{instance}"),
        ServiceEntry::BreakerClosed { instance, openings } => {
            format!("breaker closed #{instance} after {openings}")
        }
        ServiceEntry::Death(death) => format!(
            "death #{} of {}, {}, ran {}",
            death.instance,
            exit(death.exit),
            if death.asked { "asked" } else { "unasked" },
            time(death.ran_for)
        ),
        ServiceEntry::BackingOff {
            delay,
            spread,
            attempt,
        } => format!(
            "backing off {} before restart {attempt}",
            time(*delay + *spread)
        ),
        ServiceEntry::GaveUp {
            last,
            starts,
            window,
        } => {
            let within = window.map_or("without a healthy one".to_owned(), |window| {
                format!("in {}", time(window))
            });
            format!("gave up after {starts} starts {within}, last {}", end(last))
        }
        ServiceEntry::RunsMissed { runs, made_up } => {
            let made_up = if *made_up {
                "made up for"
            } else {
                "left at that"
            };
            format!("missed {runs} runs, {made_up}")
        }
        ServiceEntry::RunSkipped => "skipped a run".to_owned(),
        ServiceEntry::RebootWithheld { after } => format!("no reboot after {}", time(*after)),
        ServiceEntry::Stopping { instance, reason } => format!("stopping #{instance}, {reason:?}"),
        ServiceEntry::FilesChanged { changes, then } => {
            let (first, more) = (changes.first.display(), changes.more);
            format!("{first} and {more} more changed, {then:?}")
        }
        ServiceEntry::ChangeWithheld { changes, reason } => {
            let (first, more) = (changes.first.display(), changes.more);
            format!("{first} and {more} more changed, withheld: {reason}")
        }
        ServiceEntry::Killed { instance } => format!("killed #{instance}"),
        ServiceEntry::Unkillable { instance } => format!("unkillable #{instance}"),
        ServiceEntry::Verdict { instance, verdict } => {
            format!(
                "#{instance} died of {} ({})",
                verdict.cause, verdict.confidence
            )
        }
        ServiceEntry::EndedAtLogOff { instance, session } => {
            format!("#{instance} ended at the log-off of session {}", session.id)
        }
        ServiceEntry::Stopped => "stopped".to_owned(),
        ServiceEntry::Finished { last } => format!("finished with {}", end(last)),
        ServiceEntry::Inhibited(grant) => {
            let prevents: Vec<&str> = grant.prevents.iter().map(|what| what.word()).collect();
            format!("inhibited, {} by {}", prevents.join(","), grant.by.word())
        }
        ServiceEntry::NotInhibited(denied) => format!("not inhibited: {denied}"),
        other => format!("{other:?}"),
    }
}

fn guardian_entry(entry: &GuardianEntry) -> String {
    match entry {
        GuardianEntry::Reloaded {
            added,
            changed,
            removed,
        } => format!(
            "reloaded, added [{}] changed [{}] removed [{}]",
            names(added),
            names(changed),
            names(removed)
        ),
        GuardianEntry::Machine(MachineEvent::Session { change, .. }) => {
            format!("session {}", change.word())
        }
        other => format!("{other:?}"),
    }
}

fn outcome_words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Refused(refusal) => format!("refused {refusal:?}"),
        Outcome::NotReached(services) => format!("not reached {}", names(services)),
        Outcome::Superseded(services) => format!("superseded {}", names(services)),
    }
}

/// What `status` would know.
pub(crate) fn view(world: &World, service: &ServiceName) -> String {
    let Some(view) = world.service(service) else {
        return format!("{service}: not there");
    };
    let mut text = format!(
        "{service}: wants {:?}, is {}",
        view.desired,
        state(view.state)
    );
    write!(text, ", restarts {}", view.restarts).expect("text can be written to");
    if let Some(schedule) = view.schedule {
        let next = schedule.next.map_or("never".to_owned(), real);
        write!(text, ", next run at {next}").expect("text can be written to");
    }
    match view.inhibitor {
        None => {}
        Some(Inhibitor::Asked) => text += ", inhibitor asked for",
        Some(Inhibitor::Held(_)) => text += ", inhibitor held",
        Some(Inhibitor::Denied(_)) => text += ", inhibitor denied",
    }
    match view.breaker.phase {
        BreakerPhase::Closed => {}
        phase => write!(text, ", breaker {phase:?} {}", view.breaker.openings)
            .expect("text can be written to"),
    }
    if let Some(last) = view.last_end {
        let end = end(&last.end);
        write!(
            text,
            ", last #{} {end} after {}",
            last.instance,
            time(last.ran_for)
        )
        .expect("text can be written to");
    }
    text
}

pub(crate) fn state(state: &State) -> String {
    match state {
        State::Stopped(stopped) => match stopped.why {
            WhyStopped::NeverStarted => "stopped (never started)".to_owned(),
            WhyStopped::Requested => "stopped".to_owned(),
            WhyStopped::Occasion(occasion) => format!("stopped for {}", occasion.word()),
            WhyStopped::InSessions => "made in sessions".to_owned(),
            WhyStopped::Completed(with) => format!("completed with {}", exit(with)),
        },
        State::Waiting(waiting) => format!("waiting on {}", awaited(waiting)),
        State::Failed(failed) => match &failed.why {
            WhyFailed::StartLimit(last) => format!("failed (start limit, {})", end(last)),
            WhyFailed::Ended(last) => format!("failed ({})", end(last)),
            WhyFailed::Unkillable(instance) => format!("failed (unkillable #{instance})"),
        },
        State::Running(running) if running.postponed.is_some() => {
            "running, to be restarted with the network".to_owned()
        }
        State::Running(running) if !running.is_ready() => "running, not ready".to_owned(),
        State::BackingOff(backing_off) => format!("backing off {}", time(backing_off.delay)),
        other => other.word().to_owned(),
    }
}

fn awaited(waiting: &Waiting) -> String {
    let mut awaited = names(&waiting.on);
    match waiting.network {
        NetworkWait::None => {}
        NetworkWait::Until(at) => {
            let at = time(at.since_origin());
            awaited += &format!(" the network until {at}");
        }
        NetworkWait::InVain => awaited += " the network no more",
    }
    awaited.trim_start().to_owned()
}

fn end(last: &LastEnd) -> String {
    match last {
        LastEnd::Exit(with) => exit(*with),
        LastEnd::StartFailure(_) => "a start failure".to_owned(),
    }
}

fn exit(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("code {code}"),
        other => format!("{other:?}"),
    }
}

fn names(services: &[ServiceName]) -> String {
    let names: Vec<&str> = services.iter().map(ServiceName::as_str).collect();
    names.join(",")
}

fn real(at: RealTime) -> String {
    let nanos = i128::from(at.unix_nanos());
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = u64::try_from(nanos.abs()).expect("it is near");
    format!("{sign}{:?}", Duration::from_nanos(nanos))
}

fn time(time: Duration) -> String {
    format!("{time:?}")
}

/// Both texts from the first line that differs.
pub(crate) fn difference(expected: &str, actual: &str) -> String {
    let same = expected.lines().zip(actual.lines());
    let same = same.take_while(|(one, other)| one == other).count();
    let rest = |text: &str| text.lines().skip(same).collect::<Vec<_>>().join("\n");
    format!(
        "after line {same}\n--- expected\n{}\n--- actual\n{}",
        rest(expected),
        rest(actual)
    )
}
