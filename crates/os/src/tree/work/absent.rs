//! What one process has read and written, and how often it ran, is told in other
//! ways on each of the other systems, and not for others' processes.

use super::Counted;

pub(super) const IS_KNOWN: bool = false;

pub(super) const fn of(_: &[libc::pid_t]) -> Option<Counted> {
    None
}
