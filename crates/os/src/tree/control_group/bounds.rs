//! Limits of a control group: the controllers behind them, their files, and what
//! these have counted.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use outlast_model::limits::{CpuShare, Limit, Limits, Reached};

use super::{make_dir, mount, number_after, own_group, writable};
use crate::account::Starter;
use crate::limits::{Obstacle, Unenforced, without};

/// What `cpu.max` counts in: the kernel's own default, in microseconds.
const PERIOD: u64 = 100_000;

/// Where the guardian goes when its own group has to be without processes.
const GUARDIAN: &str = "guardian";

const ANOTHER_HIERARCHY: &str =
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
    match starter {
        // systemd hands all that there are to a unit with `Delegate=yes`.
        Starter::NativeService => obstacle_of_machine(controller),
        Starter::ThisProcess => obstacle_here(controller),
    }
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
/// goes.
fn bind(leaf: &Path, limits: &Limits) -> Vec<Unenforced> {
    let set = limits.set();
    set.filter_map(|limit| {
        let controller = controller(limit)?;
        let (reason, hint) = enable(leaf, controller)
            .and_then(|()| write(leaf, limit, limits).map_err(|error| refused(limit, &error)))
            .err()?;
        Some(Unenforced {
            limit,
            reason,
            hint,
        })
    })
    .collect()
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
    /// What had been counted when the instance began.
    before: Counts,
}

impl Bound {
    /// For the next instance; `None`: it has no limits. With those that are not
    /// enforced.
    pub(super) fn begin(leaf: &Path, limits: &Limits) -> (Option<Box<Self>>, Vec<Unenforced>) {
        if *limits == Limits::default() {
            return (None, Vec::new());
        }
        let unenforced = bind(leaf, limits);
        let bound = Self {
            wanted: limits.clone(),
            enforced: without(limits, &unenforced),
            before: Counts::read(leaf),
        };
        (Some(Box::new(bound)), unenforced)
    }

    pub(super) fn reached(&self, leaf: &Path) -> Vec<Reached> {
        if self.enforced == Limits::default() {
            return Vec::new();
        }
        Counts::read(leaf).since(self.before, &self.enforced)
    }
}

/// What a group has counted since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    /// How often its own limit of memory was reached with nothing to give back.
    out_of_memory: u64,
    /// How many of its processes were killed for want of memory, whoever wanted.
    killed: u64,
    refused: u64,
    throttled: Duration,
}

impl Counts {
    /// Files that are not there count nothing.
    fn read(leaf: &Path) -> Self {
        let number = |file: &str, key: &str| {
            let text = fs::read_to_string(leaf.join(file)).ok()?;
            number_after(&text, key)
        };
        let throttled = number("cpu.stat", "throttled_usec ").unwrap_or(0);
        Self {
            out_of_memory: number("memory.events", "oom ").unwrap_or(0),
            killed: number("memory.events", "oom_kill ").unwrap_or(0),
            refused: number("pids.events", "max ").unwrap_or(0),
            throttled: Duration::from_micros(throttled),
        }
    }

    /// What was run into since `before`, of `limits` that are enforced.
    fn since(self, before: Self, limits: &Limits) -> Vec<Reached> {
        let count =
            |now: u64, then: u64| u32::try_from(now.saturating_sub(then)).unwrap_or(u32::MAX);
        let killed = count(self.killed, before.killed);
        let is_out = self.out_of_memory > before.out_of_memory;
        let memory = match limits.memory {
            Some(limit) if is_out => Some(Reached::Memory { limit, killed }),
            _ if killed > 0 => Some(Reached::MachineMemory { killed }),
            _ => None,
        };
        let refused = count(self.refused, before.refused);
        let pids = limits.pids.filter(|_| refused > 0);
        let waited = self.throttled.saturating_sub(before.throttled);
        let cpu = limits.cpu.filter(|_| !waited.is_zero());
        memory
            .into_iter()
            .chain(pids.map(|limit| Reached::Pids { limit, refused }))
            .chain(cpu.map(|limit| Reached::Cpu { limit, waited }))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(files: &[(&str, &str)]) -> Counts {
        let dir = tempfile::tempdir().expect("a temporary directory");
        for (name, text) in files {
            fs::write(dir.path().join(name), text).expect("written");
        }
        Counts::read(dir.path())
    }

    #[test]
    fn a_share_of_processors_becomes_a_quota() {
        assert_eq!(quota(CpuShare(1500)), "150000 100000");
        assert_eq!(quota(CpuShare(10)), "1000 100000");
    }

    #[test]
    fn only_what_was_added_since_the_start_is_told() {
        let before = counts(&[
            (
                "memory.events",
                "low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n",
            ),
            ("pids.events", "max 3\n"),
            (
                "cpu.stat",
                "usage_usec 5\nnr_throttled 2\nthrottled_usec 1000\n",
            ),
        ]);
        let limits = Limits {
            memory: Some(1 << 20),
            pids: Some(7),
            cpu: Some(CpuShare(500)),
            ..Limits::default()
        };
        assert_eq!(before.since(before, &limits), []);
        let after = counts(&[
            (
                "memory.events",
                "low 0\nhigh 0\nmax 99\noom 2\noom_kill 3\noom_group_kill 0\n",
            ),
            ("pids.events", "max 5\n"),
            (
                "cpu.stat",
                "usage_usec 5\nnr_throttled 2\nthrottled_usec 251000\n",
            ),
        ]);
        let expected = [
            Reached::Memory {
                limit: 1 << 20,
                killed: 2,
            },
            Reached::Pids {
                limit: 7,
                refused: 2,
            },
            Reached::Cpu {
                limit: CpuShare(500),
                waited: Duration::from_millis(250),
            },
        ];
        assert_eq!(after.since(before, &limits), expected);
    }

    #[test]
    fn a_kill_for_the_machine_s_memory_is_not_the_limit_s_doing() {
        let before = counts(&[("memory.events", "oom 0\noom_kill 0\n")]);
        let after = counts(&[("memory.events", "oom 0\noom_kill 1\n")]);
        let limits = Limits {
            memory: Some(1 << 20),
            ..Limits::default()
        };
        let expected = [Reached::MachineMemory { killed: 1 }];
        assert_eq!(after.since(before, &limits), expected);
    }
}
