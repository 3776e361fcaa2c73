//! What happened, in a sentence.

mod evidence;
mod watched;

use outlast_journal::StoredRecord;
use outlast_journal::events::stored::{
    StoredDeath, StoredEnd, StoredEvent, StoredReason, StoredRefused, StoredWork,
};
use outlast_model::RealTime;
use outlast_model::schedule::Runs;

use crate::moment::clock_time;
use crate::terminal::{BAD, FAINT, styled};
use crate::unit;

/// One line about `record`; `None` for what is of interest to programs only.
pub(crate) fn line(record: &StoredRecord, now: RealTime) -> Option<String> {
    let what = event(&record.event)?;
    let what = if is_bad(&record.event) {
        styled(BAD, &what)
    } else {
        what
    };
    let time = styled(FAINT, &clock_time(record.time.0, now));
    Some(match &record.service {
        Some(service) => format!("{time} {service}: {what}"),
        None => format!("{time} {what}"),
    })
}

/// The same without time and colour, for those who have their own.
pub(crate) fn sentence(record: &StoredRecord) -> Option<String> {
    let what = event(&record.event)?;
    Some(match &record.service {
        Some(service) => format!("{service}: {what}"),
        None => what,
    })
}

fn is_bad(event: &StoredEvent) -> bool {
    match event {
        StoredEvent::Death(death) => !death.success && !death.asked,
        StoredEvent::StartFailed { .. }
        | StoredEvent::NotReady { .. }
        | StoredEvent::NetworkMissing
        | StoredEvent::NotAlive { .. }
        | StoredEvent::WatchdogMissed { .. }
        | StoredEvent::Hangs { .. }
        | StoredEvent::ChangeWithheld { .. }
        | StoredEvent::ChangesGathered { .. }
        | StoredEvent::GaveUp { .. }
        | StoredEvent::RunsMissed { .. }
        | StoredEvent::RunSkipped
        | StoredEvent::RebootWithheld { .. }
        | StoredEvent::Unkillable { .. }
        | StoredEvent::OutputDropping { .. }
        | StoredEvent::NotInhibited { .. }
        | StoredEvent::NotLimited { .. }
        | StoredEvent::ReloadRefused { .. }
        | StoredEvent::RecordsLost { .. } => true,
        _ => false,
    }
}

pub(crate) fn event(event: &StoredEvent) -> Option<String> {
    Some(match event {
        StoredEvent::Waiting { on } => format!("waiting for {}", on.join(", ")),
        StoredEvent::WaitingForNetwork { at_most_seconds } => format!(
            "waiting for the network, for {} at most",
            unit::duration(*at_most_seconds)
        ),
        StoredEvent::NetworkMissing => {
            "the network has not come in time; it is started all the same".to_owned()
        }
        StoredEvent::Starting { instance } => format!("starting (instance {instance})"),
        StoredEvent::Started { instance, pid } => {
            format!("started (instance {instance}, pid {pid})")
        }
        StoredEvent::Ready {
            instance,
            after_seconds,
        } => format!(
            "ready after {} (instance {instance})",
            unit::duration(*after_seconds)
        ),
        StoredEvent::NotReady {
            within_seconds,
            seen,
            ..
        } => {
            let seen = seen.as_ref().map(|seen| format!("; at last: {seen}"));
            format!(
                "did not become ready within {}{}",
                unit::duration(*within_seconds),
                seen.unwrap_or_default()
            )
        }
        StoredEvent::ProbeFailing { seen, .. } => format!("does not answer well: {seen}"),
        StoredEvent::ProbeRecovered { failures, .. } => {
            format!("answers well again, after {failures} bad answers")
        }
        StoredEvent::NotAlive { failures, seen, .. } => {
            format!("is not alive: {failures} bad answers in a row, at last: {seen}")
        }
        StoredEvent::WatchdogMissed {
            every_seconds: Some(seconds),
            ..
        } => format!(
            "did not say for {} that it still works",
            unit::duration(*seconds)
        ),
        StoredEvent::WatchdogMissed {
            every_seconds: None,
            ..
        } => "said that it does not work any more".to_owned(),
        StoredEvent::Evidence {
            processes,
            sockets,
            partial,
            ..
        } => evidence::line(processes, sockets, *partial),
        StoredEvent::BreakerClosed { openings: 0, .. } => "is healthy again".to_owned(),
        StoredEvent::BreakerClosed { openings, .. } => {
            format!("is healthy again, after it was not {openings} times in a row")
        }
        StoredEvent::Hangs {
            hang,
            during,
            before,
            ..
        } => hangs(hang, during, before),
        StoredEvent::StartFailed { failure, .. } => {
            format!("could not be started: {}", failure.message)
        }
        StoredEvent::Death(death) => self::death(death),
        StoredEvent::Verdict(verdict) => format!(
            "why: {} (confidence {}, {})",
            verdict.sentence, verdict.confidence, verdict.cause
        ),
        StoredEvent::BackingOff {
            delay_seconds,
            spread_seconds,
            attempt,
        } => {
            let spread = spread_seconds.map_or_else(String::new, |seconds| {
                format!(" ({} of that after the sleep)", unit::duration(seconds))
            });
            format!(
                "backing off: {}{spread}, attempt {attempt}",
                unit::duration(*delay_seconds)
            )
        }
        StoredEvent::GaveUp {
            last,
            starts,
            window_seconds,
        } => {
            let within = window_seconds.map_or_else(
                || ", none of which was healthy".to_owned(),
                |seconds| format!(" in {}", unit::duration(seconds)),
            );
            format!(
                "gave up after {starts} starts{within}; at last it {}; `outlast start` tries again",
                end(last)
            )
        }
        StoredEvent::RunsMissed { runs, made_up } => missed(*runs, *made_up),
        StoredEvent::RunSkipped => {
            "a run was due and is left out: the one before is still under way".to_owned()
        }
        StoredEvent::RebootWithheld { after_seconds } => format!(
            "the machine is not restarted for it: the guardian has run for {} only",
            unit::duration(*after_seconds)
        ),
        StoredEvent::Stopping { instance, reason } => {
            format!("stopping ({}, instance {instance})", why(*reason))
        }
        StoredEvent::Reloading { instance, occasion } => {
            format!("told to read its configuration again (on {occasion}, instance {instance})")
        }
        StoredEvent::FilesChanged {
            first,
            more,
            then,
            starts,
        } => watched::changed((first, *more), then, starts.as_deref()),
        StoredEvent::ChangeWithheld {
            first,
            more,
            reason,
        } => watched::withheld((first, *more), reason),
        StoredEvent::FilesPolled {
            every_seconds,
            reason,
        } => watched::polled(*every_seconds, reason),
        StoredEvent::ChangesGathered {
            reports,
            pause_seconds,
        } => watched::gathered(*reports, *pause_seconds),
        StoredEvent::Killed { instance } => {
            format!("killed what did not end in time (instance {instance})")
        }
        StoredEvent::Unkillable { instance } => {
            format!(
                "processes of instance {instance} survived being killed; it is not started while they live"
            )
        }
        StoredEvent::Stopped => "stopped".to_owned(),
        StoredEvent::Finished { last } => {
            format!("finished: it {}; it is not restarted", end(last))
        }
        StoredEvent::Inhibited {
            by,
            prevents,
            refused,
            ..
        } => inhibited(by, prevents, refused),
        StoredEvent::NotInhibited { reason } => {
            format!("the machine is not kept from sleeping: {reason}")
        }
        StoredEvent::InhibitorReleased => "the machine may sleep again".to_owned(),
        StoredEvent::NotLimited { limit, reason } => {
            format!("started without `limits.{limit}`: {reason}")
        }
        StoredEvent::LeftoversKilled { processes } => {
            format!("killed {processes} processes that an earlier guardian had left")
        }
        StoredEvent::OutputDropping { reason } => format!("output is being lost: {reason}"),
        StoredEvent::OutputDropped { bytes } => {
            format!("output is kept again; {} were lost", unit::size(*bytes))
        }
        StoredEvent::OutputExpired { segments, bytes } => {
            format!(
                "deleted the oldest output: {} in {segments} segments",
                unit::size(*bytes)
            )
        }
        StoredEvent::GuardianStarted { name, version, pid } => {
            format!("guardian {name} started (outlast {version}, pid {pid})")
        }
        StoredEvent::Requested { verb, services } => {
            let services = services
                .as_ref()
                .map_or_else(|| "all services".to_owned(), |services| services.join(", "));
            format!("{verb} requested: {services}")
        }
        StoredEvent::Reloaded {
            added,
            changed,
            removed,
        } => reloaded(added, changed, removed),
        StoredEvent::ReloadRefused { reason } => {
            format!(
                "reload refused, nothing was changed: {}",
                reason.lines().next().unwrap_or("")
            )
        }
        StoredEvent::ShuttingDown => "shutting down".to_owned(),
        StoredEvent::GuardianStopped => "guardian stopped".to_owned(),
        StoredEvent::Slept { duration_seconds } => {
            format!(
                "the machine was asleep for {}",
                unit::duration(*duration_seconds)
            )
        }
        StoredEvent::Frozen {
            at_least_seconds,
            at_most_seconds,
        } => frozen(*at_least_seconds, *at_most_seconds),
        StoredEvent::ClockSet { by_seconds } => {
            let by = unit::duration(by_seconds.abs());
            let where_to = if *by_seconds < 0.0 { "back" } else { "forward" };
            format!("the wall clock was set {where_to} by {by}")
        }
        StoredEvent::Suspending { time_left_seconds } => suspending(*time_left_seconds),
        StoredEvent::Resumed => "the machine runs again".to_owned(),
        StoredEvent::MachineShuttingDown => "the machine shuts down".to_owned(),
        StoredEvent::MachineShutdownCancelled => "the machine does not shut down".to_owned(),
        StoredEvent::Power { source } => format!("the machine runs on {source}"),
        StoredEvent::Lid { position } => format!("the lid is {position}"),
        StoredEvent::Screen { light } => format!("the screen is {light}"),
        StoredEvent::Saver { saving: true } => "energy is saved".to_owned(),
        StoredEvent::Saver { saving: false } => "energy is no longer saved".to_owned(),
        StoredEvent::Session {
            session,
            change,
            user,
        } => {
            let whose = user.as_ref().map(|user| format!(" of {user}"));
            let change = change.replace('-', " ");
            format!("session {session}{}: {change}", whose.unwrap_or_default())
        }
        StoredEvent::EndedAtLogOff {
            instance,
            session,
            user,
        } => {
            let whose = user.as_deref().unwrap_or("somebody");
            format!(
                "instance {instance} ended when {whose} logged off (session {session}): Windows tells programs of \
                 every log-off, and this one seems to end then"
            )
        }
        StoredEvent::Network { state } => format!("the network is {state}"),
        StoredEvent::SessionEnds { why } => session_ends(why),
        StoredEvent::TerminalClosed => {
            format!(
                "the terminal was closed; the guardian goes on for as long as it may; {INSTALL}"
            )
        }
        StoredEvent::RecordsLost { count } => format!("{count} events could not be recorded"),
        StoredEvent::Continued { .. } => return None,
    })
}

fn inhibited(by: &str, prevents: &[String], refused: &[StoredRefused]) -> String {
    let refused = refused
        .iter()
        .map(|refused| format!("; not granted: {}, as {}", refused.what, refused.reason));
    let refused: String = refused.collect();
    format!(
        "the machine is kept from sleeping ({} by {by}){refused}",
        prevents.join(" and ")
    )
}

/// The bounds are told apart only where somebody would see the difference.
fn frozen(at_least: f64, at_most: f64) -> String {
    let (from, to) = (unit::duration(at_least), unit::duration(at_most));
    let how_long = if from == to {
        from
    } else {
        format!("{from} to {to}")
    };
    format!("the guardian was kept from running for {how_long}; that time counts for no limit")
}

/// What the guardian of a terminal has to be told once.
const INSTALL: &str = "`outlast install` makes it a service, which needs no session";

fn session_ends(why: &str) -> String {
    let what = match why {
        "console-closed" => "the console was closed, and the guardian ends with it",
        _ => "the user logs off, and the guardian ends with the session",
    };
    format!("{what}; {INSTALL}")
}

fn suspending(time_left: Option<f64>) -> String {
    match time_left {
        Some(seconds) => format!(
            "the machine is about to sleep; there are {} left",
            unit::duration(seconds)
        ),
        None => "the machine is about to sleep".to_owned(),
    }
}

fn death(death: &StoredDeath) -> String {
    let how = crate::connection::exit_text(death.exit.into());
    let asked = if death.asked { ", as asked" } else { "" };
    let last = match death.last_output.last() {
        Some(line) if !death.asked && !death.success => format!("; it last said: {}", line.text),
        _ => String::new(),
    };
    let after = unit::duration(death.ran_for_seconds);
    let reached = death.reached.iter();
    let limits: String = reached.map(|one| format!("; {}", one.text)).collect();
    format!(
        "death: {how} after {after}{asked} (instance {}, pid {}){limits}{last}",
        death.instance, death.pid
    )
}

fn end(last: &StoredEnd) -> String {
    match last {
        StoredEnd::Exit(exit) => format!(
            "ended with {}",
            crate::connection::exit_text((*exit).into())
        ),
        StoredEnd::StartFailure(failure) => format!("could not be started: {}", failure.message),
    }
}

fn hangs(hang: &str, during: &StoredWork, before: &StoredWork) -> String {
    let what = match hang {
        "silent" => "prints nothing any more",
        "stuck" => "does nothing any more",
        "spin" => "turns in circles",
        other => other,
    };
    format!(
        "{what}: in {} it {}; in the {} before: {}",
        unit::duration(during.seconds),
        work(during),
        unit::duration(before.seconds),
        work(before)
    )
}

fn work(work: &StoredWork) -> String {
    let mut parts = Vec::new();
    parts.extend(
        work.cpu_seconds
            .map(|seconds| format!("used {} of CPU", unit::duration(seconds))),
    );
    parts.extend(
        work.moved_bytes
            .map(|bytes| format!("read and wrote {}", unit::size(bytes))),
    );
    parts.extend(work.wakeups.map(|count| format!("woke up {count} times")));
    parts.extend(
        work.printed_bytes
            .map(|bytes| format!("printed {}", unit::size(bytes))),
    );
    parts.join(", ")
}

const fn why(reason: StoredReason) -> &'static str {
    match reason {
        StoredReason::Requested => "as requested",
        StoredReason::Restart => "for a restart",
        StoredReason::Dependency => "because of a dependency",
        StoredReason::Changed => "because its definition changed",
        StoredReason::FilesChanged => "because files have changed",
        StoredReason::Shutdown => "the guardian ends",
        StoredReason::LeftBehind => "what its main process left behind",
        StoredReason::Suspend => "before the machine sleeps",
        StoredReason::Resume => "after the machine has slept",
        StoredReason::Lock => "as the session is locked",
        StoredReason::Unlock => "as the session is unlocked",
        StoredReason::LogOff => "as the user logs off",
        StoredReason::TimeLimit => "as it has run for too long",
        StoredReason::SessionOver => "as its session is over or no longer the active one",
        StoredReason::NotReady => "as it did not become ready",
        StoredReason::NotAlive => "as it does not answer well",
        StoredReason::Watchdog => "as its watchdog has run out",
        StoredReason::Silent => "as it prints nothing",
        StoredReason::Stuck => "as it does nothing",
        StoredReason::Spin => "as it turns in circles",
        StoredReason::Other => "for another reason",
    }
}

/// What a reload changed.
pub(crate) fn reloaded(added: &[String], changed: &[String], removed: &[String]) -> String {
    let parts: Vec<String> = [("added", added), ("changed", changed), ("removed", removed)]
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what} {}", names.join(", ")))
        .collect();
    if parts.is_empty() {
        "reloaded: nothing differs".to_owned()
    } else {
        format!("reloaded: {}", parts.join("; "))
    }
}

/// Why is told by the events before: the machine slept, or the clock was set.
fn missed(runs: u32, made_up: bool) -> String {
    let count = match runs {
        1 => "a run".to_owned(),
        Runs::MOST => format!("{runs} runs or more"),
        _ => format!("{runs} runs"),
    };
    if made_up {
        format!("missed {count}; one makes up for that")
    } else {
        format!("missed {count}")
    }
}
