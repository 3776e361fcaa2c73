//! The two ends of a channel: the core, which listens, and a helper, which
//! connects.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::OsStr;
use std::io;

use outlast_model::Pid;

use super::Connection;

/// Who is at the other end of a connection to the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The user's number, on Windows the security identifier (`S-1-…`).
    pub user: String,
    /// The process, when the connection was made.
    pub pid: Option<Pid>,
}

/// What happens at a core's end.
#[derive(Debug)]
pub enum Arrival {
    /// Somebody who is admitted has connected.
    Admitted(Connection, Peer),
    /// Somebody who is not has connected, and was closed before a byte was read
    /// or written. Windows refuses him by itself, and tells nobody.
    Refused(Peer),
    /// This user is admitted and cannot connect: somebody else has taken the
    /// pipe's name, for example. Windows only.
    Unserved {
        /// The security identifier.
        user: String,
        /// Why not.
        error: io::Error,
    },
}

/// The core's end.
#[derive(Debug)]
pub struct Listener(sys::Listener);

impl Listener {
    /// Begins to listen at `address`, which is that of a
    /// [`Channel`](super::Channel). One process does; what an earlier one has left
    /// is removed.
    ///
    /// # Errors
    /// When this process is not the core's account, and when the folder is not
    /// what a guardian makes.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub fn bind(address: &OsStr) -> io::Result<Self> {
        sys::Listener::bind(address).map(Self)
    }

    /// Waits for the next arrival. Looks at the folder, which blocks as a file
    /// system does. Cancel-safe.
    ///
    /// # Errors
    /// When the system is out of descriptors, for example, or the channel was
    /// removed; listening goes on.
    pub async fn accept(&mut self) -> io::Result<Arrival> {
        self.0.accept().await
    }

    /// Has [`accept`](Self::accept) serve those whom it could not serve before, if
    /// it can now. The system does not tell.
    pub fn look_again(&mut self) {
        self.0.look_again();
    }
}

/// Connects to the core of the channel at `address`, as a helper.
///
/// That it succeeds does not mean that the core has admitted this user: the
/// core closes the connection of one whom it has not.
///
/// # Errors
/// `NotFound` or `ConnectionRefused` when no core listens, `PermissionDenied` when
/// this user may not connect or when whoever listens is not the core.
///
/// # Panics
/// Outside a tokio runtime with I/O enabled.
pub async fn connect(address: &OsStr) -> io::Result<Connection> {
    sys::connect(address).await.map(Connection)
}
