//! Reading an index alongside its segment.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::format::{ENTRY_BYTES, ENTRY_SIZE, Entry, HEADER_BYTES};
use super::search::IndexSearch;

/// How much of an index is read at once.
const BLOCK: usize = 170 * ENTRY_SIZE;

/// Walks through an index as its segment is read forwards.
///
/// It never fails: an index that is missing, damaged or unreadable tells
/// nothing, and the lines of its segment have no arrival times.
#[derive(Debug)]
pub(crate) struct IndexReader {
    file: Option<File>,
    /// What was read and not decoded yet; less than an entry may remain.
    block: Vec<u8>,
    decoded: usize,
    /// Covers the last offset asked for.
    current: Option<Entry>,
    next: Option<Entry>,
    /// The end was seen; nothing more is read until [`Self::refresh`].
    exhausted: bool,
}

impl IndexReader {
    /// The index at `path`, from the entry that covers `offset` on.
    pub(crate) fn open(path: &Path, offset: u64) -> Self {
        Self {
            file: positioned(path, offset),
            block: Vec::new(),
            decoded: 0,
            current: None,
            next: None,
            exhausted: false,
        }
    }

    /// Says that the segment has grown, so the index may have, too.
    pub(crate) const fn refresh(&mut self) {
        self.exhausted = false;
    }

    /// The entry that covers `offset`. Offsets only grow from call to call.
    pub(crate) fn cover(&mut self, offset: u64) -> Option<Entry> {
        while let Some(next) = self.peek()
            && next.offset <= offset
        {
            self.current = Some(next);
            self.next = None;
        }
        self.current
    }

    /// The first offset after the covered one and up to `limit` where another
    /// instance begins.
    pub(crate) fn change_until(&mut self, limit: u64) -> Option<u64> {
        while let Some(next) = self.peek()
            && next.offset <= limit
        {
            if let Some(current) = self.current
                && current.instance != next.instance
            {
                return Some(next.offset);
            }
            self.current = Some(next);
            self.next = None;
        }
        None
    }

    fn peek(&mut self) -> Option<Entry> {
        while self.next.is_none() {
            let entry = self.decode()?;
            let in_order = self.current.is_none_or(|last| entry.offset >= last.offset);
            self.next = in_order.then_some(entry);
        }
        self.next
    }

    fn decode(&mut self) -> Option<Entry> {
        loop {
            if let Some(&bytes) = self.block[self.decoded..].first_chunk::<ENTRY_SIZE>() {
                self.decoded += ENTRY_SIZE;
                return Some(Entry::decode(bytes));
            }
            self.read_block()?;
        }
    }

    /// `None`: there is nothing more for now.
    fn read_block(&mut self) -> Option<()> {
        if self.exhausted {
            return None;
        }
        self.block.drain(..self.decoded);
        self.decoded = 0;
        let file = self.file.as_mut()?;
        let room = (BLOCK - self.block.len()) as u64;
        match file.take(room).read_to_end(&mut self.block) {
            Ok(0) => {
                self.exhausted = true;
                None
            }
            Ok(_) => Some(()),
            Err(_) => {
                self.file = None;
                None
            }
        }
    }
}

/// `path`, opened and moved to the entry that covers `offset`.
fn positioned(path: &Path, offset: u64) -> Option<File> {
    let mut search = IndexSearch::open(path)?;
    let after = search.partition_point(|entry| entry.offset <= offset);
    let mut file = search.into_file();
    file.seek(SeekFrom::Start(
        HEADER_BYTES + after.saturating_sub(1) * ENTRY_BYTES,
    ))
    .ok()?;
    Some(file)
}
