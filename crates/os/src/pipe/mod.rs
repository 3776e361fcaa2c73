//! Pipes that carry what services print.
//!
//! The guardian's side of the bargain: a service is never held up by a disk
//! for longer than its policy allows. So bytes leave the service's pipe first
//! ([`PipeSource::lift`], which touches no disk) and go to the file afterwards
//! ([`Carrier::deliver`], which may stall). On Linux they are moved by
//! `splice(2)` through a private pipe and are never copied into this process;
//! elsewhere the carrier is a buffer.

#[cfg(all(unix, not(target_os = "linux")))]
mod buffer;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
pub(crate) mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::fs::File;
use std::io;

/// A new pipe, of which no child inherits anything by accident.
///
/// # Errors
/// When the system has no descriptors or handles left.
pub fn pair() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = sys::pair()?;
    Ok((PipeReader(reader), PipeWriter(writer)))
}

/// The end that a service writes to. The guardian drops its own copy once the
/// service is started: the reader sees the end only when all copies are gone.
#[derive(Debug)]
pub struct PipeWriter(pub(crate) sys::PipeWriter);

/// The end that the guardian reads, before it is tied to a runtime.
#[derive(Debug)]
pub struct PipeReader(sys::PipeReader);

impl PipeReader {
    /// Ties it to the tokio runtime of the calling thread.
    ///
    /// # Errors
    /// When the runtime's poller refuses it.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub fn register(self) -> io::Result<PipeSource> {
        self.0.register().map(PipeSource)
    }
}

/// What one attempt to take bytes came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many bytes, at least one.
    Bytes(usize),
    /// There is nothing now; wait for [`PipeSource::readable`].
    Empty,
    /// There will never be anything again: every writer is gone.
    End,
}

/// The end that the guardian reads.
#[derive(Debug)]
pub struct PipeSource(sys::PipeSource);

impl PipeSource {
    /// Waits until there is something to take, or the end. Cancel-safe. May
    /// return when there is nothing after all.
    ///
    /// # Errors
    /// When the runtime's poller is shut down.
    pub async fn readable(&self) -> io::Result<()> {
        self.0.readable().await
    }

    /// Takes what is there into `buffer`. Never blocks. An empty `buffer`
    /// gives [`Moved::Empty`].
    ///
    /// # Errors
    /// As the system tells them; none is expected.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<Moved> {
        self.0.read(buffer)
    }

    /// Moves at most `room` bytes into `carrier`, as many as it has place for.
    /// Never blocks and touches no file system. [`Moved::Empty`] also when
    /// `room` is 0 or the carrier is full: [`Carrier::deliver`] first.
    ///
    /// # Errors
    /// As the system tells them; none is expected.
    pub fn lift(&self, carrier: &mut Carrier, room: u64) -> io::Result<Moved> {
        self.0.lift(&mut carrier.0, room)
    }
}

#[cfg(windows)]
impl From<tokio::net::windows::named_pipe::NamedPipeServer> for PipeSource {
    /// Its clients are the writers.
    fn from(pipe: tokio::net::windows::named_pipe::NamedPipeServer) -> Self {
        Self(sys::PipeSource::of(pipe))
    }
}

/// Bytes on their way from a pipe to a file. It can be filled on one thread and
/// delivered on another.
#[derive(Debug)]
pub struct Carrier(sys::Carrier);

impl Carrier {
    /// An empty one.
    ///
    /// # Errors
    /// When the system has no descriptors left.
    pub fn new() -> io::Result<Self> {
        sys::Carrier::new().map(Self)
    }

    /// How many bytes it carries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it carries nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes at most `room` bytes of what it carries at the end of `file`, and
    /// says how many went in; the others are still carried. With an error
    /// nothing more went in than it says. `file` need not (and on Linux should not: `splice`
    /// refuses it) be opened for appending; nobody else may write to it.
    ///
    /// Blocks for as long as the disk does.
    ///
    /// # Errors
    /// The disk's: full, read-only, broken.
    pub fn deliver(&mut self, file: &File, room: u64) -> (u64, io::Result<()>) {
        self.0.deliver(file, room)
    }

    /// Takes bytes out into `buffer`, as many as fit, and says how many; 0 when
    /// it carries nothing. For who has to look at them. Does not block.
    ///
    /// # Errors
    /// None is expected: the bytes are in this process or in its own pipe.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }

    /// Puts `bytes` behind what it carries, however much that is: for who has read
    /// them from a pipe and looked at them.
    ///
    /// # Errors
    /// None is expected, as in [`Carrier::read`].
    pub fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.put(bytes)
    }

    /// Throws away what it carries and says how many bytes that was.
    pub fn discard(&mut self) -> u64 {
        self.0.discard()
    }
}
