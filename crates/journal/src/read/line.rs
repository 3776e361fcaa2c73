//! What a log reader delivers.

use outlast_model::record::Stream;
use outlast_model::{InstanceId, RealTime};

/// The most bytes of a line that are delivered in one piece.
pub const MAX_PIECE: usize = 64 * 1024;

/// The next thing in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogItem {
    /// A line, or a piece of one.
    Line(LogLine),
    /// Output that was deleted before it was read.
    Gap(Gap),
}

/// A line of output, or a piece of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Where it was printed.
    pub stream: Stream,
    /// When its first byte arrived; `None` if no index tells.
    pub at: Option<RealTime>,
    /// Who printed it; `None` if no index tells.
    pub instance: Option<InstanceId>,
    /// Its bytes as they were printed, without the line feed.
    pub bytes: Vec<u8>,
    /// What comes after them.
    pub end: LineEnd,
}

/// How a piece of output ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineEnd {
    /// With a line feed.
    LineFeed,
    /// In the middle of a line; the next piece of the stream continues it.
    Continues,
    /// Without a line feed: its instance, or the data, ends here.
    Missing,
}

/// Segments that are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Of which stream.
    pub stream: Stream,
    /// How many at the most. (A crash while a segment was being begun may have
    /// used up a number without a segment.)
    pub segments: u64,
}
