//! The system's table of processes.

#[cfg(target_os = "freebsd")]
mod freebsd;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_vendor = "apple")]
mod macos;

#[cfg(target_os = "freebsd")]
use freebsd as sys;
#[cfg(target_os = "linux")]
use linux as sys;
#[cfg(target_vendor = "apple")]
use macos as sys;

#[cfg(target_os = "linux")]
pub(super) use linux::children_of_this_process;

use std::io;
use std::time::Duration;

use super::signalling::Found;

/// A process in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) pid: libc::pid_t,
    pub(crate) parent: libc::pid_t,
    pub(super) session: libc::pid_t,
    /// When it was started, in the system's own unit; with the number it is
    /// the identity of a process.
    pub(crate) start: u64,
    /// It has ended and was not reaped.
    pub(crate) zombie: bool,
}

/// The same process, whatever its parent and session are by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Member {
    pub(super) pid: libc::pid_t,
    pub(super) start: u64,
}

impl Row {
    pub(super) fn member(self) -> Member {
        Member {
            pid: self.pid,
            start: self.start,
        }
    }
}

impl Found for Member {
    fn pid(self) -> libc::pid_t {
        self.pid
    }

    fn is_still_it(self) -> bool {
        row(self.pid).is_some_and(|row| row.start == self.start)
    }
}

/// All processes, in no order. It is no snapshot: what begins or ends meanwhile
/// may or may not be there.
pub(crate) fn rows() -> io::Result<Vec<Row>> {
    sys::rows()
}

/// One process; `None` when it is gone.
pub(super) fn row(pid: libc::pid_t) -> Option<Row> {
    sys::row(pid)
}

/// The value of this variable in the environment that the process was started
/// with; `None` when it has none, or may not be asked.
pub(super) fn variable(pid: libc::pid_t, name: &str) -> Option<Vec<u8>> {
    sys::variable(pid, name)
}

/// Its resident set in bytes, and the processor time it has used.
pub(super) fn usage(pid: libc::pid_t) -> Option<(u64, Duration)> {
    sys::usage(pid)
}

/// Finds `NAME=` among strings that end with zero bytes.
fn find_variable(strings: &[u8], name: &str) -> Option<Vec<u8>> {
    strings
        .split(|byte| *byte == 0)
        .find_map(|entry| entry.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
        .map(<[u8]>::to_vec)
}
