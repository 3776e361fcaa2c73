//! Windows has no `splice(2)`: the carrier is a buffer in this process.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use super::super::Moved;
use super::PipeSource;

/// What one carrier holds at most.
const CAPACITY: usize = 256 * 1024;

/// What is asked for at once: the most that mio reads ahead.
const CHUNK: usize = 64 * 1024;

#[derive(Debug)]
pub(in super::super) struct Carrier {
    bytes: Vec<u8>,
    /// Of `bytes`, so many are delivered.
    delivered: usize,
}

impl Carrier {
    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    pub(in super::super) fn new() -> io::Result<Self> {
        Ok(Self {
            bytes: Vec::new(),
            delivered: 0,
        })
    }

    pub(in super::super) fn len(&self) -> usize {
        self.bytes.len() - self.delivered
    }

    pub(super) fn lift_from(&mut self, source: &PipeSource, room: u64) -> io::Result<Moved> {
        let before = self.bytes.len();
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let count = room.min(CHUNK).min(CAPACITY.saturating_sub(before));
        self.bytes.resize(before + count, 0);
        let moved = source.read(&mut self.bytes[before..]);
        let came = match &moved {
            Ok(Moved::Bytes(count)) => *count,
            _ => 0,
        };
        self.bytes.truncate(before + came);
        moved
    }

    pub(in super::super) fn deliver(
        &mut self,
        mut file: &File,
        room: u64,
    ) -> (u64, io::Result<()>) {
        let before = self.delivered;
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let end = before + room.min(self.len());
        let result = file
            .seek(SeekFrom::End(0))
            .and_then(|_| self.write_until(end, file));
        let written = self.delivered - before;
        self.forget_if_empty();
        (written as u64, result)
    }

    fn write_until(&mut self, end: usize, mut file: &File) -> io::Result<()> {
        while self.delivered < end {
            match file.write(&self.bytes[self.delivered..end]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.delivered += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    pub(in super::super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(self.len());
        buffer[..count].copy_from_slice(&self.bytes[self.delivered..][..count]);
        self.delivered += count;
        self.forget_if_empty();
        Ok(count)
    }

    #[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
    pub(in super::super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    pub(in super::super) fn discard(&mut self) -> u64 {
        let count = self.len() as u64;
        self.forget();
        count
    }

    fn forget_if_empty(&mut self) {
        if self.len() == 0 {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.bytes.clear();
        self.delivered = 0;
    }
}
