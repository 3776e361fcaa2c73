//! What is seen of a service that is about to be stopped because it does not work.

// `core` has the address alone, without what connects to it.
use core::net::SocketAddr;
use std::time::Duration;

use crate::Pid;

/// What its processes do at that moment.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Its processes, in no order.
    pub processes: Vec<ProcessSeen>,
    /// Their TCP sockets, those that listen first.
    pub sockets: Vec<SocketSeen>,
    /// Whether there was more than is kept, or no time to look at it.
    pub is_partial: bool,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessSeen {
    /// Which.
    pub pid: Pid,
    /// Its name.
    pub name: String,
    /// The processor time that it has used.
    pub cpu: Duration,
    /// How many files it has open; `None`: that is not told.
    pub open_files: Option<u32>,
    /// Its threads, those that do the same together.
    pub threads: Vec<ThreadsSeen>,
}

/// Threads of a process that do the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadsSeen {
    /// How many.
    pub count: u32,
    /// What the scheduler says: `running`, `sleeping`, `waiting for a disk` …
    pub state: String,
    /// Where in the kernel they wait; `None`: nowhere, or that is not told.
    pub waits_in: Option<String>,
    /// The names of some of them.
    pub names: Vec<String>,
    /// Where one of them is in the kernel, innermost first; empty: only root may
    /// know.
    pub stack: Vec<String>,
}

/// A TCP socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketSeen {
    /// Its own address.
    pub local: SocketAddr,
    /// The other end; `None`: it listens.
    pub remote: Option<SocketAddr>,
    /// Bytes that have come and were not read; of one that listens, connections
    /// that were not accepted.
    pub unread: u32,
    /// Bytes that were sent and have not arrived.
    pub unsent: u32,
}
