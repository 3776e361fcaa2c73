//! What job objects can hold a service to. Handles are limited by memory only.

use outlast_model::limits::{Capabilities, Limit, Limits};

use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetProcessAffinityMask};

use super::Obstacle;
use crate::account::Starter;

pub(super) fn obstacle(limit: Limit, limits: &Limits, _: Starter) -> Option<Obstacle> {
    let reason = match limit {
        Limit::Memory | Limit::Cpu | Limit::Pids | Limit::Priority => return None,
        Limit::CpuWeight if limits.cpu.is_none() => return None,
        Limit::CpuWeight => "Windows holds a job to a rate or weighs it, not both: `cpu` is set",
        Limit::Affinity => return missing_processor(limits.affinity.as_deref()?),
        Limit::MemoryHigh => "Windows has no mark above which memory is given back",
        Limit::IoWeight => "Windows lets nobody weigh the disk for others",
        Limit::OpenFiles => "Windows limits handles by memory only",
        Limit::Core => "Windows sets crash dumps for the machine (Windows Error Reporting)",
        Limit::OomScore => "Windows kills nobody when memory runs out",
    };
    Some((reason.to_owned(), "leave it out here"))
}

pub(super) fn capabilities_obstacle(_: Capabilities, _: Starter) -> Option<Obstacle> {
    let reason = "only Linux has such rights".to_owned();
    Some((
        reason,
        "leave it out here, and name a `user` that may do less",
    ))
}

/// A job is of one group of processors, which are 64 at the most.
fn missing_processor(wanted: &[u32]) -> Option<Obstacle> {
    let usable = usable();
    let missing = wanted
        .iter()
        .find(|number| usable & mask(&[**number]) == 0)?;
    let reason = format!("the guardian has no processor {missing}");
    Some((reason, "name processors of this machine, counted from 0"))
}

/// The bits of these processors.
pub(crate) fn mask(processors: &[u32]) -> usize {
    let bits = processors.iter().map(|number| 1_usize.checked_shl(*number));
    bits.fold(0, |all, bit| all | bit.unwrap_or(0))
}

/// All, when it cannot be told.
fn usable() -> usize {
    let (mut own, mut machine) = (usize::MAX, 0);
    // SAFETY: this process's own handle; the outputs are ours.
    let is_told =
        unsafe { GetProcessAffinityMask(GetCurrentProcess(), &raw mut own, &raw mut machine) };
    if is_told == 0 { usize::MAX } else { own }
}

pub(super) fn raise_open_files() -> Option<u64> {
    None
}
