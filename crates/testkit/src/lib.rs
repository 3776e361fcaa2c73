//! What Outlast's tests need: a program that behaves badly on demand.
//!
//! # Theory of operation
//!
//! Tests of a process supervisor need processes. Shell scripts differ between
//! systems and are not there on Windows, so there is one small program,
//! `outlast-victim`, whose first argument says how it shall behave: crash, hang,
//! refuse to end, leave children behind, flood its output, or tell what it was
//! given. [`victim_path`] finds it, and builds it when a test was run without
//! it; `src/bin/outlast_victim.rs` lists what it can do. [`HARD_ARGUMENTS`] are what
//! programs are to be given unspoilt.
//!
//! [`hostile`] has servers with bad habits. [`Logind`] is a logind that does as a test says, on a bus of the test's own.

mod arguments;
pub mod hostile;
mod logind;
mod victim;

pub use arguments::HARD_ARGUMENTS;
pub use logind::Logind;
pub use victim::victim_path;
