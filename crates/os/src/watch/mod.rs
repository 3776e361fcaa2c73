//! Files that somebody watches: which are there, and which have changed.
//!
//! What the system tells of changes (inotify, `ReadDirectoryChangesW`, FSEvents,
//! kqueue, through the crate `notify`) is only ever a *hint* that it is time to look.
//! What has changed is found by looking: the files as they are now beside the files
//! as they were. So a rename, a replaced folder, a queue that has overflowed and a
//! system that tells nothing are all the same to whoever asks.
//!
//! A folder is watched before it is read: what changes after that is told, what
//! changed before is seen.

mod files;
mod hints;
mod ignored;
mod picture;

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

pub use files::{Order, WatchedFiles};
pub use hints::{Hint, HintBox, Woken};
