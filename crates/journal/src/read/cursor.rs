//! Reading one stream, line by line.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use outlast_model::RealTime;
use outlast_model::record::Stream;

use super::chain::{Chain, Position, Progress};
use super::line::{Gap, LineEnd, LogItem, LogLine, MAX_PIECE};
use super::log_reader::Ending;
use super::start::{Entrance, First};
use crate::error::Result;
use crate::index::{Entry, IndexReader};
use crate::layout;

/// One stream of a log.
#[derive(Debug)]
pub(super) struct Cursor {
    dir: PathBuf,
    stream: Stream,
    chain: Chain,
    index: Option<IndexReader>,
    /// What was read of the current segment and not delivered yet.
    buffer: Vec<u8>,
    delivered: usize,
    /// The offset in the segment of the buffer's first byte.
    base: u64,
    first: First,
    ready: VecDeque<LogItem>,
    /// When the last line that tells arrived; lines that do not tell are taken
    /// to have come with it.
    last_at: RealTime,
}

impl Cursor {
    pub(super) fn new(dir: &Path, stream: Stream, entrance: Entrance) -> Result<Self> {
        let chain = Chain::new(dir, layout::data(stream), entrance.position)?;
        // A segment that was deleted meanwhile takes what was to be skipped
        // with it.
        let (base, first) = match (entrance.position, chain.number()) {
            (Position::At { offset, .. }, Some(_)) => (offset, entrance.first),
            _ => (0, First::Deliver),
        };
        let mut cursor = Self {
            dir: dir.to_owned(),
            stream,
            chain,
            index: None,
            buffer: Vec::new(),
            delivered: 0,
            base,
            first,
            ready: VecDeque::new(),
            last_at: RealTime::from_unix_nanos(i64::MIN),
        };
        cursor.index = cursor
            .chain
            .number()
            .map(|number| cursor.open_index(number));
        Ok(cursor)
    }

    pub(super) const fn stream(&self) -> Stream {
        self.stream
    }

    /// The arrival time of the next item, if there is one.
    pub(super) fn peek(&mut self, ending: Ending) -> Result<Option<RealTime>> {
        while self.ready.is_empty() && self.make_ready(ending)? == Made::Something {}
        let Some(item) = self.ready.front() else {
            return Ok(None);
        };
        if let LogItem::Line(LogLine { at: Some(at), .. }) = item {
            self.last_at = *at;
        }
        Ok(Some(self.last_at))
    }

    /// The item that [`Self::peek`] spoke of.
    pub(super) fn take(&mut self) -> Option<LogItem> {
        self.ready.pop_front()
    }

    fn make_ready(&mut self, ending: Ending) -> Result<Made> {
        if let Some(line) = self.cut_line() {
            self.deliver(line);
            return Ok(Made::Something);
        }
        self.compact();
        match self.chain.read(&mut self.buffer)? {
            Progress::Bytes => self.refresh_index(),
            Progress::Moved { number, missing } => self.move_to(number, missing),
            Progress::End => return Ok(self.at_end(ending)),
        }
        Ok(Made::Something)
    }

    /// The next line or piece, if the buffer has all of it.
    fn cut_line(&mut self) -> Option<LogLine> {
        let data = &self.buffer[self.delivered..];
        if data.is_empty() {
            return None;
        }
        let reach = data.len().min(MAX_PIECE);
        let line_feed = data[..reach].iter().position(|&byte| byte == b'\n');
        let start = self.base + self.delivered as u64;
        let entry = self.cover(start);
        // Where data ends without a line feed, another instance may already
        // have been announced right there.
        let limit = start + line_feed.unwrap_or(reach) as u64;
        let (length, end) = match (self.change_until(limit), line_feed) {
            (Some(change), _) => ((change - start) as usize, LineEnd::Missing),
            (None, Some(length)) => (length, LineEnd::LineFeed),
            (None, None) if reach == MAX_PIECE => (MAX_PIECE, LineEnd::Continues),
            (None, None) => return None,
        };
        Some(self.cut(entry, length, end))
    }

    fn cut(&mut self, entry: Option<Entry>, length: usize, end: LineEnd) -> LogLine {
        let bytes = self.buffer[self.delivered..self.delivered + length].to_vec();
        self.delivered += length + usize::from(end == LineEnd::LineFeed);
        LogLine {
            stream: self.stream,
            at: entry.map(|entry| entry.at),
            instance: entry.map(|entry| entry.instance),
            bytes,
            end,
        }
    }

    /// All that is left in the buffer; the data ends there.
    fn cut_rest(&mut self) -> Option<LogLine> {
        let length = self.buffer.len() - self.delivered;
        let entry = self.cover(self.base + self.delivered as u64);
        (length > 0).then(|| self.cut(entry, length, LineEnd::Missing))
    }

    fn deliver(&mut self, line: LogLine) {
        match self.first {
            First::Deliver => self.ready.push_back(LogItem::Line(line)),
            First::Skip if line.end == LineEnd::Continues => {}
            First::Skip => self.first = First::Deliver,
        }
    }

    fn at_end(&mut self, ending: Ending) -> Made {
        // Another instance may have been announced since, which ends the line
        // that is held.
        self.refresh_index();
        let line = match (self.cut_line(), ending) {
            (None, Ending::Deliver) => self.cut_rest(),
            (line, _) => line,
        };
        let Some(line) = line else {
            return Made::Nothing;
        };
        self.deliver(line);
        Made::Something
    }

    /// Goes on with the next segment; a line that was forced over the seam by
    /// its length continues there.
    fn move_to(&mut self, number: u64, missing: u64) {
        let rest = self.cut_rest();
        self.compact();
        self.base = 0;
        let mut index = self.open_index(number);
        let next = index.cover(0).map(|entry| entry.instance);
        self.index = Some(index);
        if let Some(mut line) = rest {
            if missing == 0 && line.instance.is_some() && line.instance == next {
                line.end = LineEnd::Continues;
            }
            self.deliver(line);
        }
        if missing > 0 {
            self.first = First::Deliver;
            self.ready.push_back(LogItem::Gap(Gap {
                stream: self.stream,
                segments: missing,
            }));
        }
    }

    fn compact(&mut self) {
        self.buffer.drain(..self.delivered);
        self.base += self.delivered as u64;
        self.delivered = 0;
    }

    fn open_index(&self, number: u64) -> IndexReader {
        let path = layout::index(self.stream).path(&self.dir, number);
        IndexReader::open(&path, self.base)
    }

    const fn refresh_index(&mut self) {
        if let Some(index) = &mut self.index {
            index.refresh();
        }
    }

    fn cover(&mut self, offset: u64) -> Option<Entry> {
        self.index.as_mut()?.cover(offset)
    }

    fn change_until(&mut self, limit: u64) -> Option<u64> {
        self.index.as_mut()?.change_until(limit)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// Another try may find more.
    Something,
    /// There is nothing more at the moment.
    Nothing,
}
