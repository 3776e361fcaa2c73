//! Under which name a program writes to Windows' Event Log.
//!
//! The viewer shows a message by a text that it looks up in a *message file* of
//! the source. Ours would have to be compiled into every program, with Windows'
//! message compiler. `EventCreate.exe`, which every Windows has, comes with the
//! text "%1" for the numbers 1 to 1000, so any message can be shown by it.

use std::io;

#[cfg(not(windows))]
use self::absent as sys;
#[cfg(windows)]
use super::windows::source as sys;

/// Registers the source `name` in the log *Application*. One that is there
/// already stays as it is: another program writes under that name, and reading
/// its messages matters more.
///
/// # Errors
/// As the registry tells them: only administrators may. `Unsupported` elsewhere
/// than on Windows.
pub fn register(name: &str) -> io::Result<()> {
    sys::register(name)
}

/// Removes the source `name` if [`register`] may have made it.
///
/// # Errors
/// As [`register`].
pub fn unregister(name: &str) -> io::Result<()> {
    sys::unregister(name)
}

/// The message file of the source `name`; `None` when there is no such source.
///
/// # Errors
/// As the registry tells them. `Unsupported` elsewhere than on Windows.
pub fn message_file(name: &str) -> io::Result<Option<String>> {
    sys::message_file(name)
}

#[cfg(not(windows))]
mod absent {
    use std::io;

    pub(super) fn register(_name: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn unregister(_name: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn message_file(_name: &str) -> io::Result<Option<String>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
