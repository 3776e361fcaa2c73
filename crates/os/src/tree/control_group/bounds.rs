//! Limits of a control group: the controllers behind them, and their files.

use std::ffi::CString;
use std::fs;
use std::io;
use std::path::Path;

use outlast_model::limits::{CpuShare, Limit, Limits, Reached};

use super::counts::Counts;
use super::version1::{self, OldGroup};
use super::{make_dir, mount, own_group, writable};
use crate::account::Starter;
use crate::limits::{Obstacle, Unenforced, without};

/// What `cpu.max` counts in: the kernel's own default, in microseconds.
const PERIOD: u64 = 100_000;

/// Where the guardian goes when its own group has to be without processes.
const GUARDIAN: &str = "guardian";

pub(super) const ANOTHER_HIERARCHY: &str =
    "boot with systemd.unified_cgroup_hierarchy=1 (version 1 is mounted), or leave it out";
const NOT_DELEGATED: &str = "install the guardian as a native service (Delegate=yes), or run it as root in a group of its own";

const fn controller(limit: Limit) -> Option<&'static str> {
    match limit {
        Limit::Memory | Limit::MemoryHigh => Some("memory"),
        Limit::Cpu | Limit::CpuWeight => Some("cpu"),
        Limit::IoWeight => Some("io"),
        Limit::Pids => Some("pids"),
        Limit::OpenFiles | Limit::Core | Limit::Priority | Limit::Affinity | Limit::OomScore => {
            None
        }
    }
}

/// What keeps a limit from being enforced, without trying.
pub(crate) fn obstacle(limit: Limit, starter: Starter) -> Option<Obstacle> {
    let controller = controller(limit)?;
    if is_of_version_1(controller) {
        return version1::obstacle(limit, controller, starter);
    }
    match starter {
        // systemd hands all that there are to a unit with `Delegate=yes`.
        Starter::NativeService => obstacle_of_machine(controller),
        Starter::ThisProcess => obstacle_here(controller),
    }
}

/// A controller is in one hierarchy only.
fn is_of_version_1(controller: &str) -> bool {
    obstacle_of_machine(controller).is_some() && version1::has(controller)
}

fn obstacle_of_machine(controller: &str) -> Option<Obstacle> {
    let Some(root) = mount::root() else {
        return Some((no_hierarchy(), ANOTHER_HIERARCHY));
    };
    if has_word(&root.join("cgroup.controllers"), controller) {
        return None;
    }
    let reason = format!("this machine's control groups of version 2 are without {controller:?}");
    Some((reason, ANOTHER_HIERARCHY))
}

fn obstacle_here(controller: &str) -> Option<Obstacle> {
    let Some(own) = own_group() else {
        return Some((no_hierarchy(), ANOTHER_HIERARCHY));
    };
    let shown = own.dir.display();
    if !has_word(&own.dir.join("cgroup.controllers"), controller) {
        return obstacle_of_machine(controller).or_else(|| {
            let reason =
                format!("the guardian's control group, {shown}, is without {controller:?}");
            Some((reason, NOT_DELEGATED))
        });
    }
    if has_word(&own.dir.join("cgroup.subtree_control"), controller) {
        return None;
    }
    let is_its_own = writable(&own.dir.join("cgroup.subtree_control")).is_some();
    if !is_its_own {
        let reason = format!("the guardian may not divide its control group, {shown}");
        return Some((reason, NOT_DELEGATED));
    }
    let is_shared = !is_root(&own.dir) && has_others(&own.dir);
    is_shared.then(|| (shared(&own.dir), NOT_DELEGATED))
}

fn no_hierarchy() -> String {
    "there are no control groups of version 2 that the guardian can reach".to_owned()
}

fn shared(own: &Path) -> String {
    format!(
        "the guardian shares its control group, {}, with other processes",
        own.display()
    )
}

/// Only the real root may have both members and controllers, and it has no type.
fn is_root(dir: &Path) -> bool {
    !dir.join("cgroup.type").exists()
}

fn has_others(dir: &Path) -> bool {
    let own = std::process::id().to_string();
    let members = fs::read_to_string(dir.join("cgroup.procs")).unwrap_or_default();
    members.lines().any(|member| member != own)
}

fn has_word(file: &Path, word: &str) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.split_whitespace().any(|found| found == word)
}

/// Has `leaf` (of `OWN/outlast-KEY/service-NAME`) held to `limits`, as far as it
/// goes; gives the groups beside it that this took.
fn bind(leaf: &Path, limits: &Limits) -> (Vec<OldGroup>, Vec<Unenforced>) {
    let (mut groups, mut unenforced) = (Vec::new(), Vec::new());
    for limit in limits.set() {
        let Some(controller) = controller(limit) else {
            continue;
        };
        let bound = if is_of_version_1(controller) {
            bind_old((limit, controller), leaf, limits, &mut groups)
        } else {
            enable(leaf, controller)
                .and_then(|()| write(leaf, limit, limits).map_err(|error| refused(limit, &error)))
        };
        if let Err((reason, hint)) = bound {
            unenforced.push(Unenforced {
                limit,
                reason,
                hint,
            });
        }
    }
    (groups, unenforced)
}

fn bind_old(
    (limit, controller): (Limit, &'static str),
    leaf: &Path,
    limits: &Limits,
    groups: &mut Vec<OldGroup>,
) -> Result<(), Obstacle> {
    if let Some(obstacle) = version1::obstacle(limit, controller, Starter::ThisProcess) {
        return Err(obstacle);
    }
    if !groups.iter().any(|group| group.is_of(controller)) {
        let made = OldGroup::make(controller, leaf);
        groups.push(made.map_err(|error| {
            let reason = format!("a control group for {controller} cannot be made: {error}");
            (reason, "run the guardian as root, or leave it out")
        })?);
    }
    let group = groups.iter().find(|group| group.is_of(controller));
    let written = group.map(|group| group.write(limit, limits));
    written
        .unwrap_or(Ok(()))
        .map_err(|error| refused(limit, &error))
}

fn refused(limit: Limit, error: &io::Error) -> Obstacle {
    if error.kind() == io::ErrorKind::NotFound {
        let reason = format!(
            "this kernel's control groups do not know {:?}",
            limit.word()
        );
        return (reason, "leave it out");
    }
    let reason = format!("the kernel refused it: {error}");
    (reason, "write another value, or leave it out")
}

/// Controllers are handed down from group to group.
fn enable(leaf: &Path, controller: &str) -> Result<(), Obstacle> {
    if has_word(&leaf.join("cgroup.controllers"), controller) {
        return Ok(());
    }
    let (Some(forest), Some(own)) = (leaf.parent(), leaf.parent().and_then(Path::parent)) else {
        return Err((no_hierarchy(), ANOTHER_HIERARCHY));
    };
    if let Some(obstacle) = obstacle_above(own, controller) {
        return Err(obstacle);
    }
    let wanted = format!("+{controller}");
    if !has_word(&own.join("cgroup.subtree_control"), controller) {
        step_aside(own, forest).map_err(|error| undivided(own, &error))?;
        let divided = fs::write(own.join("cgroup.subtree_control"), &wanted);
        divided.map_err(|error| undivided(own, &error))?;
    }
    let divided = fs::write(forest.join("cgroup.subtree_control"), &wanted);
    divided.map_err(|error| undivided(forest, &error))
}

fn obstacle_above(own: &Path, controller: &str) -> Option<Obstacle> {
    if has_word(&own.join("cgroup.controllers"), controller) {
        return None;
    }
    obstacle_of_machine(controller).or_else(|| {
        let shown = own.display();
        let reason = format!("the guardian's control group, {shown}, is without {controller:?}");
        Some((reason, NOT_DELEGATED))
    })
}

fn undivided(dir: &Path, error: &io::Error) -> Obstacle {
    if error.raw_os_error() == Some(libc::EBUSY) {
        return (shared(dir), NOT_DELEGATED);
    }
    let reason = format!(
        "the control group {} cannot be divided: {error}",
        dir.display()
    );
    (reason, NOT_DELEGATED)
}

/// A group that hands down controllers has no processes (but for the root), so the
/// guardian moves into one beside its services.
fn step_aside(own: &Path, forest: &Path) -> io::Result<()> {
    if is_root(own) {
        return Ok(());
    }
    let aside = forest.join(GUARDIAN);
    make_dir(&aside)?;
    fs::write(aside.join("cgroup.procs"), std::process::id().to_string())
}

/// The reverse, when the guardian ends: it goes back, so that its groups can be
/// removed. What fails is left to whoever made the guardian's group.
pub(super) fn step_back(forest: &Path) {
    let Some(own) = forest.parent() else { return };
    if !forest.join(GUARDIAN).exists() {
        return;
    }
    for dir in [forest, own] {
        let file = dir.join("cgroup.subtree_control");
        let enabled = fs::read_to_string(&file).unwrap_or_default();
        for controller in enabled.split_whitespace() {
            let _ = fs::write(&file, format!("-{controller}"));
        }
    }
    let _ = fs::write(own.join("cgroup.procs"), std::process::id().to_string());
}

fn write(leaf: &Path, limit: Limit, limits: &Limits) -> io::Result<()> {
    let value = value(limit, limits).ok_or(io::ErrorKind::InvalidInput)?;
    let file = match limit {
        Limit::Memory => "memory.max",
        Limit::MemoryHigh => "memory.high",
        Limit::Cpu => "cpu.max",
        Limit::CpuWeight => "cpu.weight",
        Limit::IoWeight => return write_io_weight(leaf, &value),
        _ => "pids.max",
    };
    fs::write(leaf.join(file), value)
}

/// Each scheduler of disks that knows weights has its own file.
fn write_io_weight(leaf: &Path, value: &str) -> io::Result<()> {
    match fs::write(leaf.join("io.weight"), value) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::write(leaf.join("io.bfq.weight"), value)
        }
        other => other,
    }
}

fn value(limit: Limit, limits: &Limits) -> Option<String> {
    match limit {
        Limit::Memory => limits.memory.map(|bytes| bytes.to_string()),
        Limit::MemoryHigh => limits.memory_high.map(|bytes| bytes.to_string()),
        Limit::Cpu => limits.cpu.map(quota),
        Limit::CpuWeight => limits.cpu_weight.map(|weight| weight.to_string()),
        Limit::IoWeight => limits.io_weight.map(|weight| weight.to_string()),
        Limit::Pids => limits.pids.map(|count| count.to_string()),
        _ => None,
    }
}

fn quota(CpuShare(thousandths): CpuShare) -> String {
    format!("{} {PERIOD}", u64::from(thousandths) * PERIOD / 1000)
}

/// The limits of a group, while an instance is in it.
#[derive(Debug)]
pub(super) struct Bound {
    /// All that were asked for.
    pub(super) wanted: Limits,
    enforced: Limits,
    /// Those for controllers of version 1.
    groups: Vec<OldGroup>,
    /// What had been counted when the instance began.
    before: Counts,
}

impl Bound {
    /// For the next instance; `None`: it has no limits. With those that are not
    /// enforced. What the instance before had is gone.
    pub(super) fn begin(leaf: &Path, limits: &Limits) -> (Option<Box<Self>>, Vec<Unenforced>) {
        if *limits == Limits::default() {
            return (None, Vec::new());
        }
        let (groups, unenforced) = bind(leaf, limits);
        let bound = Self {
            wanted: limits.clone(),
            enforced: without(limits, &unenforced),
            before: Counts::read(leaf, &groups),
            groups,
        };
        (Some(Box::new(bound)), unenforced)
    }

    /// The files through which a process enters its groups of version 1.
    pub(super) fn entrances(&self) -> io::Result<Vec<CString>> {
        self.groups.iter().map(OldGroup::entrance).collect()
    }

    pub(super) fn reached(&self, leaf: &Path) -> Vec<Reached> {
        if self.enforced == Limits::default() {
            return Vec::new();
        }
        Counts::read(leaf, &self.groups).since(self.before, &self.enforced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_processors_becomes_a_quota() {
        assert_eq!(quota(CpuShare(1500)), "150000 100000");
        assert_eq!(quota(CpuShare(10)), "1000 100000");
    }
}
