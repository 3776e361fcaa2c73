//! From evidence to a verdict. Pure: no clock, no file.

use std::collections::BTreeSet;
use std::time::Duration;

use outlast_journal::events::stored::StoredEvent;

use super::SelfTest;
use super::evidence::{Evidence, is_own_end};
use super::verdict::{Outcome, Reason, Verdict};
use crate::doctor::prospect::Fate;
use crate::unit;

/// A clock that is off by less has not slept.
const A_SLEEP: Duration = Duration::from_secs(1);

/// What is known about whether the person did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Occurrence {
    /// It is on record, or the clocks show it.
    Seen,
    /// Nothing shows it, and nothing would have had to.
    OnTheirWord,
    /// It would have been seen.
    Not,
}

/// What `evidence` says about whether `promise` was kept when a person did `test`.
pub(super) fn judge(test: SelfTest, promise: Fate, evidence: &Evidence) -> Verdict {
    let mut reasons = Vec::new();
    let told = told(test, evidence);
    reasons.push(of_telling(test, &told));
    let occurrence = occurrence(test, &told, evidence);
    reasons.extend(of_sleep(test, evidence, occurrence));

    let kept_running = kept_running(evidence);
    reasons.push(of_guardian(evidence, kept_running));
    let false_restarts = false_restarts(evidence);
    reasons.push(of_services(&false_restarts));
    let gave_up = gave_up(evidence);
    reasons.extend(gave_up.clone());
    reasons.extend(of_restless(evidence));
    reasons.extend(of_freezes(evidence));

    let interference = interference(evidence);
    reasons.extend(interference.clone());
    if evidence.is_incomplete {
        reasons.push(Reason::new(
            "records-missing",
            "records of that time are missing",
        ));
    }

    let is_whole = kept_running && false_restarts.is_empty() && gave_up.is_none();
    let slept = evidence.slept.is_some_and(|slept| slept >= A_SLEEP);
    let is_kept = match promise {
        Fate::Ends => !kept_running,
        // It was said that this machine does not sleep.
        Fate::GoesOn if test == SelfTest::Sleep => is_whole && !slept,
        _ => is_whole,
    };
    let is_certain = !evidence.is_incomplete && interference.is_none();
    let outcome = match (promise, occurrence) {
        (Fate::Unknown, _) | (_, Occurrence::Not) => Outcome::Inconclusive,
        // Nobody may have logged off at all.
        (Fate::Ends, Occurrence::OnTheirWord) if kept_running => Outcome::Inconclusive,
        _ if is_kept && !evidence.is_incomplete => Outcome::AsPromised,
        _ if is_certain => Outcome::NotAsPromised,
        _ => Outcome::Inconclusive,
    };
    if promise == Fate::Unknown {
        reasons.push(Reason::new(
            "nothing-promised",
            "what should happen was not known, so there is nothing to compare with",
        ));
    }
    Verdict {
        outcome,
        told: !told.is_empty(),
        kept_running,
        false_restarts: false_restarts.len(),
        reasons,
    }
}

/// What the operating system has told of it, in order.
fn told(test: SelfTest, evidence: &Evidence) -> Vec<&'static str> {
    let records = evidence.records.iter();
    records
        .filter_map(|record| match (test, &record.event) {
            (SelfTest::Lock, StoredEvent::Session { change, .. }) => match change.as_str() {
                "locked" => Some("locked"),
                "unlocked" => Some("unlocked"),
                _ => None,
            },
            (SelfTest::LogOff, StoredEvent::Session { change, .. }) => match change.as_str() {
                "logged-off" => Some("logged off"),
                "logged-on" => Some("logged on"),
                _ => None,
            },
            (SelfTest::Sleep, StoredEvent::Suspending { .. }) => Some("suspending"),
            (SelfTest::Sleep, StoredEvent::Resumed) => Some("resumed"),
            _ => None,
        })
        .collect()
}

fn of_telling(test: SelfTest, told: &[&str]) -> Reason {
    if told.is_empty() {
        let word_only = match test {
            SelfTest::Lock => "; that the screen was locked is your word",
            SelfTest::LogOff => "; that somebody logged off is your word",
            SelfTest::Sleep => "",
        };
        let text = format!("the operating system did not tell the guardian of it{word_only}");
        return Reason::new("not-told", text);
    }
    Reason::new(
        "told",
        format!(
            "the operating system told the guardian of it: {}",
            told.join(", ")
        ),
    )
}

fn occurrence(test: SelfTest, told: &[&str], evidence: &Evidence) -> Occurrence {
    let first = match test {
        SelfTest::Lock => "locked",
        SelfTest::LogOff => "logged off",
        SelfTest::Sleep => "suspending",
    };
    if test != SelfTest::Sleep {
        return if told.contains(&first) {
            Occurrence::Seen
        } else {
            Occurrence::OnTheirWord
        };
    }
    let is_recorded = evidence.records.iter().any(|record| {
        matches!(
            record.event,
            StoredEvent::Slept { .. } | StoredEvent::Frozen { .. }
        )
    });
    match evidence.slept {
        Some(slept) if slept >= A_SLEEP => Occurrence::Seen,
        _ if is_recorded || told.contains(&first) => Occurrence::Seen,
        Some(_) => Occurrence::Not,
        None => Occurrence::OnTheirWord,
    }
}

fn of_sleep(test: SelfTest, evidence: &Evidence, occurrence: Occurrence) -> Option<Reason> {
    match evidence.slept {
        Some(slept) if slept >= A_SLEEP => Some(Reason::new(
            "slept",
            format!(
                "the machine slept for {}, by its clocks",
                unit::duration(slept.as_secs_f64())
            ),
        )),
        _ if test == SelfTest::Sleep && occurrence == Occurrence::Not => Some(Reason::new(
            "not-slept",
            "the machine has not slept, by its clocks and by its records",
        )),
        _ => None,
    }
}

fn kept_running(evidence: &Evidence) -> bool {
    let began_anew = |event: &StoredEvent| matches!(event, StoredEvent::GuardianStarted { .. });
    evidence.guardian_after == Some(evidence.guardian_before)
        && !evidence
            .records
            .iter()
            .any(|record| began_anew(&record.event))
}

fn of_guardian(evidence: &Evidence, kept_running: bool) -> Reason {
    if kept_running {
        return Reason::new("guardian-kept-running", "the guardian kept running");
    }
    let was_asked = evidence
        .records
        .iter()
        .any(|record| matches!(record.event, StoredEvent::ShuttingDown));
    let how = if was_asked {
        "the guardian was asked to end, and did"
    } else {
        "the guardian was ended without being asked"
    };
    let now = match evidence.guardian_after {
        Some(_) => "it was started again",
        None => "it does not run now",
    };
    Reason::new("guardian-ended", format!("{how}; {now}"))
}

/// The services, once for each time they ended on their own, that had been
/// steady.
fn false_restarts(evidence: &Evidence) -> Vec<&str> {
    let records = evidence.records.iter();
    let ended = records.filter(|record| is_own_end(&record.event));
    ended
        .filter_map(|record| record.service.as_deref())
        .filter(|service| evidence.services.iter().any(|one| one == service))
        .filter(|service| !evidence.restless.contains(*service))
        .collect()
}

fn of_services(false_restarts: &[&str]) -> Reason {
    let names: BTreeSet<&str> = false_restarts.iter().copied().collect();
    let whose = if names.is_empty() {
        String::new()
    } else {
        let names: Vec<&str> = names.into_iter().collect();
        format!(" ({})", names.join(", "))
    };
    Reason::new(
        "false-restarts",
        format!("false restarts: {}{whose}", false_restarts.len()),
    )
}

fn gave_up(evidence: &Evidence) -> Option<Reason> {
    let mut records = evidence.records.iter();
    let gave_up = records.find(|record| {
        let is_end = matches!(
            record.event,
            StoredEvent::GaveUp { .. } | StoredEvent::StartFailed { .. }
        );
        let service = record.service.as_ref();
        is_end && service.is_some_and(|service| !evidence.restless.contains(service))
    })?;
    let service = gave_up.service.as_deref().unwrap_or_default();
    Some(Reason::new(
        "not-started-again",
        format!("{service} could not be started again"),
    ))
}

fn of_restless(evidence: &Evidence) -> Option<Reason> {
    if evidence.restless.is_empty() {
        return None;
    }
    let names: Vec<&str> = evidence.restless.iter().map(String::as_str).collect();
    Some(Reason::new(
        "restless",
        format!(
            "not counted, as it had ended on its own before the self-test, too: {}",
            names.join(", ")
        ),
    ))
}

fn of_freezes(evidence: &Evidence) -> Vec<Reason> {
    let records = evidence.records.iter();
    records
        .filter_map(|record| match record.event {
            StoredEvent::Frozen {
                at_least_seconds, ..
            } => Some(Reason::new(
                "frozen",
                format!(
                    "the guardian was kept from running for at least {}; no limit counted that",
                    unit::duration(at_least_seconds)
                ),
            )),
            _ => None,
        })
        .collect()
}

/// What somebody else did meanwhile that may be the cause of what is seen.
fn interference(evidence: &Evidence) -> Option<Reason> {
    // A guardian that begins asks for the start of its services itself.
    let mut has_just_begun = false;
    evidence.records.iter().find_map(|record| {
        let what = match &record.event {
            StoredEvent::GuardianStarted { .. } => {
                has_just_begun = true;
                return None;
            }
            StoredEvent::Requested { verb, .. } if verb == "start" && has_just_begun => {
                has_just_begun = false;
                return None;
            }
            StoredEvent::Requested { verb, .. } => format!("somebody asked for {verb}"),
            StoredEvent::Reloaded { .. } => "the guardian's file was reloaded".to_owned(),
            StoredEvent::MachineShuttingDown => "the machine was shut down".to_owned(),
            _ => return None,
        };
        Some(Reason::new(
            "interfered",
            format!("{what} meanwhile, which may be the cause"),
        ))
    })
}
