//! Signs of what happened around an incident, to the machine, the guardian or its service.

use outlast_diagnose::Sign;
use outlast_journal::events::stored::{StoredEvent, StoredRecord};

use crate::describe;
use crate::why::Incident;

/// What happened around it, to the machine, the guardian or its service.
pub(super) fn signs(record: &StoredRecord, incident: &Incident) -> Vec<Sign> {
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
