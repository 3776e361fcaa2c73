//! A guardian's pipe: the lines of sd_notify(3), a message in each write.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::AsRawHandle as _;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Foundation::ERROR_PIPE_BUSY;
use windows_sys::Win32::Storage::FileSystem::SECURITY_IDENTIFICATION;
use windows_sys::Win32::System::Pipes::{PIPE_NOWAIT, SetNamedPipeHandleState, WaitNamedPipeW};

use super::super::words;
use crate::process::windows::wide;

/// How long a guardian may take to make the pipe's next instance, in milliseconds.
const BUSY_WAIT: u32 = 5_000;

#[derive(Debug)]
pub(in crate::manager_link) struct Pipe {
    file: File,
    watchdog: Option<Duration>,
}

impl Pipe {
    /// The pipe that this process was told of.
    pub(super) fn announced() -> Option<OsString> {
        words::socket_name().filter(|name| name.as_encoded_bytes().starts_with(br"\\.\pipe\"))
    }

    pub(super) fn open(name: &OsStr, watchdog: Option<Duration>) -> io::Result<Self> {
        let file = match open(name) {
            Err(error) if error.raw_os_error() == Some(ERROR_PIPE_BUSY.cast_signed()) => {
                wait_for_instance(name)?;
                open(name)
            }
            opened => opened,
        }?;
        let mode = PIPE_NOWAIT;
        // SAFETY: the handle is open; the mode outlives the call, the others are left as they are.
        let is_set = unsafe {
            SetNamedPipeHandleState(
                file.as_raw_handle(),
                &raw const mode,
                ptr::null(),
                ptr::null(),
            )
        };
        if is_set == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { file, watchdog })
    }

    pub(super) const fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    /// Never blocks: a pipe without room takes nothing.
    pub(super) fn send(&self, message: &str) -> io::Result<()> {
        match (&self.file).write(message.as_bytes())? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        }
    }
}

/// Whoever serves the pipe may learn who this is, and not act as it.
fn open(name: &OsStr) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .security_qos_flags(SECURITY_IDENTIFICATION)
        .open(name)
}

fn wait_for_instance(name: &OsStr) -> io::Result<()> {
    let name = wide::terminated(name)?;
    // SAFETY: the name is zero-terminated.
    if unsafe { WaitNamedPipeW(name.as_ptr(), BUSY_WAIT) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use outlast_model::health::Notice;
    use tokio::time::timeout;

    use super::*;
    use crate::notify_socket::{Messages, NotifySocket};

    async fn next(messages: &mut Messages) -> Vec<Notice> {
        let next = timeout(Duration::from_secs(30), messages.next()).await;
        let received = next.expect("it comes in time").expect("it is heard");
        received.message.expect("it is short").notices
    }

    #[tokio::test]
    async fn a_guardian_hears_each_message() {
        let socket = NotifySocket::bind(None).expect("a pipe");
        let pipe = Pipe::open(&socket.name(), None).expect("an instance waits");
        let mut messages = socket.listen().expect("a runtime is there");
        pipe.send(words::READY).expect("sent");
        pipe.send(&words::status("one\nSTOPPING=1")).expect("sent");
        assert_eq!(next(&mut messages).await, [Notice::Ready]);
        let status = Notice::Status("one STOPPING=1".to_owned());
        assert_eq!(next(&mut messages).await, [status]);
    }

    #[tokio::test]
    async fn a_guardian_that_does_not_listen_holds_nobody_up() {
        let socket = NotifySocket::bind(None).expect("a pipe");
        let pipe = Pipe::open(&socket.name(), None).expect("an instance waits");
        let full = (0..1_000_000)
            .find_map(|_| pipe.send(words::ALIVE).err())
            .expect("a pipe has a bound");
        assert_eq!(full.kind(), io::ErrorKind::WouldBlock);
        let mut messages = socket.listen().expect("a runtime is there");
        assert_eq!(next(&mut messages).await, [Notice::Alive]);
    }
}
