//! How large the events journal gets.

/// A longer line is neither written nor delivered. The longest that are written
/// have the last output before a death, which the supervisor bounds to some KiB, and
/// what a service did before it was stopped, which is bounded to some 100 KiB.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// The bounds of the events journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventBounds {
    /// A file is closed before it would have more bytes than this (unless a
    /// single record has more).
    pub rotate: u64,
    /// All files together are never larger than this.
    pub keep: u64,
}

impl EventBounds {
    /// 1 MiB a file, because the newest one is read whole when a guardian
    /// starts, to learn which instance was the last: some milliseconds. 32 MiB
    /// in all: at some 250 bytes an event, more than 100,000 events.
    pub const DEFAULT: Self = Self {
        rotate: 1024 * 1024,
        keep: 32 * 1024 * 1024,
    };
}
