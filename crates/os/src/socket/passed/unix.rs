//! `LISTEN_FDS`, `LISTEN_PID` and `LISTEN_FDNAMES`.

use std::env;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::{BorrowedFd, FromRawFd as _, IntoRawFd as _, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::io::FdFlags;
use rustix::net::{AddressFamily, SocketType, sockopt};

use super::Passed;
use crate::process::FIRST_HANDED;

/// No manager passes more.
const MOST: usize = 4096;

#[derive(Debug)]
pub(super) struct Descriptor(OwnedFd);

pub(super) fn take() -> Vec<Passed> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if TAKEN.swap(true, Ordering::AcqRel) {
        return Vec::new();
    }
    let value = |name: &str| env::var(name).unwrap_or_default();
    let names = value("LISTEN_FDNAMES");
    let count = count(
        &value("LISTEN_PID"),
        &value("LISTEN_FDS"),
        std::process::id(),
    );
    (FIRST_HANDED..)
        .take(count)
        .zip(names.split(':').chain(std::iter::repeat("")))
        .filter_map(|(number, name)| {
            Some(Passed {
                name: name.to_owned(),
                descriptor: own(number)?,
            })
        })
        .collect()
}

/// Variables that are meant for another process stay in the environment of its
/// children.
fn count(pid: &str, count: &str, own: u32) -> usize {
    let is_meant = pid.parse() == Ok(own);
    let count = count.parse().ok().filter(|count| *count <= MOST);
    count.filter(|_| is_meant).unwrap_or(0)
}

/// `None`: there is no such descriptor.
fn own(number: RawFd) -> Option<Descriptor> {
    // SAFETY: used for this call only, which refuses numbers that are not open.
    let found = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_setfd(found, FdFlags::CLOEXEC).ok()?;
    // SAFETY: it is open, and by the protocol it belongs to whoever takes it first,
    // which is done once.
    Some(Descriptor(unsafe { OwnedFd::from_raw_fd(number) }))
}

impl Descriptor {
    fn is(&self, kind: SocketType, listens: bool) -> bool {
        let address = rustix::net::getsockname(&self.0);
        let is_inet = address.is_ok_and(|address| {
            matches!(
                address.address_family(),
                AddressFamily::INET | AddressFamily::INET6
            )
        });
        let is_kind = sockopt::socket_type(&self.0) == Ok(kind);
        is_inet && is_kind && self.accepts().is_none_or(|accepts| accepts == listens)
    }

    /// Whether it listens; `None`: that cannot be told.
    #[cfg(not(target_vendor = "apple"))]
    fn accepts(&self) -> Option<bool> {
        sockopt::socket_acceptconn(&self.0).ok()
    }

    /// `SO_ACCEPTCONN` is not answered there.
    #[cfg(target_vendor = "apple")]
    #[expect(clippy::unused_self, reason = "the others ask it")]
    const fn accepts(&self) -> Option<bool> {
        None
    }

    pub(super) fn is_tcp_listener(&self) -> bool {
        self.is(SocketType::STREAM, true)
    }

    pub(super) fn is_udp(&self) -> bool {
        self.is(SocketType::DGRAM, false)
    }

    pub(super) fn into_tcp(self) -> TcpListener {
        self.0.into()
    }

    pub(super) fn into_udp(self) -> UdpSocket {
        self.0.into()
    }

    pub(super) fn into_number(self) -> i32 {
        self.0.into_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn what_is_meant_for_another_process_is_left_alone() {
        assert_eq!(count("7", "2", 7), 2);
        for (pid, number) in [("8", "2"), ("", "2"), ("7", ""), ("7", "-1"), ("7", "4097")] {
            assert_eq!(count(pid, number, 7), 0, "{pid} {number}");
        }
    }
}
