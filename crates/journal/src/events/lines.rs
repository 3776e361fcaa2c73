//! The lines of the files of events, whatever is in them.

use std::path::Path;

use super::bounds::MAX_LINE_BYTES;
use crate::error::Result;
use crate::layout::EVENTS;
use crate::read::chain::{Chain, Position, Progress};

/// Whole lines, oldest first. Of a line that is too long, no more than
/// [`MAX_LINE_BYTES`] and a block are ever in memory.
#[derive(Debug)]
pub(super) struct Lines {
    chain: Chain,
    buffer: Vec<u8>,
    /// Of `buffer`, so many bytes were delivered.
    delivered: usize,
    line: Line,
    dropped: u64,
}

/// What stands at the beginning of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Whole,
    /// The rest of a line that is too long, and is counted already.
    RestOfTooLong,
}

impl Lines {
    pub(super) fn new(dir: &Path, position: Position) -> Result<Self> {
        Ok(Self {
            chain: Chain::new(dir, EVENTS, position)?,
            buffer: Vec::new(),
            delivered: 0,
            line: Line::Whole,
            dropped: 0,
        })
    }

    /// The next whole line, without its line feed; `None` if there is none now.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(line) = self.cut() {
                return Ok(Some(line));
            }
            match self.read()? {
                Progress::Bytes => {}
                Progress::Moved { .. } => self.drop_unfinished(),
                Progress::End => return Ok(None),
            }
        }
    }

    /// The same, within the file where it began.
    pub(super) fn next_of_file(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            if let Some(line) = self.cut() {
                return Ok(Some(line));
            }
            match self.read()? {
                Progress::Bytes => {}
                Progress::Moved { .. } | Progress::End => return Ok(None),
            }
        }
    }

    /// What follows the last whole line.
    pub(super) fn unfinished(&self) -> &[u8] {
        &self.buffer[self.delivered..]
    }

    /// How many lines were too long, or torn at the end of a file that is
    /// complete.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    fn read(&mut self) -> Result<Progress> {
        self.buffer.drain(..self.delivered);
        self.delivered = 0;
        if self.buffer.len() > MAX_LINE_BYTES {
            self.buffer.clear();
            self.dropped += u64::from(self.line == Line::Whole);
            self.line = Line::RestOfTooLong;
        }
        self.chain.read(&mut self.buffer)
    }

    fn cut(&mut self) -> Option<Vec<u8>> {
        loop {
            let rest = &self.buffer[self.delivered..];
            let length = rest.iter().position(|&byte| byte == b'\n')?;
            let line = &rest[..length];
            self.delivered += length + 1;
            if std::mem::replace(&mut self.line, Line::Whole) == Line::RestOfTooLong {
                continue;
            }
            if length > MAX_LINE_BYTES {
                self.dropped += 1;
                continue;
            }
            return Some(line.to_vec());
        }
    }

    fn drop_unfinished(&mut self) {
        if self.line == Line::Whole && !self.unfinished().is_empty() {
            self.dropped += 1;
        }
        self.buffer.clear();
        self.delivered = 0;
        self.line = Line::Whole;
    }
}
