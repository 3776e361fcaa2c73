//! `splice(2)`: from the service's pipe into a private one, and from there into
//! the file. The bytes are never copied into this process.
//!
//! Straight from the service's pipe into the file would be one call less, but
//! the kernel holds that pipe's lock while the file system writes: a stalled
//! disk would stall the service in its next `write`, for as long as it takes.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::SeekFrom;
use rustix::io::Errno;
use rustix::pipe::{SpliceFlags, fcntl_getpipe_size, fcntl_setpipe_size, splice};

use super::Moved;
use super::unix::{PipeSource, new_pipe};

/// The most that an unprivileged process may ask for by default
/// (`/proc/sys/fs/pipe-max-size`).
const LARGE: usize = 1024 * 1024;

/// What a pipe has from the start, or less (`pipe(7)`).
const SMALL: usize = 64 * 1024;

/// A private pipe.
#[derive(Debug)]
pub(super) struct Carrier {
    exit: OwnedFd,
    entrance: OwnedFd,
    /// How many bytes are in the pipe.
    inside: usize,
    /// Bytes that came out of the pipe for a file that `splice` refuses, and
    /// did not all go in; they are before those in the pipe.
    parked: Vec<u8>,
}

impl Carrier {
    pub(super) fn new() -> io::Result<Self> {
        let (exit, entrance) = new_pipe()?;
        // A smaller one works as well: this user's pipes may be many.
        let _ = fcntl_setpipe_size(&entrance, LARGE);
        Ok(Self {
            exit,
            entrance,
            inside: 0,
            parked: Vec::new(),
        })
    }

    pub(super) fn len(&self) -> usize {
        self.parked.len() + self.inside
    }

    pub(super) fn lift_from(&mut self, room: u64, source: &PipeSource) -> io::Result<Moved> {
        let room = usize::try_from(room).unwrap_or(usize::MAX).min(LARGE);
        if room == 0 {
            return Ok(Moved::Empty);
        }
        let mut full = false;
        let was_empty = self.inside == 0;
        let moved = source.attempt(|pipe| {
            let flags = SpliceFlags::NONBLOCK | SpliceFlags::MOVE;
            match splice(pipe, None, &self.entrance, None, room, flags) {
                // It also says so when the carrier has no place. tokio must not
                // take that for an empty source: see `PipeSource::attempt`.
                Err(Errno::AGAIN) if !was_empty && source.has_bytes() => {
                    full = true;
                    Ok(usize::MAX)
                }
                other => Ok(other?),
            }
        })?;
        if full {
            return Ok(Moved::Empty);
        }
        if let Moved::Bytes(count) = moved {
            self.inside += count;
        }
        Ok(moved)
    }

    pub(super) fn deliver(&mut self, file: &File, room: u64) -> (u64, io::Result<()>) {
        let before = self.len();
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let result = self.deliver_down_to(before.saturating_sub(room), file);
        ((before - self.len()) as u64, result)
    }

    /// Delivers until only `rest` bytes are carried.
    fn deliver_down_to(&mut self, rest: usize, file: &File) -> io::Result<()> {
        rustix::fs::seek(file, SeekFrom::End(0))?;
        self.deliver_parked(rest, file)?;
        while self.inside > rest {
            let count = self.inside - rest;
            match splice(&self.exit, None, file, None, count, SpliceFlags::MOVE) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.inside -= count,
                Err(Errno::INTR) => {}
                // Opened for appending, or on a file system without splice.
                Err(Errno::INVAL) => {
                    self.park(count)?;
                    self.deliver_parked(rest, file)?;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Delivers parked bytes until only `rest` bytes are carried, or none is
    /// parked.
    fn deliver_parked(&mut self, rest: usize, mut file: &File) -> io::Result<()> {
        let end = self.parked.len().min(self.len().saturating_sub(rest));
        let mut done = 0;
        let result = loop {
            if done == end {
                break Ok(());
            }
            match file.write(&self.parked[done..end]) {
                Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.unpark(done);
        result
    }

    /// Forgets the first `count` parked bytes.
    fn unpark(&mut self, count: usize) {
        self.parked.drain(..count);
        if self.parked.is_empty() {
            self.parked = Vec::new();
        }
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.parked.is_empty() {
            let count = buffer.len().min(self.parked.len());
            buffer[..count].copy_from_slice(&self.parked[..count]);
            self.unpark(count);
            return Ok(count);
        }
        if self.inside == 0 {
            return Ok(0);
        }
        let count = rustix::io::retry_on_intr(|| rustix::io::read(&self.exit, &mut *buffer))?;
        self.inside -= count;
        Ok(count)
    }

    /// Not into the pipe: how much that takes is not known (`pipe(7)`).
    pub(super) fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.park(self.inside)?;
        self.parked.extend_from_slice(bytes);
        Ok(())
    }

    /// Takes `count` bytes out of the pipe.
    fn park(&mut self, count: usize) -> io::Result<()> {
        let start = self.parked.len();
        self.parked.resize(start + count, 0);
        let mut filled = start;
        let result = loop {
            if filled == self.parked.len() {
                break Ok(());
            }
            match rustix::io::read(&self.exit, &mut self.parked[filled..]) {
                Ok(0) => break Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => filled += count,
                Err(Errno::INTR) => {}
                Err(error) => break Err(error.into()),
            }
        };
        self.inside -= filled - start;
        self.parked.truncate(filled);
        result
    }

    pub(super) fn discard(&mut self) -> u64 {
        let count = self.len() as u64;
        let inside = self.inside;
        if self.park(inside).is_err() {
            // Its own pipe, whose content is counted: it cannot fail. If it
            // does, what is in it must not be taken for the next bytes.
            if let Ok(fresh) = Self::new() {
                *self = fresh;
            }
        }
        self.parked = Vec::new();
        count
    }
}

/// Enlarges a service's pipe once it turns out to talk much. Not before: each
/// kilobyte counts against a limit of the whole user
/// (`/proc/sys/fs/pipe-user-pages-soft`).
#[derive(Debug, Default)]
pub(super) struct Growth {
    tried: AtomicBool,
}

impl Growth {
    pub(super) fn after(&self, pipe: BorrowedFd<'_>, came: usize) {
        if came < SMALL / 2 || self.tried.load(Ordering::Relaxed) {
            return;
        }
        // Pages need not be full, so half of the capacity is called full.
        let capacity = fcntl_getpipe_size(pipe.as_fd()).unwrap_or(usize::MAX);
        if came >= capacity / 2 {
            self.tried.store(true, Ordering::Relaxed);
            let _ = fcntl_setpipe_size(pipe, LARGE);
        }
    }
}
