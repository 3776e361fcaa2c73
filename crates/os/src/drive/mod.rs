//! Where a file is: on this machine, or where others may change it unseen.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::path::Path;

/// Why the system neither tells of all changes to what is at `path` nor knows who has
/// it open: it may be changed on another machine, or by another kernel. `None`: it is
/// on a drive of this one, or nobody knows.
pub fn why_remote(path: &Path) -> Option<&'static str> {
    sys::why_remote(path)
}
