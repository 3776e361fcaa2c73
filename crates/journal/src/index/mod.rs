//! The index beside a segment: when its bytes arrived, and who printed them.
//!
//! A header of 16 bytes, then entries of 24 bytes, all little endian:
//!
//! | bytes | header | | bytes | entry |
//! |---|---|---|---|---|
//! | 0–7 | `outlast\0` | | 0–7 | offset in the segment |
//! | 8–11 | version, 1 | | 8–15 | Unix time in nanoseconds, signed |
//! | 12–15 | bytes per entry, 24 | | 16–23 | instance |
//!
//! An entry says: *the bytes from this offset on arrived at this time, printed
//! by this instance*, up to the next entry. It is written before the bytes it
//! speaks of, so a reader that has seen bytes can find their entry. When
//! several entries have one offset, the last one counts (the others announced
//! bytes that did not come). An entry that would lie within [`RESOLUTION`] of
//! the one before it, of the same instance, is left out.

mod format;
mod reader;
mod search;
mod writer;

pub(crate) use format::Entry;
pub use format::{ENTRY_BYTES, HEADER_BYTES, RESOLUTION};
pub(crate) use reader::IndexReader;
pub(crate) use search::IndexSearch;
pub(crate) use writer::IndexWriter;
