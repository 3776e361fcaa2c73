//! What is started, and how its program is found.
//!
//! Starting itself is a matter of the tree that the process is born in:
//! [`Tree::spawn`](crate::tree::Tree::spawn).

#[cfg(unix)]
mod bounds;
#[cfg(unix)]
mod child;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod confine;
#[cfg(unix)]
mod executable;
#[cfg(unix)]
mod failure;
#[cfg(unix)]
mod fork;
#[cfg(unix)]
mod prepared;
#[cfg(unix)]
pub(crate) mod unix;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod vfork;
#[cfg(windows)]
pub(crate) mod windows;

mod fitness;
pub(crate) mod machine_code;
mod own;
mod tool;

#[cfg(unix)]
pub(crate) use prepared::FIRST_HANDED;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

pub use fitness::{Fitness, FitnessCheck};
pub use own::own_program;
pub use tool::{ToolEnded, run_tool};

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use outlast_model::StartFailure;
use outlast_model::limits::{Capabilities, Limits};

use crate::account::Logon;
use crate::pipe::PipeWriter;
use crate::sandbox::Sandbox;

/// Everything about a process that is to be started. What is not named here is
/// not inherited: descriptors, handles, signal masks, ignored signals and
/// variables of the guardian stay with it.
#[derive(Clone, Copy, Debug)]
pub struct Spawn<'a> {
    /// What is executed, as [`find_program`] found it; absolute.
    pub program: &'a Path,
    /// Its arguments, without the program's own name (which becomes
    /// `argv[0]` as it stands in `program`).
    pub arguments: &'a [OsString],
    /// All its variables.
    pub environment: &'a [(OsString, OsString)],
    /// Its working folder.
    pub dir: &'a Path,
    /// Whom it runs as; `None`: as the guardian.
    pub logon: Option<&'a Logon>,
    /// How far it is shut off.
    pub sandbox: Option<&'a Sandbox>,
    /// Which permissions its new files do not have (Unix); `None`: as the guardian's.
    pub umask: Option<u32>,
    /// All the rights of root that it has (Linux; elsewhere the start fails).
    pub capabilities: Option<Capabilities>,
    /// What its whole tree may use: those that
    /// [cannot be enforced](crate::limits::unenforced) are left out.
    pub limits: &'a Limits,
    /// Its standard output.
    pub stdout: Output<'a>,
    /// Its standard error.
    pub stderr: Output<'a>,
    /// What it is given beside, as `sd_listen_fds(3)` has it: descriptors 3, 4 and so
    /// on. When there are any, it finds its own number in `LISTEN_PID`.
    pub handed: &'a [Handed<'a>],
}

/// Something open that a new process is given.
#[derive(Clone, Copy, Debug)]
pub struct Handed<'a>(pub(crate) sys::Handed<'a>);

/// Where a stream of a process goes. Its standard input is always the null
/// device.
#[derive(Clone, Copy, Debug)]
pub enum Output<'a> {
    /// Nowhere.
    Null,
    /// Where the guardian's own goes.
    Inherit,
    /// Into this pipe.
    Pipe(&'a PipeWriter),
}

/// Finds the program called `program`. One with a separator in it is a path and
/// counts from `dir`; a bare name is looked for in `search_path` (the service's
/// own `PATH`; without one, the system's default).
///
/// On Windows the extensions of `PATHEXT` are tried, and forward slashes and
/// surrounding quotes are understood.
///
/// # Errors
/// Says whether it is missing, a folder, or not executable, and where it was
/// looked for.
pub fn find_program(
    program: &str,
    dir: &Path,
    search_path: Option<&OsStr>,
) -> Result<PathBuf, StartFailure> {
    sys::find_program(program, dir, search_path)
}

/// Why the system would not execute the file at `path`, as far as its beginning
/// tells: a script without an interpreter, or with one that is not there.
/// `None`: nothing speaks against it, and always on Windows. Reads the file.
pub fn why_not_executable(path: &Path) -> Option<String> {
    sys::why_not_executable(path)
}
