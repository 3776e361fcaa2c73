//! Forests and trees on Unix: which of the two ways of holding a tree together
//! is used, and what both have in common.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::time::Duration;

use outlast_model::hang::Sample;
use outlast_model::limits::{Limits, Reached};
use outlast_model::service::Ask;
use outlast_model::{Pid, ServiceName, StartFailure};

#[cfg(target_os = "linux")]
use super::control_group::{Group, Leaf};
use super::walk::Walk;
use super::{Containment, Means, TreeUsage, children, signalling, table, work};
use crate::account::Starter;
use crate::limits::{self, Unenforced};
use crate::process::Spawn;
use crate::process::unix::{Newborn, Place};

pub(super) use super::main_process::{Process, ProcessHandle, can_be_kept_at_full_speed};

pub(super) const COUNTS_WORK: bool = work::IS_KNOWN;

/// Every process of a tree is born with this variable. Its value is the tree's
/// mark, `KEY/SERVICE`, after those of the trees that the guardian itself is
/// in: a guardian may be a service of another.
pub(super) const MARKER: &str = "OUTLAST_TREE";

#[derive(Debug)]
pub(super) struct Forest {
    key: String,
    /// The marks of the trees that this process is in.
    outer_marks: OsString,
    #[cfg(target_os = "linux")]
    group: Option<Group>,
}

impl Forest {
    pub(super) fn open(key: &str, means: Means) -> io::Result<Self> {
        let valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if key.is_empty() || !key.bytes().all(valid) {
            let message = format!("{key:?} is no key of a forest: [a-z0-9-]+");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        become_reaper()?;
        heed_children();
        // Elsewhere the walk is the best there is.
        #[cfg(not(target_os = "linux"))]
        let (Means::Best | Means::Walk) = means;
        Ok(Self {
            key: key.to_owned(),
            outer_marks: std::env::var_os(MARKER).unwrap_or_default(),
            #[cfg(target_os = "linux")]
            group: match means {
                Means::Best => Group::open(key),
                Means::Walk => None,
            },
        })
    }

    pub(super) fn containment(&self) -> Containment {
        #[cfg(target_os = "linux")]
        if let Some(group) = &self.group {
            return Containment::ControlGroup {
                path: group.dir().to_owned(),
            };
        }
        Containment::Session
    }

    pub(super) fn tree(&self, service: &ServiceName) -> Tree {
        let mark = format!("{}/{service}", self.key);
        let mut marks = self.outer_marks.clone();
        if !marks.is_empty() {
            marks.push(":");
        }
        marks.push(&mark);
        Tree(Arc::new(Inner {
            marks,
            keeper: self.keeper(service, mark),
        }))
    }

    fn keeper(&self, service: &ServiceName, mark: String) -> Keeper {
        #[cfg(target_os = "linux")]
        if let Some(group) = &self.group {
            return Keeper::Group(group.leaf(service));
        }
        let _ = service;
        Keeper::Walk(Walk::new(mark))
    }

    pub(super) fn abandoned(&self) -> io::Result<Vec<ServiceName>> {
        #[cfg(target_os = "linux")]
        if let Some(group) = &self.group {
            return Ok(group.services());
        }
        let prefix = format!("{}/", self.key);
        let rows = table::rows()?.into_iter().filter(|row| !row.zombie);
        let mut services: Vec<_> = rows
            .filter_map(|row| marked_service(row.pid, &prefix))
            .collect();
        services.sort();
        services.dedup();
        Ok(services)
    }

    #[expect(clippy::unused_self, reason = "on Windows it is the forest's own port")]
    pub(super) fn tend(&self) -> impl Future<Output = ()> + Send + 'static {
        children::tend()
    }

    pub(super) fn close(self) {
        #[cfg(target_os = "linux")]
        if let Some(group) = self.group {
            group.remove();
        }
    }
}

/// Orphans of this process's descendants become its children (`prctl(2)`,
/// Linux 3.4).
#[cfg(target_os = "linux")]
fn become_reaper() -> io::Result<()> {
    // SAFETY: plain numbers.
    if unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The same in FreeBSD (`procctl(2)`). Busy: it is one already.
#[cfg(target_os = "freebsd")]
fn become_reaper() -> io::Result<()> {
    // SAFETY: this command takes no argument.
    let result = unsafe {
        libc::procctl(
            libc::P_PID,
            0,
            libc::PROC_REAP_ACQUIRE,
            std::ptr::null_mut(),
        )
    };
    let error = io::Error::last_os_error();
    if result < 0 && error.raw_os_error() != Some(libc::EBUSY) {
        return Err(error);
    }
    Ok(())
}

/// macOS has nothing like it: orphans become launchd's.
#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn become_reaper() -> io::Result<()> {
    Ok(())
}

/// Whoever ignores `SIGCHLD`, even by inheritance, never learns how a child
/// ended (`wait(2)`).
fn heed_children() {
    // SAFETY: asks for the action, and changes it only when it was "ignore", to
    // the default, which runs no code.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        let asked = libc::sigaction(libc::SIGCHLD, std::ptr::null(), &raw mut action);
        if asked == 0 && action.sa_sigaction == libc::SIG_IGN {
            libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        }
    }
}

/// The service of the forest with this prefix that a process is marked with.
pub(super) fn marked_service(pid: libc::pid_t, prefix: &str) -> Option<ServiceName> {
    let marks = String::from_utf8(table::variable(pid, MARKER)?).ok()?;
    let service = marks
        .split(':')
        .find_map(|mark| mark.strip_prefix(prefix))?;
    ServiceName::new(service).ok()
}

/// Whether these marks, of a process, have that one among them.
pub(super) fn has_mark(marks: &[u8], mark: &str) -> bool {
    marks
        .split(|byte| *byte == b':')
        .any(|one| one == mark.as_bytes())
}

#[derive(Clone, Debug)]
pub(super) struct Tree(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// What its processes have in [`MARKER`].
    marks: OsString,
    keeper: Keeper,
}

/// What holds a tree together.
#[derive(Debug)]
enum Keeper {
    #[cfg(target_os = "linux")]
    Group(Leaf),
    Walk(Walk),
}

impl Tree {
    pub(super) fn leftovers(&self) -> io::Result<u32> {
        match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.leftovers(),
            Keeper::Walk(walk) => walk.leftovers(),
        }
    }

    pub(super) fn spawn(&self, spawn: &Spawn<'_>) -> Result<Process, StartFailure> {
        let marker = (
            OsStr::new(MARKER),
            OsStr::from_bytes(self.0.marks.as_bytes()),
        );
        let mut unenforced = limits::unix::unenforced_for_processes(spawn.limits);
        let own_limits = limits::without(spawn.limits, &unenforced);
        let spawn = &Spawn {
            limits: &own_limits,
            ..*spawn
        };
        let bear = |place: Place<'_>| children::bear(|nursery| nursery.bear(spawn, marker, place));
        let ((newborn, serial), of_tree): ((Newborn, _), _) = match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.bear(spawn.limits, bear)?,
            Keeper::Walk(walk) => {
                let born = bear(Place::Here)?;
                walk.note_main(born.0.pid);
                (born, walk_cannot_hold(spawn.limits))
            }
        };
        unenforced.extend(of_tree);
        Ok(Process::new(newborn, serial, unenforced))
    }

    pub(super) fn reached(&self) -> Vec<Reached> {
        match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.reached(),
            Keeper::Walk(_) => Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> io::Result<bool> {
        match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.is_empty(),
            Keeper::Walk(walk) => walk.is_empty(),
        }
    }

    pub(super) fn ask(&self, ask: Ask) -> io::Result<()> {
        let number = signalling::number(ask)?;
        match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.signal(number),
            Keeper::Walk(walk) => signalling::send_to_all(&walk.members()?, number),
        }
    }

    pub(super) fn kill(&self) -> io::Result<()> {
        match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.kill(),
            Keeper::Walk(walk) => signalling::kill_all(|| walk.members()),
        }
    }

    pub(super) async fn emptied(&self) -> io::Result<()> {
        match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.emptied().await,
            Keeper::Walk(walk) => walk.emptied().await,
        }
    }

    pub(super) fn usage(&self) -> TreeUsage {
        let measured = match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.usage(),
            Keeper::Walk(_) => TreeUsage::default(),
        };
        let Ok(pids) = self.pids() else {
            return measured;
        };
        let TreeUsage {
            memory_bytes, cpu, ..
        } = measured;
        let summed = match (memory_bytes, cpu) {
            (Some(_), Some(_)) => measured,
            _ => sum(&pids),
        };
        TreeUsage {
            memory_bytes: memory_bytes.or(summed.memory_bytes),
            cpu: cpu.or(summed.cpu),
            processes: u32::try_from(pids.len()).ok(),
        }
    }

    pub(super) fn sample(&self) -> io::Result<Sample> {
        let counted = work::of(&self.pids()?).ok_or(io::ErrorKind::Unsupported)?;
        Ok(Sample {
            cpu: self.usage().cpu,
            wakeups: counted.wakeups,
            rests: counted.rests,
            moved: counted.moved,
            printed: None,
            members: counted.members,
        })
    }

    pub(super) fn processes(&self) -> io::Result<Vec<Pid>> {
        let pids = self.pids()?;
        Ok(pids
            .into_iter()
            .map(|pid| Pid(pid.cast_unsigned()))
            .collect())
    }

    pub(super) fn contains(&self, process: Pid) -> bool {
        let pid = process.0.cast_signed();
        match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.contains(pid),
            Keeper::Walk(walk) => walk.contains(pid),
        }
    }

    fn pids(&self) -> io::Result<Vec<libc::pid_t>> {
        match &self.0.keeper {
            #[cfg(target_os = "linux")]
            Keeper::Group(leaf) => leaf.pids(),
            Keeper::Walk(walk) => {
                let members = walk.members()?;
                Ok(members.into_iter().map(|member| member.pid).collect())
            }
        }
    }

    #[cfg_attr(
        not(target_os = "linux"),
        expect(clippy::unused_self, reason = "only control groups leave anything")
    )]
    pub(super) fn remove(&self) {
        #[cfg(target_os = "linux")]
        if let Keeper::Group(leaf) = &self.0.keeper {
            leaf.remove();
        }
    }
}

/// What needs a control group, where there is none.
fn walk_cannot_hold(limits: &Limits) -> Vec<Unenforced> {
    let known = limits::unenforced(limits, Starter::ThisProcess);
    let set = limits.set();
    let of_trees = set.filter(|limit| !limits::unix::is_of_processes(*limit));
    of_trees
        .map(|limit| {
            let found = known.iter().find(|one| one.limit == limit).cloned();
            found.unwrap_or_else(|| Unenforced {
                limit,
                reason: "the guardian cannot use control groups".to_owned(),
                hint: "leave it out",
            })
        })
        .collect()
}

/// Processes that end meanwhile are left out.
fn sum(pids: &[libc::pid_t]) -> TreeUsage {
    let nothing = (0_u64, Duration::ZERO);
    let (memory, cpu) = pids
        .iter()
        .filter_map(|pid| table::usage(*pid))
        .fold(nothing, |sum, one| (sum.0 + one.0, sum.1 + one.1));
    TreeUsage {
        memory_bytes: Some(memory),
        cpu: Some(cpu),
        processes: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_whole_or_not_at_all() {
        assert!(has_mark(b"k/a", "k/a"));
        assert!(has_mark(b"outer/x:k/a", "k/a"));
        assert!(!has_mark(b"k/ab", "k/a"));
        assert!(!has_mark(b"kk/a", "k/a"));
        assert!(!has_mark(b"", "k/a"));
    }
}
