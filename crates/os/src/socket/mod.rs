//! Sockets that are open before a service runs and stay so when it ends: it is given
//! them by the protocol of `sd_listen_fds(3)`.

#[cfg(windows)]
mod absent;
#[cfg(unix)]
mod failure;
pub mod passed;
#[cfg(unix)]
mod unix;

#[cfg(windows)]
use absent as sys;
#[cfg(unix)]
use unix as sys;

use outlast_model::StartFailure;

use crate::account::Account;
use crate::process::Handed;

/// Whether a process can be given sockets on this system.
pub const IS_SUPPORTED: bool = cfg!(unix);

/// A socket that others find a service at. Who connects waits in it, also while
/// nobody has been given it. When it is dropped, and who was given it has closed it,
/// whoever connects is refused; the file of one that has a file is removed.
#[derive(Debug)]
pub struct Socket(sys::Socket);

impl Socket {
    /// Opens one, for a service that runs under the account `user` (`None`: this
    /// process's), to whom its file belongs, if it has one. A file that was left
    /// behind by somebody who listens no more is replaced; folders that are missing
    /// are made.
    ///
    /// # Errors
    /// Why not, and what can be done.
    pub fn open(
        definition: &outlast_model::Socket,
        user: Option<&Account>,
    ) -> Result<Self, StartFailure> {
        sys::Socket::open(definition, user).map(Self)
    }

    /// For a new process, which waits in its calls until it says otherwise: what
    /// another one has said about that is forgotten.
    pub fn hand(&self) -> Handed<'_> {
        self.0.hand()
    }

    /// What the system's tables call it.
    pub fn inode(&self) -> Option<u64> {
        self.0.inode()
    }
}
