//! How many files the guardian may have open.

#[cfg(unix)]
pub(crate) mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

/// Raises the limit of open files of this process to the most that it may have
/// without privilege. Services do not notice: they get back what the guardian
/// itself was given. Returns how many it may open now; `None` when there is no
/// such limit (Windows) or it cannot be told.
pub fn raise_open_files() -> Option<u64> {
    sys::raise_open_files()
}
