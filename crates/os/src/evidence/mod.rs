//! What the processes of a service do at this moment, seen from outside.
//!
//! It is for a service that is about to be stopped because it does not work, so
//! nothing is asked of the processes themselves, and nothing is read that may wait
//! for one of them: a command line or a map of memory takes a lock that a hung
//! process may hold. What is read is bounded in number, size and time.

#[cfg(not(any(target_os = "linux", windows)))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(target_os = "linux", windows))]
mod room;
#[cfg(windows)]
mod windows;

#[cfg(not(any(target_os = "linux", windows)))]
use absent as sys;
#[cfg(target_os = "linux")]
use linux as sys;
#[cfg(windows)]
use windows as sys;

use std::time::Duration;

use outlast_model::Pid;
use outlast_model::evidence::Evidence;

/// How long it may take.
pub const LIMIT: Duration = Duration::from_millis(50);

/// What these processes do, as far as it can be seen within [`LIMIT`]; `None` where
/// the system does not tell. Blocks for that long, and at most for one more file of
/// `/proc`.
pub fn gather(processes: &[Pid]) -> Option<Evidence> {
    sys::gather(processes)
}
