//! How much may be on disk.

use std::time::Duration;

use outlast_model::service::Capture;

use crate::index::{ENTRY_BYTES, HEADER_BYTES};

/// How many bytes are put into a full segment in search of a line end, its
/// index entries included; after that it is closed in the middle of the line.
/// Longer lines are rare, and without a limit one endless line would pass every
/// bound. A segment smaller than this uses half its size instead.
pub const SEAM: u64 = 64 * 1024;

/// The smallest bound: below it, four segments with their indexes have no room
/// for output. A smaller `keep` counts as this.
pub const MIN_KEEP: u64 = 16 * 1024;

/// The most bytes that one [`Window`](super::Window) offers: room is made for
/// them in advance, so a window is not larger than one `splice` can fill (the
/// largest pipe an unprivileged process may have, `pipe(7)`).
pub const MAX_WINDOW: u64 = 1024 * 1024;

/// The most closed segments of one service, both streams together: a service
/// that prints one line in each run of the guardian would otherwise fill a
/// folder with tiny files, each of which takes a block of the disk.
pub const MAX_SEGMENTS: usize = 1000;

/// The bounds of one service's segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    rotate: u64,
    keep: u64,
    max_age: Option<Duration>,
}

impl From<&Capture> for Bounds {
    fn from(capture: &Capture) -> Self {
        let keep = capture.keep.max(MIN_KEEP);
        Self {
            // Two open segments, each half over its size, must leave room.
            rotate: capture.rotate.clamp(MIN_KEEP / 16, keep / 4),
            keep,
            max_age: capture.max_age,
        }
    }
}

impl Bounds {
    /// All segments and indexes together are never larger than this, in bytes.
    pub const fn keep(&self) -> u64 {
        self.keep
    }

    /// A segment is full when it and its index have this many bytes: what was
    /// asked for, but never more than a quarter of [`Self::keep`].
    pub const fn rotate(&self) -> u64 {
        self.rotate
    }

    /// Segments whose last byte is older are deleted.
    pub const fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// How many more bytes may go in before a segment that takes `total` bytes
    /// (index included) is full. What a next index entry needs is set aside.
    pub(super) fn room(&self, total: u64) -> u64 {
        self.rotate.saturating_sub(total + ENTRY_BYTES)
    }

    /// How many more bytes may be searched for a line end.
    pub(super) fn seam_room(&self, total: u64) -> u64 {
        let seam = SEAM.min(self.rotate / 2);
        (self.rotate + seam).saturating_sub(total + ENTRY_BYTES)
    }

    /// What a segment takes before it has bytes of its own.
    pub(super) const fn empty_segment() -> u64 {
        HEADER_BYTES + ENTRY_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(rotate: u64, keep: u64) -> Bounds {
        Bounds::from(&Capture {
            rotate,
            keep,
            max_age: None,
            max_block: Duration::ZERO,
        })
    }

    #[test]
    fn a_segment_is_at_most_a_quarter_of_the_whole() {
        assert_eq!(bounds(u64::MAX, 1 << 20).rotate(), 1 << 18);
        assert_eq!(bounds(1 << 16, 1 << 20).rotate(), 1 << 16);
    }

    #[test]
    fn two_open_segments_always_fit() {
        for keep in [0, MIN_KEEP, 1 << 18, 1 << 28, u64::MAX / 2] {
            let bounds = bounds(u64::MAX, keep);
            let largest = bounds.rotate() + SEAM.min(bounds.rotate() / 2);
            assert!(2 * largest + Bounds::empty_segment() <= bounds.keep());
        }
    }
}
