//! What Linux has beyond POSIX. Control groups: see `tree/control_group/`.

use std::fs;

use outlast_model::limits::{Capabilities, Limit, Limits};

use super::Obstacle;
use crate::account::Starter;
use crate::tree::control_group;

const CAP_SYS_NICE: u32 = 23;
const CAP_SYS_RESOURCE: u32 = 24;

pub(super) fn obstacle(limit: Limit, limits: &Limits, starter: Starter) -> Option<Obstacle> {
    match limit {
        Limit::Affinity => missing_processor(limits.affinity.as_deref()?),
        Limit::OomScore => spared(limits.oom_score?.0, starter),
        _ => control_group::obstacle(limit, starter),
    }
}

pub(super) fn may_rank_higher() -> bool {
    has_capability(CAP_SYS_NICE)
}

pub(super) fn may_raise_limits() -> bool {
    has_capability(CAP_SYS_RESOURCE)
}

const CAP_SETPCAP: u32 = 8;

/// Who gives rights away has them, and may give up others.
pub(super) fn capabilities_obstacle(wanted: Capabilities, starter: Starter) -> Option<Obstacle> {
    if starter == Starter::NativeService {
        return None;
    }
    let own = own_capabilities();
    if own & (1 << CAP_SETPCAP) != 0 && wanted.0 & !own == 0 {
        return None;
    }
    let reason = "the guardian has to be root and to have them itself".to_owned();
    Some((
        reason,
        "run the guardian as root, or leave `capabilities` out",
    ))
}

fn has_capability(number: u32) -> bool {
    own_capabilities() & (1 << number) != 0
}

/// The effective ones, `proc_pid_status(5)`.
fn own_capabilities() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.unwrap_or(0)
}

fn missing_processor(wanted: &[u32]) -> Option<Obstacle> {
    let usable = rustix::thread::sched_getaffinity(None).ok()?;
    let is_usable = |number: u32| {
        let number = number as usize;
        number < rustix::thread::CpuSet::MAX_CPU && usable.is_set(number)
    };
    let missing = wanted.iter().find(|number| !is_usable(**number))?;
    let reason = format!("the guardian has no processor {missing}");
    Some((reason, "name processors of this machine, counted from 0"))
}

fn spared(score: i16, starter: Starter) -> Option<Obstacle> {
    let Ok(own) = fs::read_to_string("/proc/self/oom_score_adj") else {
        return Some((
            "there is no /proc/self/oom_score_adj".to_owned(),
            "mount /proc",
        ));
    };
    let own: i16 = own.trim().parse().unwrap_or(0);
    if score >= own || starter == Starter::NativeService || has_capability(CAP_SYS_RESOURCE) {
        return None;
    }
    let reason = format!("only root may spare a program more than the guardian, {own}");
    Some((reason, "run the guardian as root, or write a higher number"))
}
