//! Writing an index.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use super::format::{ENTRY_BYTES, ENTRY_SIZE, Entry, HEADER, HEADER_BYTES, HEADER_SIZE};

/// The index of the segment that is being written.
#[derive(Debug)]
pub(crate) struct IndexWriter {
    file: File,
    bytes: u64,
    last: Entry,
}

impl IndexWriter {
    /// Makes the file with its header and first entry in one write, so that no
    /// reader ever sees a header alone.
    pub(crate) fn create(path: &Path, first: Entry) -> io::Result<Self> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let mut start = [0; HEADER_SIZE + ENTRY_SIZE];
        start[..HEADER_SIZE].copy_from_slice(&HEADER);
        start[HEADER_SIZE..].copy_from_slice(&first.encode());
        file.write_all(&start)?;
        Ok(Self {
            file,
            bytes: HEADER_BYTES + ENTRY_BYTES,
            last: first,
        })
    }

    /// How large the file is.
    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes `entry`, unless the last one tells the same.
    pub(crate) fn note(&mut self, entry: Entry) -> io::Result<()> {
        if entry.is_told_by(self.last) {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(&entry.encode()) {
            // Half an entry would shift every later one.
            self.file.set_len(self.bytes)?;
            self.file.seek(SeekFrom::Start(self.bytes))?;
            return Err(error);
        }
        self.bytes += ENTRY_BYTES;
        self.last = entry;
        Ok(())
    }
}
