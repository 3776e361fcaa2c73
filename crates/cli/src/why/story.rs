//! What the journal has around an incident, as signs.

use std::path::Path;
use std::time::Duration;

use outlast_diagnose::{Platform, Sign, ending};
use outlast_journal::events::stored::{
    StoredDeath, StoredEvent, StoredFailure, StoredProcess, StoredReached, StoredReason,
    StoredRecord,
};
use outlast_journal::events::{EventReader, EventStart};
use outlast_model::{Exit, RealTime};
use outlast_os::host;

use super::Incident;
use crate::describe;
use crate::unit;

/// So long before an incident, what happened may have to do with it.
const BEFORE: Duration = Duration::from_secs(10 * 60);

/// And so long after it: the end of others that needed it, what was done about it.
const AFTER: Duration = Duration::from_secs(5);

/// Of more records than these, the last ones count.
const MOST: usize = 2000;

/// So many points of the curve of its memory are shown.
const SHOWN_OF_CURVE: usize = 10;

/// What ended so close to each other has one reason.
const TOGETHER: Duration = Duration::from_secs(2);

/// What is on record around an incident.
pub(crate) struct Story {
    /// About its service, the guardian and the machine, oldest first; of others, their
    /// ends.
    pub(super) records: Vec<StoredRecord>,
}

impl Story {
    /// Reads what the journal below `state_dir` has around `incident`.
    pub(super) fn read(state_dir: &Path, incident: &Incident) -> Self {
        let since = earlier(incident.at, BEFORE);
        let until = incident.at.after(AFTER);
        let mut records = std::collections::VecDeque::new();
        if let Ok(mut reader) = EventReader::open(state_dir, EventStart::Since(since)) {
            while let Ok(Some(line)) = reader.next() {
                if line.record.time.0 > until {
                    break;
                }
                if concerns(&line.record, incident.service.as_deref()) {
                    records.push_back(line.record);
                }
                if records.len() > MOST {
                    records.pop_front();
                }
            }
        }
        Self {
            records: records.into(),
        }
    }

    /// What it tells of `incident`.
    pub(super) fn signs(&self, incident: &Incident, platform: Platform) -> Vec<Sign> {
        let mut signs = Vec::new();
        for record in &self.records {
            let at = record.time.0;
            let is_own = record.service == incident.service && incident.service.is_some();
            let found = if is_own && is_of(&record.event, incident.instance) {
                own(&record.event, platform)
            } else if at <= incident.at.after(TOGETHER) {
                around(record, incident)
            } else {
                Vec::new()
            };
            signs.extend(found.into_iter().map(|sign| sign.at(Some(at))));
        }
        signs.extend(self.others(incident));
        if incident.service.is_none() {
            signs.push(
                Sign::new(
                    "vanished",
                    "journal",
                    "the guardian ended without saying so",
                )
                .at(Some(incident.at)),
            );
        }
        signs
    }

    /// The process number that the instance had.
    pub(super) fn pid(&self, incident: &Incident) -> Option<u32> {
        self.records.iter().find_map(|record| match &record.event {
            StoredEvent::Started { instance, pid } if Some(*instance) == incident.instance => {
                Some(*pid)
            }
            StoredEvent::Death(death) if Some(death.instance) == incident.instance => {
                Some(death.pid)
            }
            _ => None,
        })
    }

    /// Its death, if it has come to that.
    pub(super) fn death(&self, incident: &Incident) -> Option<&StoredDeath> {
        self.records.iter().find_map(|record| match &record.event {
            StoredEvent::Death(death)
                if record.service == incident.service
                    && Some(death.instance) == incident.instance =>
            {
                Some(death)
            }
            _ => None,
        })
    }

    /// Other services that ended in the same moment, and who was first.
    fn others(&self, incident: &Incident) -> Option<Sign> {
        let near =
            |at: RealTime| at.since(incident.at) <= TOGETHER && incident.at.since(at) <= TOGETHER;
        let ends: Vec<&StoredRecord> = self
            .records
            .iter()
            .filter(|record| {
                matches!(&record.event, StoredEvent::Death(death) if !death.asked && !death.success)
                    && near(record.time.0)
            })
            .collect();
        let others = ends
            .iter()
            .filter(|record| record.service != incident.service)
            .count();
        let first = ends.first()?.service.clone()?;
        (others > 0).then(|| {
            let mut names: Vec<&str> = Vec::new();
            for name in ends.iter().filter_map(|end| end.service.as_deref()) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            let text = format!("ended together, in this order: {}", names.join(", "));
            Sign::new("others", "journal", text)
                .with("first", first)
                .with("count", others)
        })
    }
}

fn earlier(at: RealTime, by: Duration) -> RealTime {
    let by = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
    RealTime::from_unix_nanos(at.unix_nanos().saturating_sub(by))
}

fn concerns(record: &StoredRecord, service: Option<&str>) -> bool {
    record.service.is_none()
        || record.service.as_deref() == service
        || matches!(
            record.event,
            StoredEvent::Death(_) | StoredEvent::StartFailed { .. }
        )
}

/// Whether it is about this instance, or about none in particular.
fn is_of(event: &StoredEvent, instance: Option<u64>) -> bool {
    let of = match event {
        StoredEvent::Death(death) => Some(death.instance),
        StoredEvent::NotReady { instance, .. }
        | StoredEvent::NotAlive { instance, .. }
        | StoredEvent::WatchdogMissed { instance, .. }
        | StoredEvent::Hangs { instance, .. }
        | StoredEvent::Evidence { instance, .. }
        | StoredEvent::StartFailed { instance, .. }
        | StoredEvent::Stopping { instance, .. }
        | StoredEvent::Killed { instance }
        | StoredEvent::EndedAtLogOff { instance, .. } => Some(*instance),
        _ => None,
    };
    of.is_some() && of == instance
}

/// What is on record of the instance itself.
fn own(event: &StoredEvent, platform: Platform) -> Vec<Sign> {
    let told = describe::event(event).unwrap_or_default();
    let sign = |name| Sign::new(name, "journal", &told);
    match event {
        StoredEvent::Death(death) => death_signs(death, platform),
        StoredEvent::StartFailed { failure, .. } => vec![start_failed(failure, platform)],
        StoredEvent::NotReady {
            within_seconds,
            seen,
            ..
        } => vec![
            sign("stalled")
                .with("how", "not-ready")
                .with("for", unit::duration(*within_seconds))
                .with("seen", seen.as_deref().unwrap_or_default()),
        ],
        StoredEvent::NotAlive { seen, .. } => {
            vec![sign("stalled").with("how", "not-alive").with("seen", seen)]
        }
        StoredEvent::WatchdogMissed { every_seconds, .. } => vec![
            sign("stalled")
                .with("how", "watchdog")
                .with("for", every_seconds.map(unit::duration).unwrap_or_default()),
        ],
        StoredEvent::Hangs { hang, during, .. } => vec![
            sign("stalled")
                .with("how", hang)
                .with("for", unit::duration(during.seconds)),
        ],
        StoredEvent::Evidence { processes, .. } => processes.iter().flat_map(threads).collect(),
        StoredEvent::Stopping {
            reason: StoredReason::LeftBehind,
            ..
        } => vec![sign("left-behind")],
        StoredEvent::Stopping { reason, .. } => asked(*reason)
            .map(|by| sign("asked").with("by", by))
            .into_iter()
            .collect(),
        StoredEvent::Killed { .. } => vec![sign("killed-late")],
        StoredEvent::EndedAtLogOff { user, session, .. } => vec![
            sign("log-off")
                .with("user", user.as_deref().unwrap_or_default())
                .with("session", session),
        ],
        _ => Vec::new(),
    }
}

fn death_signs(death: &StoredDeath, platform: Platform) -> Vec<Sign> {
    let exit = match (death.exit.code, death.exit.signal) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(number)) => Exit::Signal {
            number,
            core_dumped: death.exit.core_dumped,
        },
        (None, None) => Exit::Unknown,
    };
    let name = death.exit.signal.and_then(host::signal_name);
    let mut signs = vec![ending::exit(exit, platform, name)];
    if death.success && death.exit.code != Some(0) {
        signs = signs
            .into_iter()
            .map(|exit| exit.with("success", "yes"))
            .collect();
    }
    signs.extend(ending::brief(Duration::from_secs_f64(
        death.ran_for_seconds.max(0.0),
    )));
    signs.extend(death.reached.iter().map(limit));
    signs.extend(memory(death));
    signs
}

/// How much memory it used, at most and in the last minutes.
fn memory(death: &StoredDeath) -> Option<Sign> {
    let peak = death.usage.and_then(|usage| usage.max_resident_bytes);
    let peak = peak.map(unit::size);
    let curve = &death.memory;
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        let peak = peak?;
        let text = format!("it had used up to {peak} of memory");
        return Some(Sign::new("memory", "getrusage", text).with("peak", peak));
    };
    let shown = curve.iter().step_by(curve.len().div_ceil(SHOWN_OF_CURVE));
    let shown: Vec<String> = shown.map(|used| unit::size(used.bytes)).collect();
    let span = unit::duration(first.before_seconds);
    let grew = last.bytes as f64 / first.bytes.max(1) as f64;
    let text = format!("its memory in the last {span}: {}", shown.join(", "));
    let curve = if grew >= 1.5 { "rising" } else { "flat" };
    Some(
        Sign::new("memory", "memory, every 5 s", text)
            .with("curve", curve)
            .with("used", unit::size(last.bytes))
            .with("peak", peak.unwrap_or_default()),
    )
}

fn limit(reached: &StoredReached) -> Sign {
    let is_bytes = reached.limit.starts_with("memory");
    let at_most = reached.at_most.map(|most| {
        if is_bytes {
            unit::size(most as u64)
        } else {
            most.to_string()
        }
    });
    let source = match reached.limit.as_str() {
        "memory" | "memory_high" | "machine_memory" => "memory.events",
        "pids" => "pids.events",
        "cpu" => "cpu.stat",
        _ => "limits",
    };
    Sign::new("limit", source, &reached.text)
        .with("name", &reached.limit)
        .with("at_most", at_most.unwrap_or_default())
        .with(
            "killed",
            reached
                .killed
                .map(|count| count.to_string())
                .unwrap_or_default(),
        )
        .with(
            "refused",
            reached
                .refused
                .map(|count| count.to_string())
                .unwrap_or_default(),
        )
}

fn start_failed(failure: &StoredFailure, platform: Platform) -> Sign {
    let error = failure.os_error.map(|number| (number, platform));
    ending::start_failed(&failure.step, (&failure.subject, &failure.message), error)
}

/// What its threads did before it was stopped; which part of all that was.
fn threads(process: &StoredProcess) -> Vec<Sign> {
    let all: u32 = process.threads.iter().map(|threads| threads.count).sum();
    let sign = |threads: &outlast_journal::events::stored::StoredThreads| {
        let place = threads.waits_in.as_deref().unwrap_or_default();
        let text = format!(
            "{} ({}): {} of {all} threads {}{}",
            process.name,
            process.pid,
            threads.count,
            threads.state,
            if place.is_empty() {
                String::new()
            } else {
                format!(", in {place}")
            }
        );
        Sign::new("threads", "/proc before the stop", text)
            .with("state", &threads.state)
            .with("waits_in", place)
            .with(
                "share",
                format!("{:.2}", f64::from(threads.count) / f64::from(all.max(1))),
            )
    };
    process.threads.iter().map(sign).collect()
}

/// Who wanted that, if somebody did: a stop because it does not work is no wish.
const fn asked(reason: StoredReason) -> Option<&'static str> {
    Some(match reason {
        StoredReason::Requested => "requested",
        StoredReason::Restart => "restart",
        StoredReason::Dependency => "dependency",
        StoredReason::Changed => "changed",
        StoredReason::FilesChanged => "files-changed",
        StoredReason::Shutdown => "shutdown",
        StoredReason::SessionOver => "session-over",
        StoredReason::Suspend => "suspend",
        StoredReason::Resume => "resume",
        StoredReason::Lock => "lock",
        StoredReason::Unlock => "unlock",
        StoredReason::LogOff => "log-off",
        StoredReason::TimeLimit => "time-limit",
        StoredReason::LeftBehind
        | StoredReason::NotReady
        | StoredReason::NotAlive
        | StoredReason::Watchdog
        | StoredReason::Silent
        | StoredReason::Stuck
        | StoredReason::Spin
        | StoredReason::Other => return None,
    })
}

/// What happened around it, to the machine, the guardian or its service.
fn around(record: &StoredRecord, incident: &Incident) -> Vec<Sign> {
    let told = describe::event(&record.event).unwrap_or_default();
    let sign = |name| Sign::new(name, "journal", &told);
    let ago = format!("{:.0}", incident.at.since(record.time.0).as_secs_f64());
    let is_own = record.service.is_none() || record.service == incident.service;
    if !is_own {
        return Vec::new();
    }
    match &record.event {
        StoredEvent::Slept { duration_seconds } => vec![
            sign("slept")
                .with("seconds", format!("{duration_seconds:.0}"))
                .with("ago", ago),
        ],
        StoredEvent::Frozen {
            at_least_seconds, ..
        } => vec![sign("frozen").with("seconds", format!("{at_least_seconds:.0}"))],
        StoredEvent::SessionEnds { why } => vec![sign("session-ends").with("why", why)],
        StoredEvent::TerminalClosed => vec![sign("session-ends").with("why", "terminal-closed")],
        StoredEvent::MachineShuttingDown => vec![sign("machine-stopping")],
        StoredEvent::ClockSet { by_seconds } => vec![sign("clock-set").with("by", by_seconds)],
        StoredEvent::Network { state } => vec![sign("network").with("state", state)],
        StoredEvent::FilesChanged { first, .. } | StoredEvent::ChangeWithheld { first, .. } => {
            vec![sign("changed").with("path", first).with("ago", ago)]
        }
        StoredEvent::Reloaded { changed, added, .. } => {
            let is_about = |name: &String| Some(name) == incident.service.as_ref();
            let concerns = changed.iter().chain(added).any(is_about);
            let sign = sign("changed")
                .with("path", "its definition")
                .with("ago", ago);
            concerns.then_some(sign).into_iter().collect()
        }
        StoredEvent::Requested { verb, .. } => {
            vec![sign("requested").with("verb", verb).with("ago", ago)]
        }
        StoredEvent::GaveUp { starts, .. } if record.time.0 <= incident.at => {
            vec![sign("gave-up").with("starts", starts)]
        }
        _ => Vec::new(),
    }
}
