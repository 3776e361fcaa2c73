//! The two ways of putting bytes into a segment.

use std::fs::File;
use std::io;

use super::open::OpenSegment;

/// How the next bytes of a stream get to the disk.
#[derive(Debug)]
pub enum Next<'a> {
    /// Moved from the pipe into the file by the kernel, without being looked at.
    Splice(Window<'a>),
    /// Read, in a chunk of any size, and given to
    /// [`ServiceLog::write`](super::ServiceLog::write). Nothing was made on disk
    /// yet, so a stream that has ended leaves nothing behind.
    Read,
}

/// A place in a segment for bytes that have been announced.
///
/// Dropping it without a word is safe, and costs a question to the file system
/// about how long the file has become.
#[derive(Debug)]
pub struct Window<'a> {
    segment: &'a mut OpenSegment,
    room: u64,
}

impl<'a> Window<'a> {
    pub(super) const fn new(segment: &'a mut OpenSegment, room: u64) -> Self {
        segment.hand_out();
        Self { segment, room }
    }

    /// Where the bytes go, at its current position (it is not in append mode,
    /// which `splice(2)` refuses).
    pub const fn file(&self) -> &File {
        self.segment.data()
    }

    /// How many bytes may go in, at the most; at least one. It is at most
    /// [`MAX_WINDOW`](super::MAX_WINDOW).
    pub const fn room(&self) -> u64 {
        self.room
    }

    /// Says that so many bytes went in; none is fine, too.
    pub fn advance(self, bytes: u64) {
        debug_assert!(bytes <= self.room, "more bytes than there was room for");
        self.segment.spliced(bytes);
    }

    /// Says that putting bytes in failed. After an error that is the file's own
    /// (not a full disk) the next bytes go into a new one.
    pub fn fail(self, error: io::Error) {
        let _: io::Result<()> = self.segment.judge(Err(error));
    }
}
