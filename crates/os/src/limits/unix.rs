//! Limits of processes, and the rank of one.

use std::sync::OnceLock;

use outlast_model::limits::{Capabilities, Limit, Limits};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Obstacle, Unenforced};
use crate::account::Starter;

#[cfg(target_os = "linux")]
use super::linux as system;
#[cfg(not(target_os = "linux"))]
use system_without_more as system;

/// Systems that have only what POSIX has.
#[cfg(not(target_os = "linux"))]
mod system_without_more {
    use super::{Capabilities, Limit, Limits, Obstacle, Starter};

    pub(super) fn obstacle(_: Limit, _: &Limits, _: Starter) -> Option<Obstacle> {
        let reason = "this operating system has no such limit for others to set".to_owned();
        Some((reason, "leave it out here"))
    }

    pub(super) fn capabilities_obstacle(_: Capabilities, _: Starter) -> Option<Obstacle> {
        let reason = "only Linux has such rights".to_owned();
        Some((
            reason,
            "leave it out here, and name a `user` that may do less",
        ))
    }

    pub(super) fn may_rank_higher() -> bool {
        crate::account::Account::is_privileged()
    }

    pub(super) fn may_raise_limits() -> bool {
        crate::account::Account::is_privileged()
    }
}

/// Those that each process has for itself and that cannot be set by this one.
pub(crate) fn unenforced_for_processes(limits: &Limits) -> Vec<Unenforced> {
    let mut found = super::unenforced(limits, Starter::ThisProcess);
    found.retain(|one| is_of_processes(one.limit));
    found
}

pub(crate) const fn is_of_processes(limit: Limit) -> bool {
    matches!(
        limit,
        Limit::OpenFiles | Limit::Core | Limit::Priority | Limit::Affinity | Limit::OomScore
    )
}

pub(super) fn obstacle(limit: Limit, limits: &Limits, starter: Starter) -> Option<Obstacle> {
    match limit {
        Limit::OpenFiles => above_hard(Resource::Nofile, limits.open_files?, starter),
        Limit::Core => above_hard(Resource::Core, limits.core?, starter),
        Limit::Priority => rank(limits.priority?.0, starter),
        Limit::Memory
        | Limit::MemoryHigh
        | Limit::Cpu
        | Limit::CpuWeight
        | Limit::IoWeight
        | Limit::Pids
        | Limit::Affinity
        | Limit::OomScore => system::obstacle(limit, limits, starter),
    }
}

pub(super) fn capabilities_obstacle(wanted: Capabilities, starter: Starter) -> Option<Obstacle> {
    system::capabilities_obstacle(wanted, starter)
}

/// A native service of the machine is given what a person's session is not.
fn above_hard(resource: Resource, wanted: u64, starter: Starter) -> Option<Obstacle> {
    let wanted = (wanted != u64::MAX).then_some(wanted);
    // Once this process has raised its own, that is no more than it may.
    let hard = getrlimit(resource).maximum?;
    if wanted.is_some_and(|wanted| wanted <= hard)
        || starter == Starter::NativeService
        || system::may_raise_limits()
    {
        return None;
    }
    let reason = format!("the guardian itself may have {hard} at the most");
    Some((reason, "run the guardian as root, or raise its hard limit"))
}

fn rank(nice: i8, starter: Starter) -> Option<Obstacle> {
    let own = rustix::process::getpriority_process(None).unwrap_or(0);
    if i32::from(nice) >= own || starter == Starter::NativeService || system::may_rank_higher() {
        return None;
    }
    let reason = format!("only root may rank a program above the guardian's own nice value, {own}");
    Some((reason, "run the guardian as root, or write a lower rank"))
}

/// What the guardian was started with, once it has been raised.
static ORIGINAL: OnceLock<Rlimit> = OnceLock::new();

/// macOS refuses `RLIM_INFINITY` here and says in setrlimit(2) to use
/// `OPEN_MAX`.
const OPEN_MAX: u64 = 10_240;

pub(super) fn raise_open_files() -> Option<u64> {
    let original = *ORIGINAL.get_or_init(|| getrlimit(Resource::Nofile));
    let wanted = [original.maximum, Some(OPEN_MAX)];
    for current in wanted {
        let raised = Rlimit {
            current,
            maximum: original.maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            break;
        }
    }
    getrlimit(Resource::Nofile).current
}

/// What a child has to be given back; `None` while nothing was raised.
pub(crate) fn original_open_files() -> Option<libc::rlimit> {
    let original = ORIGINAL.get()?;
    let raw = |value: Option<u64>| {
        value.map_or(libc::RLIM_INFINITY, |value| {
            libc::rlim_t::try_from(value).unwrap_or(libc::RLIM_INFINITY)
        })
    };
    Some(libc::rlimit {
        rlim_cur: raw(original.current),
        rlim_max: raw(original.maximum),
    })
}
