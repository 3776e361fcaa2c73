//! Writing what services print.
//!
//! [`ServiceLog`] is asked where the next bytes go ([`ServiceLog::next`]) and
//! answers with one of two ways:
//!
//! | answer | when | what the caller does |
//! |---|---|---|
//! | [`Next::Splice`] | the segment has room | moves at most [`Window::room`] bytes from the pipe into [`Window::file`], then [`Window::advance`] |
//! | [`Next::Read`] | there is no segment yet, or it is full | reads a chunk and gives it to [`ServiceLog::write`] |
//!
//! Nobody looks at spliced bytes, so only the second way can find the line end
//! where a full segment may be closed. Writing is right at any time; splicing
//! is the cheaper way.

mod bounds;
mod closed;
mod drops;
mod inventory;
mod log;
mod open;
mod window;
mod writers;

pub use bounds::{Bounds, MAX_SEGMENTS, MAX_WINDOW, MIN_KEEP, SEAM};
pub use closed::Expired;
pub use drops::Drops;
pub use log::{ServiceLog, TailLimits, WriteFailed};
pub use window::{Next, Window};

use outlast_model::{InstanceId, RealTime};

/// When bytes arrived, and who printed them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: RealTime,
    /// From which instance.
    pub instance: InstanceId,
}
