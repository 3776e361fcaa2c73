//! `pipe(2)`, read through tokio's poller.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::Moved;
use crate::polled::polled;

#[cfg(not(target_os = "linux"))]
pub(super) use super::buffer::Carrier;
#[cfg(target_os = "linux")]
pub(super) use super::linux::Carrier;

#[derive(Debug)]
pub(crate) struct PipeWriter(OwnedFd);

impl AsFd for PipeWriter {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[derive(Debug)]
pub(super) struct PipeReader(OwnedFd);

impl PipeReader {
    pub(super) fn register(self) -> io::Result<PipeSource> {
        Ok(PipeSource {
            pipe: polled(self.0, Interest::READABLE)?,
            #[cfg(target_os = "linux")]
            growth: super::linux::Growth::default(),
        })
    }
}

/// Only the reading end is non-blocking: the flag belongs to the open file, and
/// programs that write to a non-blocking standard output lose lines.
pub(super) fn pair() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = new_pipe()?;
    rustix::io::ioctl_fionbio(&reader, true)?;
    Ok((PipeReader(reader), PipeWriter(writer)))
}

#[cfg(not(target_vendor = "apple"))]
pub(crate) fn new_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    Ok(rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?)
}

/// macOS has no `pipe2`. A process started by other code in between would
/// inherit the descriptors; the ones of this crate close what they inherit.
#[cfg(target_vendor = "apple")]
pub(crate) fn new_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = rustix::pipe::pipe()?;
    rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::fcntl_setfd(&writer, rustix::io::FdFlags::CLOEXEC)?;
    Ok((reader, writer))
}

#[derive(Debug)]
pub(super) struct PipeSource {
    pipe: AsyncFd<OwnedFd>,
    #[cfg(target_os = "linux")]
    growth: super::linux::Growth,
}

impl PipeSource {
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.pipe.readable().await.map(|mut guard| {
            guard.retain_ready();
        })
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<Moved> {
        if buffer.is_empty() {
            return Ok(Moved::Empty);
        }
        self.attempt(|pipe| Ok(rustix::io::read(pipe, &mut *buffer)?))
    }

    pub(super) fn lift(&self, carrier: &mut Carrier, room: u64) -> io::Result<Moved> {
        let moved = carrier.lift_from(room, self)?;
        #[cfg(target_os = "linux")]
        if let Moved::Bytes(count) = moved {
            self.growth.after(self.pipe.get_ref().as_fd(), count);
        }
        Ok(moved)
    }

    /// One attempt at the descriptor. tokio forgets that the pipe is readable
    /// when, and only when, `action` says `WouldBlock`; the poller is
    /// edge-triggered, so `action` may say so only when the pipe is empty.
    pub(super) fn attempt(
        &self,
        mut action: impl FnMut(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<Moved> {
        loop {
            let result = self
                .pipe
                .try_io(Interest::READABLE, |pipe| action(pipe.as_fd()));
            return match result {
                Ok(0) => Ok(Moved::End),
                Ok(count) => Ok(Moved::Bytes(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Moved::Empty),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
        }
    }

    /// Whether bytes wait in the pipe.
    #[cfg(target_os = "linux")]
    pub(super) fn has_bytes(&self) -> bool {
        rustix::io::ioctl_fionread(&self.pipe).is_ok_and(|waiting| waiting > 0)
    }
}

/// For whoever writes into a pipe of this crate himself.
impl From<super::PipeWriter> for OwnedFd {
    fn from(writer: super::PipeWriter) -> Self {
        writer.0.0
    }
}
