//! How much the processes of a tree have done, beside what they use.

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
use absent as sys;
#[cfg(target_os = "linux")]
use linux as sys;

/// What the processes of a tree have done since each was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    /// How often its threads gave a processor away.
    pub(super) wakeups: Option<u64>,
    /// How often one did so because it had nothing to do.
    pub(super) rests: Option<u64>,
    /// Bytes read and written, by any of them; `None`: this user may not know.
    pub(super) moved: Option<u64>,
    /// Another one for other processes or threads.
    pub(super) members: u64,
}

/// Whether it can be told here.
pub(super) const IS_KNOWN: bool = sys::IS_KNOWN;

/// What these processes have done; those that end meanwhile are left out.
pub(super) fn of(pids: &[libc::pid_t]) -> Option<Counted> {
    sys::of(pids)
}
