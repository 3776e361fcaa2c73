//! Controllers of version 1 (the kernel's `admin-guide/cgroup-v1`), where version 2 has to
//! do without them: a controller belongs to one of the two.
//!
//! Each has a hierarchy of its own. A service with a limit has a group in it,
//! `OWN/outlast-KEY/service-NAME` as in version 2, which still holds its tree together.
//! No file of version 2 lets a process be born into such a group: the child enters it
//! before it becomes its program.

use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_model::limits::{CpuShare, Limit, Limits};

use super::{folders, make_dir, mount, number_after, remove_dir, writable};
use crate::account::Starter;
use crate::limits::Obstacle;

/// All that there are limits for.
const CONTROLLERS: [&str; 4] = ["memory", "cpu", "blkio", "pids"];

/// In microseconds, the kernel's own default.
const PERIOD: u64 = 100_000;

/// What a weight of 100 is called here (`sched-design-CFS`).
const MIDDLE_SHARES: u64 = 1024;

/// What version 1 calls the controller of version 2.
fn old_name(controller: &str) -> &str {
    match controller {
        "io" => "blkio",
        other => other,
    }
}

/// Whether there is a hierarchy with this controller that the guardian can reach.
pub(super) fn has(controller: &str) -> bool {
    mount::own_old_group(old_name(controller)).is_some()
}

/// What keeps a limit from being enforced, where there is the hierarchy for it.
pub(super) fn obstacle(limit: Limit, controller: &str, starter: Starter) -> Option<Obstacle> {
    let own = mount::own_old_group(old_name(controller))?;
    if limit == Limit::MemoryHigh {
        let reason = "version 1 of control groups has no mark above which memory is given back";
        return Some((reason.to_owned(), super::bounds::ANOTHER_HIERARCHY));
    }
    if limit == Limit::IoWeight && weight_file(&own).is_none() {
        let reason = "no scheduler of disks here knows weights".to_owned();
        return Some((reason, "leave it out"));
    }
    if starter == Starter::ThisProcess && writable(&own).is_none() {
        let reason = format!(
            "the guardian may not divide its control group, {}",
            own.display()
        );
        return Some((reason, "run the guardian as root, or leave it out"));
    }
    None
}

/// Bounds of each scheduler that knows weights, which have 100 in the middle as those
/// of version 2.
fn weight_file(group: &Path) -> Option<(PathBuf, u32, u32)> {
    let files = [("blkio.bfq.weight", 1, 1000), ("blkio.weight", 10, 1000)];
    let mut files = files
        .map(|(name, least, most)| (group.join(name), least, most))
        .into_iter();
    files.find(|(file, ..)| file.exists())
}

/// What an earlier guardian has left there of groups without members.
pub(super) fn sweep(folder: &str) {
    for controller in CONTROLLERS {
        if let Some(own) = mount::own_old_group(controller) {
            let forest = own.join(folder);
            if forest.exists() {
                remove_dir(&forest);
            }
        }
    }
}

/// A service's group in the hierarchy of one controller. It goes with this value, if
/// nobody is in it.
#[derive(Debug)]
pub(super) struct OldGroup {
    controller: &'static str,
    dir: PathBuf,
}

impl OldGroup {
    /// `leaf` is the service's group of version 2.
    pub(super) fn make(controller: &'static str, leaf: &Path) -> io::Result<Self> {
        let not_found = || io::Error::from(io::ErrorKind::NotFound);
        let own = mount::own_old_group(old_name(controller)).ok_or_else(not_found)?;
        let forest = leaf.parent().and_then(Path::file_name);
        let forest = own.join(forest.ok_or_else(not_found)?);
        let dir = forest.join(leaf.file_name().ok_or_else(not_found)?);
        // One of an earlier guardian may have limits that nobody knows here.
        remove_dir(&dir);
        make_dir(&forest)?;
        make_dir(&dir)?;
        Ok(Self { controller, dir })
    }

    pub(super) fn is_of(&self, controller: &str) -> bool {
        self.controller == controller
    }

    /// The file through which a process enters.
    pub(super) fn entrance(&self) -> io::Result<CString> {
        let path = self.dir.join("cgroup.procs").into_os_string();
        Ok(CString::new(path.as_bytes())?)
    }

    pub(super) fn write(&self, limit: Limit, limits: &Limits) -> io::Result<()> {
        let write = |file: &str, value: u64| fs::write(self.dir.join(file), value.to_string());
        let missing = || io::Error::from(io::ErrorKind::InvalidInput);
        match limit {
            Limit::Memory => write("memory.limit_in_bytes", limits.memory.ok_or_else(missing)?),
            Limit::Cpu => {
                let CpuShare(thousandths) = limits.cpu.ok_or_else(missing)?;
                write("cpu.cfs_period_us", PERIOD)?;
                write("cpu.cfs_quota_us", u64::from(thousandths) * PERIOD / 1000)
            }
            Limit::CpuWeight => {
                let weight = limits.cpu_weight.ok_or_else(missing)?;
                write(
                    "cpu.shares",
                    (u64::from(weight) * MIDDLE_SHARES / 100).max(2),
                )
            }
            Limit::IoWeight => {
                let weight = limits.io_weight.ok_or_else(missing)?;
                let not_found = || io::Error::from(io::ErrorKind::NotFound);
                let (file, least, most) = weight_file(&self.dir).ok_or_else(not_found)?;
                fs::write(file, weight.clamp(least, most).to_string())
            }
            Limit::Pids => write("pids.max", limits.pids.ok_or_else(missing)?.into()),
            _ => Err(missing()),
        }
    }

    fn number(&self, file: &str, key: &str) -> u64 {
        let text = fs::read_to_string(self.dir.join(file)).unwrap_or_default();
        number_after(&text, key).unwrap_or(0)
    }

    /// How often its limit of memory was reached with nothing to give back. What is
    /// counted is every time that something had to be given back, so it takes a kill.
    pub(super) fn out_of_memory(&self) -> u64 {
        self.number("memory.failcnt", "").min(self.killed())
    }

    /// How many of its processes were killed for want of memory.
    pub(super) fn killed(&self) -> u64 {
        self.number("memory.oom_control", "oom_kill ")
    }

    /// How often a process was refused.
    pub(super) fn refused(&self) -> u64 {
        self.number("pids.events", "max ")
    }

    /// How long somebody in it had to wait for a processor.
    pub(super) fn throttled(&self) -> Duration {
        Duration::from_nanos(self.number("cpu.stat", "throttled_time "))
    }
}

impl Drop for OldGroup {
    fn drop(&mut self) {
        remove_dir(&self.dir);
        if let Some(forest) = self.dir.parent()
            && folders(forest).is_empty()
        {
            remove_dir(forest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_were_given_back_are_no_lack_of_memory() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let group = OldGroup {
            controller: "memory",
            dir: dir.path().to_owned(),
        };
        let write = |file: &str, text: &str| fs::write(dir.path().join(file), text);
        write("memory.failcnt", "17\n").expect("written");
        write(
            "memory.oom_control",
            "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n",
        )
        .expect("written");
        assert_eq!((group.out_of_memory(), group.killed()), (0, 0));
        write(
            "memory.oom_control",
            "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
        )
        .expect("written");
        assert_eq!((group.out_of_memory(), group.killed()), (2, 2));
        // The machine's lack, and not this limit's.
        write("memory.failcnt", "0\n").expect("written");
        assert_eq!((group.out_of_memory(), group.killed()), (0, 2));
    }
}
