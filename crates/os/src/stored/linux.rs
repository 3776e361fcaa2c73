//! Descriptors in tokio's poller, where there is something to wait for.

use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::Watch;
use crate::notify_socket::SystemPassed;
use crate::polled::polled;
use crate::process::Handed;

/// `KCMP_FILE` of `linux/kcmp.h`.
const KCMP_FILE: libc::c_int = 0;

#[derive(Clone, Debug)]
pub(super) struct Stored(Arc<Descriptor>);

#[derive(Debug)]
enum Descriptor {
    /// For `EPOLLPRI`: hang-ups are told with any interest, and urgent data is rare, so
    /// that traffic wakes nobody.
    Polled(AsyncFd<OwnedFd>),
    Plain(OwnedFd),
}

impl Stored {
    pub(super) fn from_message(passed: SystemPassed, watch: Watch) -> Vec<Self> {
        let all = passed.into_descriptors().into_iter();
        all.map(|it| Self(Arc::new(Descriptor::new(it, watch))))
            .collect()
    }

    pub(super) fn hand(&self) -> Handed<'_> {
        Handed(self.0.as_fd())
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        let (one, other) = (self.0.as_fd(), other.0.as_fd());
        let own = std::process::id();
        // SAFETY: numbers only; it changes nothing.
        let order = unsafe {
            let (one, other) = (one.as_raw_fd(), other.as_raw_fd());
            libc::syscall(libc::SYS_kcmp, own, own, KCMP_FILE, one, other)
        };
        // Where a filter forbids it, the file has to do.
        order == 0 || order < 0 && is_same_file(one, other)
    }

    pub(super) async fn hung_up(&self) {
        if let Descriptor::Polled(descriptor) = &*self.0 {
            while let Ok(mut found) = descriptor.ready(Interest::PRIORITY).await {
                if found.ready().is_read_closed() {
                    return;
                }
                found.clear_ready();
            }
        }
        std::future::pending::<()>().await;
    }
}

fn is_same_file(one: BorrowedFd<'_>, other: BorrowedFd<'_>) -> bool {
    let (Ok(one), Ok(other)) = (rustix::fs::fstat(one), rustix::fs::fstat(other)) else {
        return false;
    };
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

impl Descriptor {
    /// Files cannot be waited for, and are kept as they are.
    fn new(descriptor: OwnedFd, watch: Watch) -> Self {
        if watch == Watch::ForHangUp
            && let Ok(duplicate) = rustix::io::fcntl_dupfd_cloexec(&descriptor, 3)
            && let Ok(polled) = polled(duplicate, Interest::PRIORITY)
        {
            return Self::Polled(polled);
        }
        Self::Plain(descriptor)
    }
}

impl AsFd for Descriptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Polled(descriptor) => descriptor.get_ref().as_fd(),
            Self::Plain(descriptor) => descriptor.as_fd(),
        }
    }
}
