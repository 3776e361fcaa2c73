//! What a service tells about itself by the protocol of `sd_notify(3)`, seen
//! from the other side: a socket that takes its datagrams, or a named pipe that
//! takes the same text.
//!
//! Linux and Windows. macOS and FreeBSD do not tell who has sent a datagram (macOS
//! not at all).

#[cfg(not(any(target_os = "linux", windows)))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;
pub mod message;
#[cfg(windows)]
mod windows;

#[cfg(not(any(target_os = "linux", windows)))]
use absent as sys;
#[cfg(target_os = "linux")]
use linux as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::OsString;
use std::io;

use outlast_model::Pid;

use crate::account::Account;

pub use message::Message;

/// Whether there are such sockets on this system.
pub const IS_SUPPORTED: bool = cfg!(any(target_os = "linux", windows));

/// A socket for the messages of one instance, under a name that no other has.
/// Messages wait in it until they are read; when the system's bound is reached,
/// whoever sends waits or is refused.
#[derive(Debug)]
pub struct NotifySocket(sys::NotifySocket);

impl NotifySocket {
    /// Makes one, in the runtime of the calling thread, for messages of `sender`;
    /// `None`: of who runs as this process does. Where a name has no owner, others
    /// can send as well.
    ///
    /// # Errors
    /// `Unsupported` where there are none; else the system's refusal.
    pub fn bind(sender: Option<&Account>) -> io::Result<Self> {
        sys::NotifySocket::bind(sender).map(Self)
    }

    /// What `NOTIFY_SOCKET` is to be set to.
    pub fn name(&self) -> OsString {
        self.0.name()
    }

    /// Begins to listen, in the runtime of the calling thread.
    ///
    /// # Errors
    /// The system's refusal.
    pub fn listen(self) -> io::Result<Messages> {
        self.0.listen().map(Messages)
    }
}

/// The messages of one instance.
#[derive(Debug)]
pub struct Messages(sys::Messages);

impl Messages {
    /// The next message; waits for it. Cancel-safe.
    ///
    /// # Errors
    /// When the system gives no more of them.
    pub async fn next(&mut self) -> io::Result<Received> {
        self.0.next().await
    }
}

/// A message and what is known about it.
#[derive(Debug)]
pub struct Received {
    /// Who has sent it, as the kernel says; `None`: somebody in another world of
    /// process numbers.
    pub sender: Option<Pid>,
    /// What it says; `None`: it was longer than [`message::MAX_MESSAGE`] (Windows:
    /// or as long).
    pub message: Option<Message>,
    /// The descriptors that came with it.
    pub passed: Passed,
}

/// Descriptors that came with a message. They are closed when this is dropped,
/// which is what the sender of a barrier waits for.
#[derive(Debug)]
pub struct Passed(pub(crate) sys::Passed);

pub(crate) use sys::Passed as SystemPassed;

impl Passed {
    /// Whether there are any.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
