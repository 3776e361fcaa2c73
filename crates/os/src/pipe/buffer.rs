//! A carrier for systems without `splice(2)`: a buffer in this process.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use super::Moved;
use super::unix::PipeSource;

/// What one lift takes at most.
const CAPACITY: usize = 256 * 1024;

#[derive(Debug)]
pub(super) struct Carrier {
    bytes: Vec<u8>,
    /// Of `bytes`, so many are delivered.
    delivered: usize,
}

impl Carrier {
    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            bytes: Vec::new(),
            delivered: 0,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.delivered
    }

    pub(super) fn lift_from(&mut self, room: u64, source: &PipeSource) -> io::Result<Moved> {
        let before = self.bytes.len();
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let count = room.min(CAPACITY.saturating_sub(before));
        self.bytes.resize(before + count, 0);
        let moved = source.read(&mut self.bytes[before..]);
        let came = match &moved {
            Ok(Moved::Bytes(count)) => *count,
            _ => 0,
        };
        self.bytes.truncate(before + came);
        moved
    }

    pub(super) fn deliver(&mut self, mut file: &File, room: u64) -> (u64, io::Result<()>) {
        let mut written = 0;
        let end = self.end_within(room);
        let result = file.seek(SeekFrom::End(0)).and_then(|_| {
            while self.delivered < end {
                match file.write(&self.bytes[self.delivered..end]) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(count) => {
                        self.delivered += count;
                        written += count as u64;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        });
        self.forget_if_empty();
        (written, result)
    }

    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.len());
        buffer[..count].copy_from_slice(&self.bytes[self.delivered..][..count]);
        self.delivered += count;
        self.forget_if_empty();
        Ok(count)
    }

    /// Where the next `room` bytes end.
    fn end_within(&self, room: u64) -> usize {
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        self.delivered + room.min(self.len())
    }

    fn forget_if_empty(&mut self) {
        if self.len() == 0 {
            self.forget();
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    pub(super) fn discard(&mut self) -> u64 {
        let count = self.len() as u64;
        self.forget();
        count
    }

    fn forget(&mut self) {
        self.bytes.clear();
        self.delivered = 0;
    }
}
