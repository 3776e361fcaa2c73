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

/// Whether a person can be asked here: this process is not elevated, and
/// somebody reads and types at its console.
pub fn is_offered() -> bool {
    sys::is_offered()
}

/// Leaves this process's console for that of the process `pid`, to which its
/// standard streams lead from then on. So a process that was [`run`] elevated
/// speaks where it was asked for.
///
/// # Errors
/// When that process has ended or has no console, after which this one has none
/// either; `Unsupported` on other systems.
pub fn join_console(pid: u32) -> io::Result<()> {
    sys::join_console(pid)
}

/// Asks the person at the screen to let `program` run with an administrator's
/// rights, runs it with `arguments` in this process's folder, and waits for its
/// end: for as long as it takes. Gives its exit code.
///
/// It has a console window of its own until it [joins](join_console) this
/// process's, and the variables of a new logon, not this process's.
///
/// # Errors
/// `PermissionDenied` when the person says no; `Unsupported` on other systems,
/// where `sudo` does this in the same terminal.
pub fn run(program: &Path, arguments: &[OsString]) -> io::Result<u32> {
    sys::run(program, arguments)
}
