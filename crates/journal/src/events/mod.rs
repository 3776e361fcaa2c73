//! The events journal: what happened, one JSON object a line.
//!
//! ```text
//! {"v":1,"seq":7,"time":"2026-11-23T09:24:38.123456789Z","service":"api","event":"starting","instance":3}
//! ```
//!
//! [`EventWriter`] appends, [`EventReader`] reads. What a line holds are the
//! types of [`stored`], which belong to the disk. Within a version, fields and
//! events may be added, none may change its meaning: readers ignore fields they
//! do not know, and skip and count lines they do not understand.
//!
//! Files are rotated by size. Each new one begins with a `continued` line, which
//! carries over what the oldest files take with them when they are deleted: the
//! highest instance id. (A service that only prints makes an event with each
//! segment that expires, and within days those push out the start of every
//! instance that still runs.) The line has the number of the record before it,
//! and readers do not deliver it.

pub mod stored;

mod backwards;
mod bounds;
mod convert;
mod event_file;
mod evidence;
mod high_water;
mod journal_files;
mod lines;
mod reader;
mod verdict;
mod writer;

pub use backwards::EventsBackwards;
pub use bounds::{EventBounds, MAX_LINE_BYTES};
pub use reader::{EventLine, EventReader, EventStart};
pub use stored::StoredRecord;
pub use verdict::{StoredOther, StoredQuote, StoredVerdict};
pub use writer::EventWriter;
