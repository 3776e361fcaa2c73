//! Version 1 of what the frames say.

pub mod types;

pub mod convert;
pub mod envelope;

pub use types::*;

/// The version that this module speaks: the `v` of every message.
pub const VERSION: u64 = 1;

/// Every version that this build understands, oldest first.
pub const SUPPORTED_VERSIONS: &[u64] = &[VERSION];
