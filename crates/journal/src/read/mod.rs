//! Reading what services printed.
//!
//! [`LogReader`] merges the two streams of a service by arrival time. Each
//! stream is read by a cursor that walks through its segments and their
//! indexes; memory is bounded by [`MAX_PIECE`] for each, however long lines,
//! segments and folders are.
//!
//! A line ends at a line feed, and where another instance begins to print: an
//! instance that dies in the middle of a line does not lend its words to the
//! next one.

mod back;
pub(crate) mod chain;
mod cursor;
mod line;
mod log_reader;
mod start;
mod tail;

pub use line::{Gap, LineEnd, LogItem, LogLine, MAX_PIECE};
pub use log_reader::{Ending, LogReader, Streams};
pub use start::Start;
pub use tail::tail;
