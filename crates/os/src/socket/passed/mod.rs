//! The other side: what this process was given by the protocol of `sd_listen_fds(3)`.

#[cfg(windows)]
mod absent;
#[cfg(unix)]
mod unix;

#[cfg(windows)]
use absent as sys;
#[cfg(unix)]
use unix as sys;

use std::net::{TcpListener, UdpSocket};

/// A descriptor that this process was given. Its children do not inherit it.
#[derive(Debug)]
pub struct Passed {
    /// What it is called.
    pub name: String,
    descriptor: sys::Descriptor,
}

/// Everything that this process was given, in order; the first time. After that, and
/// where nothing was given, nothing.
pub fn take() -> Vec<Passed> {
    sys::take()
}

impl Passed {
    /// Whether it takes TCP connections.
    pub fn is_tcp(&self) -> bool {
        self.descriptor.is_tcp_listener()
    }

    /// As a socket that takes TCP connections.
    ///
    /// # Errors
    /// It is something else.
    pub fn into_tcp(self) -> Result<TcpListener, Self> {
        if self.is_tcp() {
            Ok(self.descriptor.into_tcp())
        } else {
            Err(self)
        }
    }

    /// As a socket for UDP datagrams.
    ///
    /// # Errors
    /// It is something else.
    pub fn into_udp(self) -> Result<UdpSocket, Self> {
        if self.descriptor.is_udp() {
            Ok(self.descriptor.into_udp())
        } else {
            Err(self)
        }
    }

    /// As the number of a descriptor, which the caller has to close.
    pub fn into_number(self) -> i32 {
        self.descriptor.into_number()
    }
}
