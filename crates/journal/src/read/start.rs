//! Where reading begins.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use outlast_model::RealTime;
use outlast_model::record::Stream;

use super::back::{Wanted, last_lines};
use super::chain::Position;
use crate::error::Result;
use crate::index::IndexSearch;
use crate::layout;

/// Where reading a log begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the oldest line there is.
    Beginning,
    /// So many lines before the end, both streams counted together.
    LastLines(u64),
    /// With the first line that arrived at this time or later. Found by
    /// bisection, so where the clock was set back it is one of several.
    Since(RealTime),
}

/// A place to begin in one stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entrance {
    pub(super) position: Position,
    pub(super) first: First,
}

/// What to do with what stands at the entrance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum First {
    Deliver,
    /// It is the rest of a line that began earlier.
    Skip,
}

impl Entrance {
    pub(super) const fn deliver(position: Position) -> Self {
        Self {
            position,
            first: First::Deliver,
        }
    }

    pub(super) fn find(dir: &Path, stream: Stream, start: Start) -> Result<Self> {
        match start {
            Start::Beginning => Ok(Self::deliver(Position::Beginning)),
            Start::LastLines(lines) => Self::last(dir, stream, lines),
            Start::Since(time) => Self::since(dir, stream, time),
        }
    }

    fn last(dir: &Path, stream: Stream, lines: u64) -> Result<Self> {
        let wanted = Wanted {
            lines,
            bytes: u64::MAX,
        };
        last_lines(dir, layout::data(stream), wanted).map(Self::deliver)
    }

    fn since(dir: &Path, stream: Stream, time: RealTime) -> Result<Self> {
        let mut later = None;
        for number in layout::data(stream).list(dir)?.into_iter().rev() {
            match relation(dir, stream, number, time) {
                Relation::Later => later = Some(number),
                Relation::Reaches(offset) => return Ok(Self::line_after(number, offset)),
                Relation::Earlier => {
                    return Ok(match later {
                        Some(number) => Self::deliver(Position::At { number, offset: 0 }),
                        None => Self::line_after(number, length(dir, stream, number)),
                    });
                }
            }
        }
        Ok(Self::deliver(Position::Beginning))
    }

    /// The first line that begins at `offset` or later: one byte before it is
    /// the line feed of the line before, or a byte of a line to be skipped.
    const fn line_after(number: u64, offset: u64) -> Self {
        match offset.checked_sub(1) {
            None => Self::deliver(Position::At { number, offset: 0 }),
            Some(offset) => Self {
                position: Position::At { number, offset },
                first: First::Skip,
            },
        }
    }
}

/// How a segment lies to a moment.
enum Relation {
    /// All of it arrived at it or later, as far as anybody knows.
    Later,
    /// From this offset on.
    Reaches(u64),
    /// None of it did.
    Earlier,
}

fn relation(dir: &Path, stream: Stream, number: u64, time: RealTime) -> Relation {
    let Some(mut index) = IndexSearch::open(&layout::index(stream).path(dir, number)) else {
        return relation_by_file_time(dir, stream, number, time);
    };
    match index.first() {
        Some(first) if first.at >= time => Relation::Later,
        None => relation_by_file_time(dir, stream, number, time),
        Some(_) => match index.first_since(time) {
            // Entries may announce bytes that never came.
            Some(entry) if entry.offset <= length(dir, stream, number) => {
                Relation::Reaches(entry.offset)
            }
            _ => Relation::Earlier,
        },
    }
}

/// Without an index, the file's own time tells when its last byte came.
fn relation_by_file_time(dir: &Path, stream: Stream, number: u64, time: RealTime) -> Relation {
    let modified = fs::metadata(layout::data(stream).path(dir, number))
        .and_then(|metadata| metadata.modified())
        .ok()
        .and_then(|modified| modified.duration_since(UNIX_EPOCH).ok())
        .and_then(|since| i64::try_from(since.as_nanos()).ok());
    match modified {
        Some(modified) if RealTime::from_unix_nanos(modified) < time => Relation::Earlier,
        _ => Relation::Later,
    }
}

fn length(dir: &Path, stream: Stream, number: u64) -> u64 {
    fs::metadata(layout::data(stream).path(dir, number)).map_or(0, |metadata| metadata.len())
}
