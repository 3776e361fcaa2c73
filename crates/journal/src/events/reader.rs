//! Reading events.

use std::path::Path;

use outlast_model::RealTime;

use super::lines::Lines;
use super::stored::{StoredEvent, StoredRecord, VERSION};
use crate::error::Result;
use crate::layout::{self, EVENTS};
use crate::read::chain::Position;

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStart {
    /// With the oldest event that there is.
    Beginning,
    /// So many events before the end.
    Last(usize),
    /// With the first event of this moment or later.
    Since(RealTime),
}

/// The events of a state directory, oldest first.
///
/// At the end it keeps its place: call [`Self::next`] again when the files may
/// have grown. A folder that does not exist is an empty journal, which may come
/// into being later. Lines that are no events of a known version are skipped and
/// counted. Files that were deleted before they were read show as a step in
/// [`StoredRecord::seq`].
#[derive(Debug)]
pub struct EventReader {
    lines: Lines,
    since: Option<RealTime>,
    skipped: u64,
}

/// An event, parsed and as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct EventLine {
    /// What it says.
    pub record: StoredRecord,
    /// The line, without its end.
    pub raw: Vec<u8>,
}

impl EventReader {
    /// Reads the events below `state_dir`.
    ///
    /// # Errors
    /// The folder cannot be listed or its files cannot be read.
    pub fn open(state_dir: &Path, start: EventStart) -> Result<Self> {
        let dir = layout::events_dir(state_dir);
        match start {
            EventStart::Beginning => Self::at(&dir, Position::Beginning, None),
            EventStart::Since(since) => Self::at(&dir, file_of(&dir, since)?, Some(since)),
            EventStart::Last(wanted) => Self::last(&dir, wanted),
        }
    }

    fn at(dir: &Path, position: Position, since: Option<RealTime>) -> Result<Self> {
        Ok(Self {
            lines: Lines::new(dir, position)?,
            since,
            skipped: 0,
        })
    }

    fn last(dir: &Path, wanted: usize) -> Result<Self> {
        let mut found = 0;
        let mut position = Position::Beginning;
        for number in EVENTS.list(dir)?.into_iter().rev() {
            position = Position::At { number, offset: 0 };
            found += count(dir, number)?;
            // Even if none is wanted, the newest file is where following begins.
            if found >= wanted {
                break;
            }
        }
        let mut reader = Self::at(dir, position, None)?;
        for _ in wanted..found {
            reader.next()?;
        }
        Ok(reader)
    }

    /// The next event; `None` if there is none at the moment.
    ///
    /// # Errors
    /// A file cannot be read. Calling again tries again.
    #[expect(
        clippy::should_implement_trait,
        reason = "it goes on after None, and can fail"
    )]
    pub fn next(&mut self) -> Result<Option<EventLine>> {
        while let Some(raw) = self.lines.next()? {
            match parse(&raw) {
                Some(record) if self.is_wanted(&record) => {
                    return Ok(Some(EventLine { record, raw }));
                }
                Some(_) => {}
                None if raw.is_empty() => {}
                None => self.skipped += 1,
            }
        }
        Ok(None)
    }

    /// How many lines were no events of a known version, or torn, or longer than
    /// [`MAX_LINE_BYTES`](super::MAX_LINE_BYTES).
    pub const fn skipped(&self) -> u64 {
        self.skipped + self.lines.dropped()
    }

    fn is_wanted(&self, record: &StoredRecord) -> bool {
        is_event(record) && self.since.is_none_or(|since| record.time.0 >= since)
    }
}

/// Not the journal's own bookkeeping.
pub(super) const fn is_event(record: &StoredRecord) -> bool {
    !matches!(record.event, StoredEvent::Continued { .. })
}

pub(super) fn parse(raw: &[u8]) -> Option<StoredRecord> {
    serde_json::from_slice::<StoredRecord>(raw)
        .ok()
        .filter(|record| record.v == VERSION)
}

/// How many events a file has.
fn count(dir: &Path, number: u64) -> Result<usize> {
    let mut lines = Lines::new(dir, Position::At { number, offset: 0 })?;
    let mut count = 0;
    while let Some(raw) = lines.next_of_file()? {
        count += usize::from(parse(&raw).as_ref().is_some_and(is_event));
    }
    Ok(count)
}

/// The newest file that begins before `since`: later ones have nothing older.
/// (After the clock was set back they may; those events are found all the same,
/// because every event is compared.)
fn file_of(dir: &Path, since: RealTime) -> Result<Position> {
    for number in EVENTS.list(dir)?.into_iter().rev() {
        let mut lines = Lines::new(dir, Position::At { number, offset: 0 })?;
        if let Some(first) = lines.next_of_file()?.as_deref().and_then(parse)
            && first.time.0 < since
        {
            return Ok(Position::At { number, offset: 0 });
        }
    }
    Ok(Position::Beginning)
}
