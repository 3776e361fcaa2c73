//! How the machine sleeps, when, and what its shutdown really is.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::time::Duration;

/// A way in which a machine sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SleepKind {
    /// Everything is frozen and the processor idles (Linux: s2idle). Interrupts
    /// wake it for moments, in which the awake clock goes on.
    ToIdle,
    /// Everything stands still and only the memory has power (S3).
    ToMemory,
    /// The memory is written to a disk and all power is off (hibernation, S4).
    ToDisk,
    /// Windows' Modern Standby: the machine stays on, programs of users are
    /// suspended, and services run a little now and then.
    ModernStandby,
}

impl SleepKind {
    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ToIdle => "to-idle",
            Self::ToMemory => "to-memory",
            Self::ToDisk => "to-disk",
            Self::ModernStandby => "modern-standby",
        }
    }
}

/// When the machine goes to sleep on its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PowerPlan {
    /// On the mains.
    pub on_mains: PlanSide,
    /// On a battery.
    pub on_battery: PlanSide,
}

/// The part of a plan that holds with one source of power. What is not known is
/// `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanSide {
    /// What happens when the lid is shut.
    pub lid: Option<LidAction>,
    /// When it sleeps although nobody has asked for it.
    pub idle: Option<IdleSleep>,
}

/// What happens when a lid is shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words say it")]
pub enum LidAction {
    Nothing,
    Sleep,
    Hibernate,
    ShutDown,
}

/// When an unused machine goes to sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdleSleep {
    /// Not at all.
    Never,
    /// After so long.
    After(Duration),
}

/// The ways in which this machine can sleep, none if it cannot; `None` when it
/// does not tell.
pub fn kinds() -> Option<Vec<SleepKind>> {
    sys::kinds()
}

/// When this machine goes to sleep by the system's own power plan; `None` where
/// there is no such plan (on Linux it is logind's matter, see
/// [`login`](super::login)).
pub fn plan() -> Option<PowerPlan> {
    sys::plan()
}

/// Whether a shutdown hibernates the kernel with all services (Fast Startup), so
/// that they go on at the next start; `None` when it does not tell.
pub fn has_fast_startup() -> Option<bool> {
    sys::has_fast_startup()
}

/// Whether energy is saved at the cost of speed at this moment; `None` when it
/// does not tell.
pub fn is_saving() -> Option<bool> {
    sys::is_saving()
}
