//! The bytes of an index.

use std::time::Duration;

use outlast_model::{InstanceId, RealTime};

/// How precisely arrival times are kept. A thousand entries a second are 24 KB
/// a second of index at the most, under 0.1 % of a stream that fast.
pub const RESOLUTION: Duration = Duration::from_millis(1);

/// The size of the header.
pub const HEADER_BYTES: u64 = 16;

/// The size of an entry.
pub const ENTRY_BYTES: u64 = 24;

pub(super) const HEADER_SIZE: usize = HEADER_BYTES as usize;
pub(super) const ENTRY_SIZE: usize = ENTRY_BYTES as usize;

/// Magic, version 1, 24 bytes an entry. Another version is another header, and
/// a reader that does not know it has no times to tell.
pub(super) const HEADER: [u8; HEADER_SIZE] = *b"outlast\0\x01\0\0\0\x18\0\0\0";

/// From `offset` on, bytes arrived at `at`, from `instance`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) offset: u64,
    pub(crate) at: RealTime,
    pub(crate) instance: InstanceId,
}

impl Entry {
    pub(super) fn encode(self) -> [u8; ENTRY_SIZE] {
        let mut bytes = [0; ENTRY_SIZE];
        bytes[..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.at.unix_nanos().to_le_bytes());
        bytes[16..].copy_from_slice(&self.instance.0.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: [u8; ENTRY_SIZE]) -> Self {
        let word = |from: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[from..from + 8]);
            word
        };
        Self {
            offset: u64::from_le_bytes(word(0)),
            at: RealTime::from_unix_nanos(i64::from_le_bytes(word(8))),
            instance: InstanceId(u64::from_le_bytes(word(16))),
        }
    }

    /// Whether this entry tells nothing that `last` does not tell already.
    pub(super) fn is_told_by(self, last: Self) -> bool {
        let later = self.at.unix_nanos().saturating_sub(last.at.unix_nanos());
        let resolution = RESOLUTION.as_nanos() as i64;
        self.instance == last.instance && (0..resolution).contains(&later)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: i64, instance: u64) -> Entry {
        Entry {
            offset: 7,
            at: RealTime::from_unix_nanos(at),
            instance: InstanceId(instance),
        }
    }

    #[test]
    fn an_entry_survives_the_disk() {
        for entry in [entry(-1, u64::MAX), entry(i64::MAX, 0)] {
            assert_eq!(Entry::decode(entry.encode()), entry);
        }
    }

    #[test]
    fn only_a_near_later_entry_of_the_same_instance_is_redundant() {
        assert!(entry(999_999, 1).is_told_by(entry(0, 1)));
        assert!(!entry(1_000_000, 1).is_told_by(entry(0, 1)));
        assert!(!entry(5, 2).is_told_by(entry(0, 1)));
        assert!(
            !entry(-5, 1).is_told_by(entry(0, 1)),
            "the clock was set back"
        );
        assert!(!entry(i64::MAX, 1).is_told_by(entry(i64::MIN, 1)));
    }
}
