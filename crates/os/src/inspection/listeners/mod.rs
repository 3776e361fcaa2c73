//! Sockets on which processes wait for others.

#[cfg(not(any(target_os = "linux", windows)))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(windows)]
mod windows;

#[cfg(not(any(target_os = "linux", windows)))]
use absent as sys;
#[cfg(target_os = "linux")]
use linux as sys;
#[cfg(windows)]
use windows as sys;

use std::net::SocketAddr;

/// A TCP socket that accepts connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Listener {
    /// Who has it.
    pub pid: u32,
    /// Where it can be reached.
    pub address: SocketAddr,
    /// Whether that process runs as root.
    pub is_all_powerful: bool,
}

/// The listening TCP sockets of the process `pid` and of all that descend from
/// it; `None` where the system does not tell, or not to this user.
pub fn listeners(pid: u32) -> Option<Vec<Listener>> {
    sys::listeners(pid)
}

/// Who listens at this TCP address, or in its way, in words; `None` where that is
/// not told, not to this user, or not soon.
#[cfg_attr(
    windows,
    expect(dead_code, reason = "nobody opens sockets for others there")
)]
pub(crate) fn at(address: SocketAddr) -> Option<String> {
    sys::at(address)
}

/// Who listens at this TCP port, at whichever address; whose that socket is, if it is
/// told.
#[cfg(target_os = "linux")]
pub(crate) fn at_port(port: u16) -> Option<(SocketAddr, Option<(u32, String)>)> {
    sys::at_port(port)
}

/// Whether any of these processes listens on a TCP port, other than by the sockets
/// with the inodes `except`; `None` where the system does not tell, or not to this
/// user.
pub fn any_listens(pids: &[u32], except: &[u64]) -> Option<bool> {
    sys::any_listens(pids, except)
}
