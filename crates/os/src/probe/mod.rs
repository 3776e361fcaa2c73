//! What it takes to ask whether something works, where systems differ.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::io;
use std::path::Path;

/// Whether there are Unix sockets that [`connect_unix`] can reach.
pub const HAS_UNIX_SOCKETS: bool = cfg!(unix);

/// Whether it can be told which ports the processes of a tree listen on.
pub const KNOWS_LISTENERS: bool = cfg!(any(target_os = "linux", windows));

/// Connects to the Unix socket at `path` and closes the connection.
///
/// # Errors
/// The system's refusal; `WouldBlock` when as many wait as the listener allows;
/// `Unsupported` on Windows.
///
/// # Panics
/// Outside a tokio runtime with I/O enabled.
pub async fn connect_unix(path: &Path) -> io::Result<()> {
    sys::connect_unix(path).await
}

/// Whether `error` says that this process, or the machine, has nothing left to
/// ask with: no descriptors, memory or ports. Then nothing is known of whoever
/// was to be asked.
pub fn is_own_trouble(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::OutOfMemory | io::ErrorKind::AddrNotAvailable | io::ErrorKind::AddrInUse
    ) || error
        .raw_os_error()
        .is_some_and(|number| sys::OWN_TROUBLES.contains(&number))
}
