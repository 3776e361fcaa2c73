//! Reading both streams of a service as one.

use std::path::Path;

use outlast_model::record::Stream;

use super::chain::Position;
use super::cursor::Cursor;
use super::line::{LineEnd, LogItem};
use super::start::{Entrance, Start};
use crate::error::Result;

/// Which streams are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// Both.
    Both,
    /// This one.
    Only(Stream),
}

/// What becomes of a last line that has no line feed (yet).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is held until the rest has come.
    Hold,
    /// It is delivered as it is; what may come later is a line of its own.
    Deliver,
}

/// The lines of a service, in the order of their arrival.
///
/// At the end it keeps its place: call [`Self::next`] again when the files may
/// have grown. A folder that does not exist is an empty log, which may come
/// into being later. Lines of the two streams that arrived within
/// [`RESOLUTION`](crate::index::RESOLUTION) have no known order; standard
/// output goes first.
#[derive(Debug)]
pub struct LogReader {
    cursors: Vec<Cursor>,
    /// The stream that is in the middle of a long line, which is finished first.
    unfinished: Option<Stream>,
    /// For so many items more, the cursor at the same place is not asked: it had
    /// nothing. To find that out takes a look at its folder, and many services never
    /// print to one of their streams.
    quiet: Vec<u32>,
}

/// After so many items of the other stream, one that had nothing is asked again.
const QUIET: u32 = 200;

impl LogReader {
    /// Reads the log in `dir` (see
    /// [`layout::service_log_dir`](crate::layout::service_log_dir)).
    ///
    /// # Errors
    /// The folder cannot be listed or its files cannot be read.
    pub fn open(dir: &Path, streams: Streams, start: Start) -> Result<Self> {
        let entrances = streams
            .list()
            .iter()
            .map(|&stream| Ok((stream, Entrance::find(dir, stream, start)?)))
            .collect::<Result<Vec<_>>>()?;
        let mut reader = Self::enter(dir, &entrances)?;
        if let (Streams::Both, Start::LastLines(wanted)) = (streams, start) {
            // So many lines of each stream were found: too many, and how many of
            // which are too many only merging tells.
            let found = Self::enter(dir, &entrances)?.count_lines()?;
            reader.skip_lines(found.saturating_sub(wanted))?;
        }
        Ok(reader)
    }

    pub(super) fn at(dir: &Path, positions: &[(Stream, Position)]) -> Result<Self> {
        let entrances: Vec<_> = positions
            .iter()
            .map(|&(stream, position)| (stream, Entrance::deliver(position)))
            .collect();
        Self::enter(dir, &entrances)
    }

    fn enter(dir: &Path, entrances: &[(Stream, Entrance)]) -> Result<Self> {
        let cursors = entrances
            .iter()
            .map(|&(stream, entrance)| Cursor::new(dir, stream, entrance))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            quiet: vec![0; cursors.len()],
            cursors,
            unfinished: None,
        })
    }

    /// The next line, piece or gap; `None` if there is none at the moment.
    ///
    /// # Errors
    /// A file cannot be read. Calling again tries again.
    pub fn next(&mut self, ending: Ending) -> Result<Option<LogItem>> {
        let Some(position) = self.first_to_come(ending)? else {
            return Ok(None);
        };
        let item = self.cursors[position].take();
        if let Some(LogItem::Line(line)) = &item {
            self.unfinished = (line.end == LineEnd::Continues).then_some(line.stream);
        }
        Ok(item)
    }

    fn first_to_come(&mut self, ending: Ending) -> Result<Option<usize>> {
        let first = self.first_of_those_that_print(ending)?;
        if first.is_some() || self.quiet.iter().all(|&quiet| quiet == 0) {
            return Ok(first);
        }
        // At the end everybody is asked.
        self.quiet.fill(0);
        self.first_of_those_that_print(ending)
    }

    fn first_of_those_that_print(&mut self, ending: Ending) -> Result<Option<usize>> {
        let mut first = None;
        for (position, cursor) in self.cursors.iter_mut().enumerate() {
            if self.quiet[position] > 0 {
                self.quiet[position] -= 1;
                continue;
            }
            let Some(at) = cursor.peek(ending)? else {
                self.quiet[position] = QUIET;
                continue;
            };
            if self.unfinished == Some(cursor.stream()) {
                return Ok(Some(position));
            }
            if first.is_none_or(|(earliest, _)| at < earliest) {
                first = Some((at, position));
            }
        }
        Ok(first.map(|(_, position)| position))
    }

    fn count_lines(mut self) -> Result<u64> {
        let mut lines = 0;
        while let Some(item) = self.next(Ending::Deliver)? {
            lines += u64::from(ends_line(&item));
        }
        Ok(lines)
    }

    fn skip_lines(&mut self, mut lines: u64) -> Result<()> {
        while lines > 0 {
            let Some(item) = self.next(Ending::Deliver)? else {
                break;
            };
            lines -= u64::from(ends_line(&item));
        }
        Ok(())
    }
}

impl Streams {
    const fn list(self) -> &'static [Stream] {
        match self {
            Self::Both => &Stream::ALL,
            Self::Only(Stream::Stdout) => &[Stream::Stdout],
            Self::Only(Stream::Stderr) => &[Stream::Stderr],
        }
    }
}

fn ends_line(item: &LogItem) -> bool {
    matches!(item, LogItem::Line(line) if line.end != LineEnd::Continues)
}
