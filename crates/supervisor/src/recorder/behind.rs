//! What is told of a service while the record of a death is on its way.
//!
//! That record takes a detour by way of the capture, which looks for the last
//! output. Whoever reads the journal would otherwise find first that the service
//! backs off, and then what it died of.

use std::collections::HashMap;

use outlast_model::record::Entry;
use outlast_model::{Record, ServiceName};
use tokio::sync::mpsc::UnboundedSender;

use crate::diagnosis::Incident;

/// So many are held for a service. A death that has not come by then has been lost
/// on its way, by a fault; what came after it shall not be.
const MOST: usize = 64;

#[derive(Default)]
pub(super) struct Behind(HashMap<ServiceName, Held>);

/// What waits for the death of a service to be written.
#[derive(Default)]
pub(super) struct Held {
    deaths: u32,
    pub(super) records: Vec<Record>,
    /// Whoever diagnoses reads the record of the death.
    pub(super) incidents: Vec<Wanted>,
}

/// An incident that is to be diagnosed, and by whom.
pub(super) struct Wanted {
    pub(super) incident: Incident,
    pub(super) whom: UnboundedSender<Incident>,
}

impl Wanted {
    pub(super) fn tell(self) {
        // Nobody listens any more when the guardian ends.
        let _ = self.whom.send(self.incident);
    }
}

/// Which service it is about.
pub(super) const fn service_of(record: &Record) -> Option<&ServiceName> {
    match &record.entry {
        Entry::Service { service, .. } => Some(service),
        Entry::Guardian(_) => None,
    }
}

impl Behind {
    /// A death of `service` is on its way.
    pub(super) fn expect(&mut self, service: ServiceName) {
        self.0.entry(service).or_default().deaths += 1;
    }

    /// Takes `record`; gives back what can be written now.
    pub(super) fn hold(&mut self, record: Record) -> Vec<Record> {
        let held = service_of(&record).and_then(|service| self.0.get_mut(service));
        let Some(held) = held else {
            return vec![record];
        };
        held.records.push(record);
        if held.records.len() < MOST {
            return Vec::new();
        }
        std::mem::take(&mut held.records)
    }

    /// Takes `wanted`; gives it back if its death has been written.
    pub(super) fn hold_incident(&mut self, wanted: Wanted) -> Option<Wanted> {
        let Some(held) = self.0.get_mut(&wanted.incident.service) else {
            return Some(wanted);
        };
        held.incidents.push(wanted);
        None
    }

    /// A death of `service` has been written; what has waited for it.
    pub(super) fn let_go(&mut self, service: &ServiceName) -> Held {
        let Some(held) = self.0.get_mut(service) else {
            return Held::default();
        };
        held.deaths = held.deaths.saturating_sub(1);
        if held.deaths > 0 {
            return Held::default();
        }
        self.0.remove(service).unwrap_or_default()
    }

    /// Nothing more comes.
    pub(super) fn let_all_go(&mut self) -> Vec<Record> {
        let all = std::mem::take(&mut self.0).into_values();
        all.flat_map(|held| held.records).collect()
    }
}

#[cfg(test)]
mod tests {
    use outlast_model::RealTime;
    use outlast_model::record::{GuardianEntry, ServiceEntry};

    use super::*;

    fn name(name: &str) -> ServiceName {
        ServiceName::new(name).expect("valid")
    }

    fn stopped(service: &str) -> Record {
        Record {
            at: RealTime::default(),
            entry: Entry::Service {
                service: name(service),
                entry: ServiceEntry::Stopped,
            },
        }
    }

    #[test]
    fn only_what_is_told_of_a_service_waits_for_its_death() {
        let mut behind = Behind::default();
        behind.expect(name("a"));
        assert_eq!(behind.hold(stopped("b")), [stopped("b")]);
        let ended = Record {
            at: RealTime::default(),
            entry: Entry::Guardian(GuardianEntry::TerminalClosed),
        };
        assert_eq!(behind.hold(ended.clone()), [ended]);
        assert_eq!(behind.hold(stopped("a")), []);
        assert_eq!(behind.let_go(&name("a")).records, [stopped("a")]);
        assert_eq!(behind.hold(stopped("a")), [stopped("a")]);
    }

    #[test]
    fn two_deaths_are_waited_for_and_a_lost_one_is_not_for_ever() {
        let mut behind = Behind::default();
        behind.expect(name("a"));
        behind.expect(name("a"));
        assert_eq!(behind.hold(stopped("a")), []);
        assert_eq!(behind.let_go(&name("a")).records, []);
        assert_eq!(behind.let_go(&name("a")).records.len(), 1);
        behind.expect(name("a"));
        let written: usize = (0..MOST).map(|_| behind.hold(stopped("a")).len()).sum();
        assert_eq!(written, MOST);
        assert_eq!(behind.hold(stopped("a")), []);
        assert_eq!(behind.let_all_go().len(), 1);
    }
}
