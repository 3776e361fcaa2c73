//! Signs of what is on record of an instance itself.

use std::time::Duration;

use outlast_diagnose::{Platform, Sign, ending};
use outlast_journal::events::stored::{
    StoredDeath, StoredEvent, StoredFailure, StoredProcess, StoredReached, StoredReason,
};
use outlast_model::Exit;
use outlast_os::host;

use crate::describe;
use crate::unit;

/// So many points of the curve of its memory are shown.
const SHOWN_OF_CURVE: usize = 10;

/// What is on record of the instance itself.
pub(super) fn signs(event: &StoredEvent, platform: Platform) -> Vec<Sign> {
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
