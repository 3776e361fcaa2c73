//! Everything Outlast keeps on disk: what services printed, and what happened.
//!
//! # Theory of operation
//!
//! Two kinds of things are stored below the state directory ([`layout`]), both
//! as families of numbered files of which only the newest is written to:
//!
//! * **Segments** ([`segment`]) hold the bytes a service printed, exactly as it
//!   printed them and nothing else, one family for each of its two streams.
//!   Because the bytes are not rewritten, whoever captures them can have the
//!   kernel move them from the pipe into the file ([`segment::Next`]). When
//!   they arrived and which instance printed them stands in a small [`index`]
//!   file beside each segment. [`ServiceLog`] writes both, rotates at line
//!   ends, and deletes the oldest segments *before* the bound would be passed.
//! * **Events** ([`events`]) are one JSON object a line, versioned by types of
//!   this crate's own ([`events::StoredRecord`]), so that the vocabulary of
//!   `outlast-model` can change without old files becoming unreadable.
//!
//! [`LogReader`] and [`EventReader`] read the same files, in another process,
//! while the guardian writes, after it has been killed, or after somebody has
//! damaged them: a torn, missing or foreign piece costs itself and nothing
//! else. Both keep their place when they reach the end, so following is
//! calling them again when the file system says that something changed.
//!
//! The crate is synchronous, starts no threads, reads no clock, and knows no
//! operating system. Its policy ends at "what fits": an error is returned, the
//! writer stays usable, and the caller decides what is dropped ([`Drops`]
//! counts it).

mod error;
pub mod layout;
mod numbered;

pub mod index;
pub mod segment;

pub mod read;

pub mod events;

pub use error::{Error, Result};
pub use events::{EventReader, EventWriter, StoredRecord};
pub use read::LogReader;
pub use segment::{Drops, ServiceLog};
