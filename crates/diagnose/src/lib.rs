//! From the evidence of a death or a stall to a verdict.
//!
//! # Theory of operation
//!
//! Whoever has evidence puts it into a [`Case`]: the last lines that were printed, and
//! [`Sign`]s for everything else, each with its name, its fields and the words it was
//! taken from. [`text`] finds in the lines what run-times print when a program dies, by
//! its structure. [`judge`] then looks through the [`Table`] of causes, each of which
//! says which signs have to be there for which confidence, and what excludes it. The
//! table is data (`causes.toml`), and a user can put rows of their own before ours.
//!
//! Nothing here does I/O, and nothing is certain that has only one witness who may err.

pub mod audit;
mod block_sign;
mod case;
mod condition;
pub mod ending;
pub mod event_log;
mod judge;
mod logged;
pub mod nt_status;
mod phrase;
mod printed;
pub mod sign;
mod survived;
mod table;
mod template;
pub mod text;
pub mod told;
mod weigh;

pub use case::{Case, Platform};
pub use judge::judge;
pub use sign::Sign;
pub use table::{MAX_TABLE_BYTES, Table, TableError};
