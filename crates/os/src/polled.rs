//! Descriptors in tokio's poller.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Ties a descriptor to the runtime of the calling thread. On an error it is
/// closed.
pub(crate) fn polled(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open, stays the same file, and nobody else closes
    // it for as long as it exists, which is as long as it is registered.
    Ok(unsafe { AsyncFd::register_with_interest(descriptor, interest) }?)
}
