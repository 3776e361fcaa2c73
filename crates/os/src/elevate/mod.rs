//! Running a program with an administrator's rights, as Windows' User Account
//! Control lets a person allow.

#[cfg(not(windows))]
mod absent;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
use absent as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::OsString;
use std::io;
use std::path::Path;

/// Asks the person at the screen to let `program` run with an administrator's
/// rights, runs it with `arguments` in this process's folder, and waits for its
/// end: for as long as it takes. Gives its exit code.
///
/// It has a console window of its own: nothing of what it prints comes here, and
/// this process's input does not reach it.
///
/// # Errors
/// `PermissionDenied` when the person says no; `Unsupported` on other systems,
/// where `sudo` does this in the same terminal.
pub fn run(program: &Path, arguments: &[OsString]) -> io::Result<u32> {
    sys::run(program, arguments)
}
