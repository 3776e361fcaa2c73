//! What the journal has around an incident, as signs.

mod around;
mod own;

use std::path::Path;
use std::time::Duration;

use outlast_diagnose::{Platform, Sign};
use outlast_journal::events::stored::{StoredDeath, StoredEvent, StoredRecord};
use outlast_journal::events::{EventReader, EventStart};
use outlast_model::RealTime;

use super::Incident;

/// So long before an incident, what happened may have to do with it.
const BEFORE: Duration = Duration::from_secs(10 * 60);

/// And so long after it: the end of others that needed it, what was done about it.
const AFTER: Duration = Duration::from_secs(5);

/// Of more records than these, the last ones count.
const MOST: usize = 2000;

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
                own::signs(&record.event, platform)
            } else if at <= incident.at.after(TOGETHER) {
                around::signs(record, incident)
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
