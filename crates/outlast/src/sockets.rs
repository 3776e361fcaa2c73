//! Sockets that whoever has started the program has opened for it.

use std::fmt;
use std::net::{TcpListener, UdpSocket};
use std::sync::{Mutex, PoisonError};

use outlast_os::socket::passed::{self, Passed};

/// A socket that the program was given: by a guardian (`listen`), by a socket unit of
/// systemd, by anybody who speaks the protocol of `sd_listen_fds(3)`. It is not passed
/// on to children, and closed when this is dropped.
pub struct Socket(Passed);

/// What has not been taken yet; `None`: nobody has asked.
static LEFT: Mutex<Option<Vec<Passed>>> = Mutex::new(None);

/// All that are left.
pub(crate) fn all() -> Vec<Socket> {
    with(std::mem::take).into_iter().map(Socket).collect()
}

/// The first one of this name that takes TCP connections.
pub(crate) fn listener(name: &str) -> Option<TcpListener> {
    with(|left| first(left, |one| one.name == name && one.is_tcp()))?
        .into_tcp()
        .ok()
}

fn first(left: &mut Vec<Passed>, is_it: impl Fn(&Passed) -> bool) -> Option<Passed> {
    let at = left.iter().position(is_it)?;
    Some(left.remove(at))
}

fn with<T>(take: impl FnOnce(&mut Vec<Passed>) -> T) -> T {
    let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
    take(left.get_or_insert_with(passed::take))
}

impl Socket {
    /// What it is called where it was opened.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// As a listener for TCP connections.
    ///
    /// # Errors
    /// Gives it back when it is none.
    pub fn into_tcp(self) -> Result<TcpListener, Self> {
        self.0.into_tcp().map_err(Self)
    }

    /// As a socket for UDP datagrams.
    ///
    /// # Errors
    /// Gives it back when it is none.
    pub fn into_udp(self) -> Result<UdpSocket, Self> {
        self.0.into_udp().map_err(Self)
    }

    /// As the number of its descriptor, which the caller has to close: for what has no
    /// type on every system, such as Unix sockets
    /// (`UnixListener::from_raw_fd(number)`).
    pub fn into_number(self) -> i32 {
        self.0.into_number()
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Socket").field(&self.name()).finish()
    }
}
