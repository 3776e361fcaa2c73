//! What there is to ask about, newest first.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use outlast_journal::events::EventsBackwards;
use outlast_journal::events::stored::{StoredEvent, StoredRecord, StoredVerdict};
use outlast_model::RealTime;

use crate::failure::Failure;

/// An end, a start that failed, or a stall.
#[derive(Clone, Debug)]
pub(crate) struct Incident {
    /// Which service; `None`: the guardian itself.
    pub(crate) service: Option<String>,
    /// Which instance of it.
    pub(crate) instance: Option<u64>,
    /// When it ended, or was found to hang.
    pub(crate) at: RealTime,
    /// What the guardian had found out at once.
    pub(crate) verdict: Option<StoredVerdict>,
}

/// Finds incidents in the journal of a guardian.
pub(crate) struct Finder {
    journal: EventsBackwards,
    state_dir: PathBuf,
    verdicts: HashMap<(String, u64), StoredVerdict>,
    told: HashSet<(String, u64)>,
    /// A guardian began, and what came before that has not been looked at.
    began: bool,
    which: Which,
}

/// Which ends there is to ask about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Those that nobody wanted.
    Incidents,
    /// All: somebody else has decided.
    All,
}

/// The events by which incidents are found; the others are not parsed.
const TELLING: [&[u8]; 9] = [
    b"verdict",
    b"death",
    b"start-failed",
    b"hangs",
    b"not-alive",
    b"not-ready",
    b"watchdog-missed",
    b"guardian-started",
    b"guardian-stopped",
];

impl Finder {
    pub(crate) fn open(state_dir: &Path) -> Result<Self, Failure> {
        Self::of(state_dir, Which::Incidents)
    }

    /// Also of ends that were asked for.
    pub(crate) fn of_all_ends(state_dir: &Path) -> Result<Self, Failure> {
        Self::of(state_dir, Which::All)
    }

    fn of(state_dir: &Path, which: Which) -> Result<Self, Failure> {
        let journal = EventsBackwards::open(state_dir);
        Ok(Self {
            journal: journal.map_err(|error| Failure::of("read the events", &error))?,
            state_dir: state_dir.to_owned(),
            verdicts: HashMap::new(),
            told: HashSet::new(),
            began: false,
            which,
        })
    }

    pub(crate) fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// The incident before the last that was found.
    pub(crate) fn next(&mut self) -> Result<Option<Incident>, Failure> {
        loop {
            let any = self.began;
            let record = self.journal.next(|line| any || is_telling(line));
            let record = record.map_err(|error| Failure::of("read the events", &error))?;
            let Some(record) = record else {
                return Ok(None);
            };
            let vanished = self.vanished(&record);
            let own = self.own(record);
            if let Some(incident) = vanished.or(own) {
                return Ok(Some(incident));
            }
        }
    }

    /// A guardian that ends says so, and the next thing on record is the start of another.
    fn vanished(&mut self, record: &StoredRecord) -> Option<Incident> {
        let began = std::mem::replace(
            &mut self.began,
            matches!(record.event, StoredEvent::GuardianStarted { .. }),
        );
        let ended = matches!(record.event, StoredEvent::GuardianStopped);
        (began && !ended).then_some(Incident {
            service: None,
            instance: None,
            at: record.time.0,
            verdict: None,
        })
    }

    fn own(&mut self, record: StoredRecord) -> Option<Incident> {
        let service = record.service?;
        let (instance, is_incident) = match record.event {
            StoredEvent::Verdict(verdict) => {
                self.verdicts.insert((service, verdict.instance), *verdict);
                return None;
            }
            StoredEvent::Death(death) => {
                let key = (service.clone(), death.instance);
                let is_own = !death.asked && !death.success;
                let is_known = self.which == Which::All || self.verdicts.contains_key(&key);
                (death.instance, is_own || is_known)
            }
            StoredEvent::StartFailed { instance, .. }
            | StoredEvent::Hangs { instance, .. }
            | StoredEvent::NotAlive { instance, .. }
            | StoredEvent::NotReady { instance, .. }
            | StoredEvent::WatchdogMissed { instance, .. } => (instance, true),
            _ => return None,
        };
        let key = (service, instance);
        // What came of a stall is told by the death after it.
        if !self.told.insert(key.clone()) || !is_incident {
            return None;
        }
        Some(Incident {
            verdict: self.verdicts.remove(&key),
            service: Some(key.0),
            instance: Some(instance),
            at: record.time.0,
        })
    }
}

/// The name of the event stands near the beginning of its line.
fn is_telling(line: &[u8]) -> bool {
    const KEY: &[u8] = b"\"event\":\"";
    const FAR: usize = 512;
    let near = &line[..line.len().min(FAR)];
    let Some(at) = near.windows(KEY.len()).position(|part| part == KEY) else {
        return true;
    };
    let rest = &near[at + KEY.len()..];
    let name = rest.split(|&byte| byte == b'"').next().unwrap_or_default();
    TELLING.contains(&name)
}
