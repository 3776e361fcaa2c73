//! Where a guardian is spoken to, and by whom: a Unix socket or a named pipe
//! that only its own user and the machine's administrator can open.

#[cfg(unix)]
pub(crate) mod unix;
#[cfg(windows)]
pub(crate) mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use outlast_model::Pid;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Where a guardian listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    place: PathBuf,
    /// Whoever may change it may be the guardian; looked at on Windows only, where
    /// the place does not say whose it is.
    state_dir: PathBuf,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.display().fmt(f)
    }
}

/// Where the guardian of this state directory listens, whether it runs or not.
///
/// Unix: `control.sock` in it; when that path is longer than 100 bytes (the
/// system allows 104 to 108), or nothing can be made in that directory, a path
/// below `/tmp/outlast-UID` made from a hash. Windows: a pipe name made from a
/// hash of the canonical path.
pub fn address(state_dir: &Path) -> Address {
    Address {
        place: sys::place(state_dir),
        state_dir: state_dir.to_owned(),
    }
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The process, when the connection was made.
    pub pid: Option<Pid>,
    /// The account, by number or name.
    pub user: Option<String>,
}

/// Waits for connections.
#[derive(Debug)]
pub struct Listener(sys::Listener);

impl Listener {
    /// Begins to listen. The caller holds the lock of the state directory
    /// ([`crate::lock`]): what an earlier guardian left at this address is
    /// removed.
    ///
    /// # Errors
    /// When the address cannot be made, or belongs to someone else.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub fn bind(address: &Address) -> io::Result<Self> {
        sys::Listener::bind(address).map(Self)
    }

    /// Waits for the next connection of somebody who may speak to this
    /// guardian: its own user, or the administrator. Others are closed before
    /// a byte of theirs is read. Cancel-safe.
    ///
    /// # Errors
    /// When the system is out of descriptors, for example; listening goes on.
    pub async fn accept(&mut self) -> io::Result<(Connection, Peer)> {
        let (stream, peer) = self.0.accept().await?;
        Ok((Connection(stream), peer))
    }
}

/// Removes what a guardian that has ended leaves at `address`: on Unix its
/// socket, on Windows nothing. The caller holds the lock of the state directory.
/// Best effort; the next guardian removes it otherwise.
pub fn clear(address: &Address) {
    sys::clear(address);
}

/// Connects to the guardian at `address`.
///
/// # Errors
/// `NotFound` or `ConnectionRefused` when none listens there,
/// `PermissionDenied` when it may not be spoken to, or when the other end is
/// another user's.
///
/// # Panics
/// Outside a tokio runtime with I/O enabled.
pub async fn connect(address: &Address) -> io::Result<Connection> {
    sys::connect(address).await.map(Connection)
}

/// A stream of bytes in both directions.
#[derive(Debug)]
pub struct Connection(pub(crate) sys::Stream);

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
