//! Named pipes without a name that anyone would know: anonymous ones of Windows
//! cannot be waited for. The guardian's end is overlapped, for tokio; the
//! service's end is an ordinary one, as programs expect of a standard stream.

mod carrier;

use std::io;
use std::os::windows::io::{
    AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, IntoRawHandle, OwnedHandle,
};
use std::process;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::net::windows::named_pipe::NamedPipeServer;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_BROKEN_PIPE, ERROR_PIPE_BUSY, GENERIC_WRITE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_FLAG_FIRST_PIPE_INSTANCE, FILE_FLAG_OVERLAPPED, FILE_READ_ATTRIBUTES,
    OPEN_EXISTING, PIPE_ACCESS_INBOUND,
};
use windows_sys::Win32::System::Pipes::{
    CreateNamedPipeW, PIPE_REJECT_REMOTE_CLIENTS, PIPE_TYPE_BYTE, PIPE_WAIT, PeekNamedPipe,
};

pub(super) use self::carrier::Carrier;
use super::Moved;
use crate::account::windows::Descriptor;

/// What a service can print ahead of its reader.
const CAPACITY: u32 = 256 * 1024;

/// Someone would have to guess names to be in the way, once per attempt.
const ATTEMPTS: usize = 16;

#[derive(Debug)]
pub(crate) struct PipeWriter(OwnedHandle);

#[derive(Debug)]
pub(super) struct PipeReader(OwnedHandle);

#[derive(Debug)]
pub(super) struct PipeSource(NamedPipeServer);

pub(super) fn pair() -> io::Result<(PipeReader, PipeWriter)> {
    let descriptor = Descriptor::of_pipe()?;
    let mut attempt = 0;
    loop {
        attempt += 1;
        match pair_called(&unused_name(), &descriptor) {
            Err(error) if is_in_use(&error) && attempt < ATTEMPTS => {}
            result => return result,
        }
    }
}

fn pair_called(name: &[u16], descriptor: &Descriptor) -> io::Result<(PipeReader, PipeWriter)> {
    let attributes = descriptor.attributes();
    // SAFETY: the name is zero-terminated; the attributes point to the
    // descriptor, which outlives the call.
    let reader = unsafe {
        CreateNamedPipeW(
            name.as_ptr(),
            PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
            PIPE_TYPE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
            1,
            0,
            CAPACITY,
            0,
            &raw const attributes,
        )
    };
    if reader == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made, for us.
    let reader = unsafe { OwnedHandle::from_raw_handle(reader) };
    // The only instance is connected at once: nobody else can be its writer.
    // SAFETY: the name is zero-terminated.
    let writer = unsafe {
        CreateFileW(
            name.as_ptr(),
            GENERIC_WRITE | FILE_READ_ATTRIBUTES,
            0,
            ptr::null(),
            OPEN_EXISTING,
            0,
            ptr::null_mut(),
        )
    };
    if writer == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made, for us.
    let writer = unsafe { OwnedHandle::from_raw_handle(writer) };
    Ok((PipeReader(reader), PipeWriter(writer)))
}

fn unused_name() -> Vec<u16> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!(r"\\.\pipe\outlast-output-{}-{count}", process::id());
    name.encode_utf16().chain([0]).collect()
}

fn is_in_use(error: &io::Error) -> bool {
    // The first is what `FILE_FLAG_FIRST_PIPE_INSTANCE` gives.
    let known = [ERROR_ACCESS_DENIED, ERROR_PIPE_BUSY];
    known
        .iter()
        .any(|code| error.raw_os_error() == Some(code.cast_signed()))
}

impl PipeWriter {
    pub(crate) fn as_handle(&self) -> BorrowedHandle<'_> {
        self.0.as_handle()
    }
}

impl PipeReader {
    pub(super) fn register(self) -> io::Result<PipeSource> {
        // SAFETY: it is an overlapped named pipe, and nobody else's any more.
        unsafe { NamedPipeServer::from_raw_handle(self.0.into_raw_handle()) }.map(PipeSource)
    }
}

impl PipeSource {
    pub(super) const fn of(pipe: NamedPipeServer) -> Self {
        Self(pipe)
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        self.0.readable().await
    }

    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<Moved> {
        if buffer.is_empty() {
            return Ok(Moved::Empty);
        }
        loop {
            match self.0.try_read(buffer) {
                // A writer may write nothing, which arrives as such and is no
                // end; mio makes the same of a broken pipe.
                Ok(0) if !self.is_broken() => {}
                Ok(0) => return Ok(Moved::End),
                Ok(count) => return Ok(Moved::Bytes(count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Moved::Empty);
                }
                Err(error) if is_end(&error) => return Ok(Moved::End),
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn lift(&self, carrier: &mut Carrier, room: u64) -> io::Result<Moved> {
        carrier.lift_from(self, room)
    }

    /// Whether every writer is gone and everything was read.
    fn is_broken(&self) -> bool {
        // SAFETY: the handle is open; nothing is asked for but success.
        let is_there = unsafe {
            PeekNamedPipe(
                self.0.as_raw_handle(),
                ptr::null_mut(),
                0,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        is_there == 0
    }
}

fn is_end(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
        || error.raw_os_error() == Some(ERROR_BROKEN_PIPE.cast_signed())
}
