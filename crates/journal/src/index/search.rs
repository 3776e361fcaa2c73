//! Finding places in an index without reading it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use outlast_model::RealTime;

use super::format::{ENTRY_BYTES, ENTRY_SIZE, Entry, HEADER, HEADER_BYTES, HEADER_SIZE};

/// An index file of which single entries are looked at.
#[derive(Debug)]
pub(crate) struct IndexSearch {
    file: File,
    entries: u64,
}

impl IndexSearch {
    /// The index at `path`; `None` if there is none of this version.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let mut header = [0; HEADER_SIZE];
        file.read_exact(&mut header).ok()?;
        let bytes = file.metadata().ok()?.len();
        (header == HEADER).then(|| Self {
            file,
            entries: bytes.saturating_sub(HEADER_BYTES) / ENTRY_BYTES,
        })
    }

    /// The first entry.
    pub(crate) fn first(&mut self) -> Option<Entry> {
        self.entry(0)
    }

    /// The first entry at or after `time`. Where the clock was set back, one of
    /// several such places.
    pub(crate) fn first_since(&mut self, time: RealTime) -> Option<Entry> {
        let at = self.partition_point(|entry| entry.at < time);
        self.entry(at)
    }

    /// How many entries at the beginning fulfil `predicate`, by bisection. An
    /// entry that cannot be read counts as one that does not.
    pub(crate) fn partition_point(&mut self, predicate: impl Fn(Entry) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.entries);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.entry(middle).is_some_and(&predicate) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    pub(crate) fn into_file(self) -> File {
        self.file
    }

    fn entry(&mut self, position: u64) -> Option<Entry> {
        if position >= self.entries {
            return None;
        }
        let mut bytes = [0; ENTRY_SIZE];
        self.file
            .seek(SeekFrom::Start(HEADER_BYTES + position * ENTRY_BYTES))
            .ok()?;
        self.file.read_exact(&mut bytes).ok()?;
        Some(Entry::decode(bytes))
    }
}
