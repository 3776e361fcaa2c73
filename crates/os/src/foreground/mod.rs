//! Running a command in the place of this process: with its terminal and its
//! streams, and with the signals that were meant for it.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::Command;

use outlast_model::Exit;

/// Runs `program` (a path, or a bare name that is looked for in `PATH`) to its
/// end and says how that came. Blocks until then.
///
/// The command is in this process's process group and on its console, so what is
/// typed at the terminal reaches it. Signals that are sent to this process are
/// passed on on Unix: `TERM`, `HUP`, `USR1`, `USR2`, and `INT` and `QUIT` unless
/// they come from the terminal, which sends them to the command itself. This
/// process ends with the command, and not with them.
///
/// # Errors
/// When the command cannot be started.
pub fn run(program: &OsStr, arguments: &[OsString]) -> io::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // First, so that none ends this process alone.
        let signals = sys::Signals::listen()?;
        let child = Command::new(program).args(arguments).spawn()?;
        sys::wait(child, signals).await
    })
}
