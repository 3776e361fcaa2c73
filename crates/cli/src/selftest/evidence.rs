//! What is known of the time between the halves of a self-test.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use outlast_api::v1::{Answer, Request, Target};
use outlast_journal::events::stored::StoredEvent;
use outlast_journal::events::{EventReader, EventStart, StoredRecord};

use super::Watched;
use super::note::Note;
use crate::connection;
use crate::failure::Failure;
use outlast_os::account::Account;

/// How long before the beginning a service must not have ended on its own, or it
/// was not steady in the first place.
const STEADY: Duration = Duration::from_mins(10);

/// What a verdict is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Evidence {
    /// The guardian's process at the beginning.
    pub(super) guardian_before: u32,
    /// The same at the end; `None`: it does not run.
    pub(super) guardian_after: Option<u32>,
    /// The services that ran at the beginning.
    pub(super) services: Vec<String>,
    /// Those that had ended on their own shortly before.
    pub(super) restless: BTreeSet<String>,
    /// What was recorded in between, with nothing left out.
    pub(super) records: Vec<StoredRecord>,
    /// Whether there are fewer records than there were.
    pub(super) is_incomplete: bool,
    /// How long the machine slept in between, by its clocks; `None`: not known.
    pub(super) slept: Option<Duration>,
}

impl Evidence {
    /// What there is since `note` was left.
    pub(super) fn collect(watched: &Watched, note: &Note) -> Result<Self, Failure> {
        // First, as a question wakes the guardian, which then sees what the clocks
        // have left out.
        let guardian_after = guardian_of(&watched.state_dir)?;
        let slept = note.slept();
        let (before, records): (Vec<_>, Vec<_>) = all(&watched.state_dir)?
            .into_iter()
            .partition(|record| record.seq <= note.last_seq);
        let first = note.last_seq + 1;
        let numbers = first..;
        let is_incomplete = records
            .iter()
            .zip(numbers)
            .any(|(record, number)| record.seq != number || is_gap(&record.event));
        Ok(Self {
            guardian_before: note.guardian_pid,
            guardian_after,
            services: note.services.clone(),
            restless: restless(&before, note),
            records,
            is_incomplete,
            slept,
        })
    }
}

/// The process of the guardian, if it runs.
fn guardian_of(state_dir: &Path) -> Result<Option<u32>, Failure> {
    let request = Request::Status {
        target: Target::All,
    };
    Ok(match connection::try_call(state_dir, &request)? {
        Some(Answer::Status(status)) => Some(status.pid),
        _ => None,
    })
}

/// The number of the newest record; 0 when there is none.
pub(super) fn last_seq(state_dir: &Path) -> Result<u64, Failure> {
    let mut reader = EventReader::open(state_dir, EventStart::Last(1)).map_err(unreadable)?;
    let last = reader.next().map_err(unreadable)?;
    Ok(last.map_or(0, |event| event.record.seq))
}

fn all(state_dir: &Path) -> Result<Vec<StoredRecord>, Failure> {
    let mut reader = EventReader::open(state_dir, EventStart::Beginning).map_err(unreadable)?;
    let mut records = Vec::new();
    while let Some(event) = reader.next().map_err(unreadable)? {
        records.push(event.record);
    }
    Ok(records)
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it stands where a function that takes the error is wanted"
)]
fn unreadable(error: outlast_journal::Error) -> Failure {
    Failure::of("read the events", &error).hint(Account::how_to_be_privileged())
}

const fn is_gap(event: &StoredEvent) -> bool {
    matches!(event, StoredEvent::RecordsLost { .. })
}

fn restless(before: &[StoredRecord], note: &Note) -> BTreeSet<String> {
    let since = note.begun.0.unix_nanos() - i64::try_from(STEADY.as_nanos()).unwrap_or(i64::MAX);
    before
        .iter()
        .filter(|record| record.time.0.unix_nanos() >= since && is_own_end(&record.event))
        .filter_map(|record| record.service.clone())
        .collect()
}

/// Whether it is the end of an instance that nobody had asked for.
pub(super) const fn is_own_end(event: &StoredEvent) -> bool {
    matches!(event, StoredEvent::Death(death) if !death.asked)
}
