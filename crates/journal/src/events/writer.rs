//! Appending events.

use std::path::Path;

use outlast_model::{InstanceId, Record};

use super::bounds::EventBounds;
use super::journal_files::{JournalFiles, JournalPlace};
use crate::error::Result;
use crate::layout;

/// Appends to the events journal of one state directory; there must be one
/// writer at a time (the guardian holds the directory's lock).
///
/// Each record is one `write`, so a crash tears at most the last line. Nothing
/// is synced: a record survives the death of the guardian, but the last seconds
/// may not survive a power failure. After any error it is as usable as before.
#[derive(Debug)]
pub struct EventWriter {
    place: JournalPlace,
    files: JournalFiles,
}

impl EventWriter {
    /// Opens the journal below `state_dir`. It only reads (the newest file, of at
    /// most a MiB), so it works on a disk that is full or read-only; files are
    /// made when the first record is appended.
    ///
    /// # Errors
    /// What is there cannot be read.
    pub fn open(state_dir: &Path) -> Result<Self> {
        Self::with_bounds(state_dir, EventBounds::DEFAULT)
    }

    /// As [`Self::open`], with other bounds.
    ///
    /// # Errors
    /// What is there cannot be read.
    pub fn with_bounds(state_dir: &Path, bounds: EventBounds) -> Result<Self> {
        let dir = layout::events_dir(state_dir).into_boxed_path();
        let files = JournalFiles::recover(&dir)?;
        let place = JournalPlace { dir, bounds };
        Ok(Self { place, files })
    }

    /// The number for the next instance: above all that are on record.
    pub const fn next_instance(&self) -> InstanceId {
        InstanceId(self.files.highest().instance + 1)
    }

    /// Appends `record` and returns its number.
    ///
    /// # Errors
    /// The disk does not take it, old files cannot be deleted, or the record is
    /// longer than [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES). Nothing of it
    /// counts as written: if a part is on the disk, it is a torn line that
    /// readers skip.
    pub fn append(&mut self, record: &Record) -> Result<u64> {
        self.files.append(&self.place, record)
    }
}
