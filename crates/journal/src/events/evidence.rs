//! What was seen of a service before it was stopped, as it is stored.

use outlast_model::evidence::{ProcessSeen, SocketSeen, ThreadsSeen};
use serde::{Deserialize, Serialize};

/// A process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredProcess {
    /// Its number.
    pub pid: u32,
    /// Its name.
    pub name: String,
    /// The processor time that it has used.
    pub cpu_seconds: f64,
    /// How many files it has open; absent: that was not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_files: Option<u32>,
    /// Its threads, those that did the same together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<StoredThreads>,
}

/// Threads of a process that did the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredThreads {
    /// How many.
    pub count: u32,
    /// What the scheduler said.
    pub state: String,
    /// Where in the kernel they waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_in: Option<String>,
    /// The names of some of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Where one of them was in the kernel, innermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<String>,
}

/// A TCP socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSocket {
    /// Its own address.
    pub local: String,
    /// The other end; absent: it listened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// Bytes that were not read; of one that listened, connections that were not
    /// accepted.
    #[serde(default)]
    pub unread: u32,
    /// Bytes that had not arrived.
    #[serde(default)]
    pub unsent: u32,
}

impl From<&ProcessSeen> for StoredProcess {
    fn from(process: &ProcessSeen) -> Self {
        Self {
            pid: process.pid.0,
            name: process.name.clone(),
            cpu_seconds: process.cpu.as_secs_f64(),
            open_files: process.open_files,
            threads: process.threads.iter().map(Into::into).collect(),
        }
    }
}

impl From<&ThreadsSeen> for StoredThreads {
    fn from(threads: &ThreadsSeen) -> Self {
        Self {
            count: threads.count,
            state: threads.state.clone(),
            waits_in: threads.waits_in.clone(),
            names: threads.names.clone(),
            stack: threads.stack.clone(),
        }
    }
}

impl From<&SocketSeen> for StoredSocket {
    fn from(socket: &SocketSeen) -> Self {
        Self {
            local: socket.local.to_string(),
            remote: socket.remote.map(|remote| remote.to_string()),
            unread: socket.unread,
            unsent: socket.unsent,
        }
    }
}
