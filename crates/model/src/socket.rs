//! Sockets that the guardian opens for a service and hands to each of its instances.

use core::fmt;
use core::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

/// As many sockets may be opened for a service.
pub const MAX_SOCKETS: usize = 32;

/// As much may be kept for a service beside: the guardian's own limit of open files is
/// for all of them.
pub const MAX_STORED: u16 = 512;

/// The longest name of a socket; systemd's bound.
pub const MAX_NAME: usize = 255;

/// A socket at which others find a service. It is open before the service runs, and
/// stays so while one instance makes way for the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socket {
    /// What the service knows it by. Several may have the same.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// How many connections may wait to be accepted; `None`: as many as the system
    /// allows.
    pub backlog: Option<NonZeroU32>,
    /// Whether other processes may open one at the same place.
    pub reuse_port: bool,
}

/// Where a socket is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// It takes TCP connections.
    Tcp(SocketAddr),
    /// It takes UDP datagrams.
    Udp(SocketAddr),
    /// It takes connections over a file.
    Unix {
        /// Which; absolute.
        path: PathBuf,
        /// Who may connect: permissions as of a file.
        mode: u32,
    },
}

impl fmt::Display for Address {
    /// As a file has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(at) => write!(f, "{at}"),
            Self::Udp(at) => write!(f, "udp://{at}"),
            Self::Unix { path, .. } => write!(f, "{}", path.display()),
        }
    }
}

/// Whether `name` can name a socket: it stands in a list with colons between.
pub fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_graphic() && c != ':';
    !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(fits)
}
