//! Keeping the machine from sleeping.
//!
//! | | asks | for | until |
//! |---|---|---|---|
//! | Linux | logind's `Inhibit`, by D-Bus | `sleep`, `idle` | the descriptor is closed |
//! | Windows | `PowerCreateRequest`, `PowerSetRequest` | `SystemRequired`, `ExecutionRequired` | the handle is closed |
//! | macOS | `IOPMAssertionCreateWithName` | `PreventUserIdleSystemSleep` | it is released |
//!
//! An inhibitor ends with the process that holds it at the latest, however that
//! ends; no child of that process holds it. None of the systems promises that
//! the machine stays awake: who has it sleep all the same is part of what was
//! granted.

#[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
use absent as sys;
#[cfg(target_os = "linux")]
use linux as sys;
#[cfg(target_os = "macos")]
use macos as sys;
#[cfg(windows)]
use windows as sys;

use std::io;
use std::time::Duration;

use outlast_model::inhibitor::{Denied, Grant};

/// For whom and for what an inhibitor is held: shown by the system's own tools.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    /// Who asks for it.
    pub who: &'a str,
    /// What for.
    pub why: &'a str,
}

/// Keeps the machine from sleeping until it is dropped.
#[derive(Debug)]
pub struct Inhibitor {
    _held: sys::Held,
    grant: Grant,
}

impl Inhibitor {
    /// Asks for one, and for all that this system can prevent. Blocks for
    /// `patience` at the most.
    ///
    /// # Errors
    /// When nothing at all is prevented.
    pub fn hold(purpose: &Purpose<'_>, patience: Duration) -> Result<Self, Denied> {
        let (held, grant) = sys::hold(purpose, patience)?;
        Ok(Self { _held: held, grant })
    }

    /// What was granted.
    pub const fn grant(&self) -> &Grant {
        &self.grant
    }
}

/// Why this system cannot hold an inhibitor at all, as far as is known without
/// asking it.
///
/// # Errors
/// It cannot.
pub fn check() -> Result<(), Denied> {
    sys::check()
}

/// An inhibitor on this machine, as the system tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// What it prevents, in the system's words.
    pub what: Vec<String>,
    /// Who has asked for it, in words of its own.
    pub who: String,
    /// What for.
    pub why: String,
    /// `block`: it prevents; `delay`: it has the machine wait for a moment.
    pub mode: String,
    /// The process that asked; it may have ended and left the inhibitor to another.
    pub pid: u32,
    /// The number of the user whose process that was.
    pub uid: u32,
}

/// All inhibitors on this machine, whoever holds them. Blocks for `patience` at
/// the most.
///
/// # Errors
/// `Unsupported` where the system tells nobody: on Windows `powercfg /requests`
/// shows them to an administrator, on macOS `pmset -g assertions`.
pub fn list(patience: Duration) -> io::Result<Vec<Listed>> {
    sys::list(patience)
}
