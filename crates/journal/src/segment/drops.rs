//! Counting the output that could not be kept.

use outlast_model::RealTime;
use outlast_model::record::ServiceEntry;

/// How many bytes of a service's output are being lost, and since when. The
/// decision to drop is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Drops {
    dropping: Option<Dropping>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dropping {
    since: RealTime,
    bytes: u64,
}

impl Drops {
    /// Counts `bytes` that were dropped at `now`. The first ones give a record
    /// of why this began.
    #[must_use = "the record has to be written"]
    pub fn dropped(&mut self, bytes: u64, now: RealTime, reason: &str) -> Option<ServiceEntry> {
        let begins = self.dropping.is_none();
        let dropping = self.dropping.get_or_insert(Dropping {
            since: now,
            bytes: 0,
        });
        dropping.bytes = dropping.bytes.saturating_add(bytes);
        begins.then(|| ServiceEntry::OutputDropping {
            reason: reason.to_owned(),
        })
    }

    /// Says that output is kept again; gives the record of what is missing, if
    /// anything is.
    #[must_use = "the record has to be written"]
    pub fn kept(&mut self) -> Option<ServiceEntry> {
        let dropping = self.dropping.take()?;
        Some(ServiceEntry::OutputDropped {
            bytes: dropping.bytes,
        })
    }

    /// Since when output is being dropped.
    pub fn since(&self) -> Option<RealTime> {
        self.dropping.map(|dropping| dropping.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_period_of_dropping_has_one_beginning_and_one_end() {
        let at = RealTime::from_unix_nanos;
        let mut drops = Drops::default();
        assert_eq!(drops.kept(), None);
        assert!(drops.dropped(5, at(1), "disk full").is_some());
        assert!(drops.dropped(7, at(2), "disk full").is_none());
        assert_eq!(drops.since(), Some(at(1)));
        assert_eq!(
            drops.kept(),
            Some(ServiceEntry::OutputDropped { bytes: 12 })
        );
        assert_eq!(drops.kept(), None);
        assert!(drops.dropped(1, at(3), "again").is_some());
    }
}
