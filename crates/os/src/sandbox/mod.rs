//! Shutting a process off from the rest of the machine: what of it there is, what it
//! may change, what it may ask the kernel for.
//!
//! Everything is worked out here, before the process is made; what is done in it is
//! `process/confine.rs`. There is no half of it: what cannot be had is a start that
//! failed.

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod calls;
#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
pub(crate) mod linux;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
pub(crate) mod nowhere;

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
use linux as sys;
#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
use nowhere as sys;

use std::path::Path;

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;
use outlast_model::sandbox::{self as model, Preset};

/// What is to be done in a process that is shut off.
pub struct Sandbox(pub(crate) sys::Plan);

/// Not derived: elsewhere than on Linux nothing else reads the plan.
impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Sandbox").field(&self.0).finish()
    }
}

/// What a service has to reach, whatever the preset says.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'a> {
    /// Its folder, which it may change.
    pub dir: &'a Path,
    /// Its program.
    pub program: &'a Path,
    /// Other folders, which it may read.
    pub read: &'a [&'a Path],
    /// Other folders, which it may change.
    pub write: &'a [&'a Path],
}

impl Sandbox {
    /// What `definition` comes to here; `None`: nothing is to be done. Looks at the
    /// file system.
    ///
    /// # Errors
    /// When it cannot be had here, or a folder that it names is not there.
    pub fn plan(
        definition: &model::Sandbox,
        needs: Needs<'_>,
    ) -> Result<Option<Self>, StartFailure> {
        if definition.preset == Preset::Off {
            return Ok(None);
        }
        if let Some(obstacle) = obstacle() {
            return Err(failure(needs.program, &obstacle.reason));
        }
        sys::Plan::new(definition, needs).map(|plan| Some(Self(plan)))
    }
}

/// Why nothing can be shut off here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Why, as a fragment.
    pub reason: String,
    /// What to do about it.
    pub hint: &'static str,
}

/// Why a service that this process starts could not be shut off; `None`: nothing is
/// known to be in the way.
pub fn obstacle() -> Option<Obstacle> {
    sys::obstacle()
}

fn failure(subject: &Path, why: &str) -> StartFailure {
    StartFailure {
        step: StartStep::Confine,
        subject: subject.to_owned(),
        os_error: None,
        message: format!("cannot make its sandbox: {why}"),
    }
}
