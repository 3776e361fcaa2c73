//! Trees held together by control groups, version 2 (`cgroups(7)`, and the
//! kernel's `admin-guide/cgroup-v2`).
//!
//! `OWN/outlast-KEY/service-NAME`, where `OWN` is the group that the guardian is
//! in. Controllers are enabled only for limits (`bounds.rs`); without, the rule that a
//! group has either members or sub-groups does not concern these. The prefix keeps a service that is
//! called `cgroup.procs` away from the file of that name.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use outlast_model::limits::{Limits, Reached};
use outlast_model::{ServiceName, StartFailure};
use rustix::fs::{Access, Mode, OFlags};
use rustix::io::Errno;
use tokio::io::Interest;

use super::signalling::{self, Found};
use super::unix::marked_service;
use super::{TreeUsage, table};
use crate::limits::Unenforced;
use crate::polled::polled;
use crate::process::unix::Place;

mod bounds;
mod counts;
mod mount;
mod version1;

pub(crate) use bounds::obstacle;
pub(crate) use mount::own_group;

use bounds::Bound;

/// The group of a forest.
#[derive(Debug)]
pub(super) struct Group {
    dir: PathBuf,
    /// How `/proc/PID/cgroup` calls it.
    name: String,
}

impl Group {
    /// `None` when there is no such hierarchy, or it is not this user's.
    pub(super) fn open(key: &str) -> Option<Self> {
        let own = own_group()?;
        // Whoever moves a process needs to write to the closest group above
        // both its old place and its new one.
        writable(&own.dir.join("cgroup.procs"))?;
        let folder = format!("outlast-{key}");
        let group = Self {
            dir: own.dir.join(&folder),
            name: format!("{}/{folder}", own.name.trim_end_matches('/')),
        };
        version1::sweep(&folder);
        make_dir(&group.dir).ok()?;
        writable(&group.dir.join("cgroup.procs"))?;
        let kind = fs::read_to_string(group.dir.join("cgroup.type")).ok()?;
        // Below a threaded group it would be "domain invalid".
        if kind.trim() != "domain" || group.gather(key).is_err() {
            group.remove();
            return None;
        }
        Some(group)
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn leaf(&self, service: &ServiceName) -> Leaf {
        self.leaf_called(service.as_str())
    }

    fn leaf_called(&self, service: &str) -> Leaf {
        let folder = format!("service-{service}");
        Leaf {
            dir: self.dir.join(&folder),
            name: format!("{}/{folder}", self.name),
            open: Mutex::default(),
            killed: AtomicBool::new(false),
            bound: Mutex::default(),
        }
    }

    /// Fetches what an earlier guardian left in a group elsewhere (it was
    /// started from another login session, for example) into its leaf here.
    fn gather(&self, key: &str) -> io::Result<()> {
        let prefix = format!("{key}/");
        for row in table::rows()? {
            let Some(service) = marked_service(row.pid, &prefix) else {
                continue;
            };
            if row.zombie || group_of(row.pid).is_none_or(|group| is_within(&group, &self.name)) {
                continue;
            }
            let leaf = self.leaf_called(service.as_str());
            make_dir(&leaf.dir)?;
            // The number may be another process's by now; it would have to be
            // reused within this microsecond.
            if row.member().is_still_it() {
                fs::write(leaf.dir.join("cgroup.procs"), row.pid.to_string())?;
            }
        }
        Ok(())
    }

    /// The services that have a group here, whether anything is in it or not.
    pub(super) fn services(&self) -> Vec<ServiceName> {
        let name = |folder: PathBuf| {
            let name = folder.file_name()?.to_str()?.strip_prefix("service-")?;
            ServiceName::new(name).ok()
        };
        folders(&self.dir).into_iter().filter_map(name).collect()
    }

    /// Removes it as far as it is empty.
    pub(super) fn remove(&self) {
        bounds::step_back(&self.dir);
        remove_dir(&self.dir);
    }
}

fn writable(path: &Path) -> Option<()> {
    rustix::fs::access(path, Access::WRITE_OK).ok()
}

fn make_dir(dir: &Path) -> io::Result<()> {
    match fs::create_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// The name of the group that a process is in.
fn group_of(pid: libc::pid_t) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    mount::unified(&text).map(str::to_owned)
}

fn is_within(group: &str, name: &str) -> bool {
    group
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Groups can be removed from the leaves up; one with processes refuses.
fn remove_dir(dir: &Path) {
    for below in folders(dir) {
        remove_dir(&below);
    }
    let _ = fs::remove_dir(dir);
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

/// The group of one service.
#[derive(Debug)]
pub(super) struct Leaf {
    dir: PathBuf,
    name: String,
    /// Held between starts, from the first one on.
    open: Mutex<Option<Arc<OwnedFd>>>,
    /// It was killed as a whole. The kernel remembers that for as long as the
    /// group exists, and lets no child be born into it from outside (see
    /// `process/vfork.rs`); so it is made anew for the next start.
    killed: AtomicBool,
    /// What the instance is held to.
    bound: Mutex<Option<Box<Bound>>>,
}

/// A process that a group listed.
#[derive(Clone, Copy, PartialEq)]
struct Resident<'a> {
    pid: libc::pid_t,
    group: &'a str,
}

impl Found for Resident<'_> {
    fn pid(self) -> libc::pid_t {
        self.pid
    }

    fn is_still_it(self) -> bool {
        group_of(self.pid).is_some_and(|group| is_within(&group, self.group))
    }
}

impl Leaf {
    /// Lets `bear` make a process in this group, held to `limits`; with it come those
    /// that are not enforced. What is wrong with the group itself (removed by someone,
    /// or turned into an inner node by the last instance) is put right once.
    pub(super) fn bear<T>(
        &self,
        limits: &Limits,
        bear: impl Fn(Place<'_>) -> Result<T, StartFailure>,
    ) -> Result<(T, Vec<Unenforced>), StartFailure> {
        let mut bound = self.bound();
        let was_killed = self.killed.swap(false, Ordering::Relaxed);
        // A limit that there is no more goes with its group.
        let before = bound.as_ref().map(|bound| &bound.wanted);
        if was_killed || before.unwrap_or(&Limits::default()) != limits {
            self.remove_group();
        }
        let first = self.bear_once(&mut bound, limits, &bear);
        let is_unusable = |failure: &StartFailure| {
            matches!(
                failure.os_error,
                Some(libc::EBUSY | libc::ENODEV | libc::ENOENT | libc::EOPNOTSUPP)
            ) && failure.step == outlast_model::exit::StartStep::Prepare
        };
        match first {
            Err(failure) if is_unusable(&failure) => {
                self.remove_group();
                self.bear_once(&mut bound, limits, &bear)
            }
            other => other,
        }
    }

    fn bear_once<T>(
        &self,
        bound: &mut Option<Box<Bound>>,
        limits: &Limits,
        bear: impl Fn(Place<'_>) -> Result<T, StartFailure>,
    ) -> Result<(T, Vec<Unenforced>), StartFailure> {
        let folder = self.folder().map_err(|error| self.not_made(&error))?;
        // Its groups go before they are made anew.
        *bound = None;
        let (begun, unenforced) = Bound::begin(&self.dir, limits);
        *bound = begun;
        let entrances = bound.as_ref().map(|bound| bound.entrances()).transpose();
        let entrances = entrances.map_err(|error| self.not_made(&error))?;
        let born = bear(Place::Group {
            folder: folder.as_fd(),
            entrances: entrances.as_deref().unwrap_or_default(),
        })?;
        Ok((born, unenforced))
    }

    fn not_made(&self, error: &io::Error) -> StartFailure {
        let shown = self.dir.display();
        StartFailure {
            step: outlast_model::exit::StartStep::Prepare,
            subject: self.dir.clone(),
            os_error: error.raw_os_error(),
            message: format!("cannot make the control group {shown}: {error}"),
        }
    }

    /// What the instance has run into.
    pub(super) fn reached(&self) -> Vec<Reached> {
        let bound = self.bound();
        let reached = bound.as_ref().map(|bound| bound.reached(&self.dir));
        reached.unwrap_or_default()
    }

    fn bound(&self) -> MutexGuard<'_, Option<Box<Bound>>> {
        self.bound.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn folder(&self) -> io::Result<Arc<OwnedFd>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*open {
            return Ok(Arc::clone(folder));
        }
        // One of an earlier guardian may have limits that nobody knows here.
        remove_dir(&self.dir);
        fs::create_dir_all(&self.dir)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = Arc::new(rustix::fs::open(&self.dir, flags, Mode::empty())?);
        *open = Some(Arc::clone(&folder));
        Ok(folder)
    }

    pub(super) fn leftovers(&self) -> io::Result<u32> {
        if self.is_empty()? {
            return Ok(0);
        }
        Ok(u32::try_from(self.pids()?.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn is_empty(&self) -> io::Result<bool> {
        let Some(events) = self.events()? else {
            return Ok(true);
        };
        is_unpopulated(&events)
    }

    /// `None`: there is no such group.
    fn events(&self) -> io::Result<Option<File>> {
        match File::open(self.dir.join("cgroup.events")) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file becomes "exceptional" (`POLLPRI`) whenever it changes after it
    /// was last read.
    pub(super) async fn emptied(&self) -> io::Result<()> {
        let Some(events) = self.events()? else {
            return Ok(());
        };
        let events = polled(events.into(), Interest::PRIORITY)?;
        loop {
            if is_unpopulated(events.get_ref())? {
                return Ok(());
            }
            events.ready(Interest::PRIORITY).await?.clear_ready();
        }
    }

    pub(super) fn signal(&self, number: libc::c_int) -> io::Result<()> {
        signalling::send_to_all(&self.residents()?, number)
    }

    /// `cgroup.kill` (Linux 5.14) also takes those that are being born.
    pub(super) fn kill(&self) -> io::Result<()> {
        self.killed.store(true, Ordering::Relaxed);
        match fs::write(self.dir.join("cgroup.kill"), "1") {
            Ok(()) => Ok(()),
            Err(_) => signalling::kill_all(|| self.residents()),
        }
    }

    fn residents(&self) -> io::Result<Vec<Resident<'_>>> {
        let resident = |pid| Resident {
            pid,
            group: &self.name,
        };
        Ok(self.pids()?.into_iter().map(resident).collect())
    }

    pub(super) fn contains(&self, pid: libc::pid_t) -> bool {
        group_of(pid).is_some_and(|group| is_within(&group, &self.name))
    }

    /// Those in groups that the service made below its own included.
    pub(super) fn pids(&self) -> io::Result<Vec<libc::pid_t>> {
        let mut pids = Vec::new();
        collect_pids(&self.dir, &mut pids)?;
        Ok(pids)
    }

    /// Memory is there when somebody enabled that controller for this level of
    /// the hierarchy; processor time always is.
    pub(super) fn usage(&self) -> TreeUsage {
        let read = |file: &str| fs::read_to_string(self.dir.join(file)).ok();
        let cpu = read("cpu.stat").and_then(|text| number_after(&text, "usage_usec"));
        TreeUsage {
            memory_bytes: read("memory.current").and_then(|text| text.trim().parse().ok()),
            cpu: cpu.map(Duration::from_micros),
            processes: None,
        }
    }

    /// With the last leaf the group of the forest goes too; both come back with
    /// the next start.
    pub(super) fn remove(&self) {
        *self.bound() = None;
        self.remove_group();
    }

    fn remove_group(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
        remove_dir(&self.dir);
        if let Some(group) = self.dir.parent() {
            let _ = fs::remove_dir(group);
        }
    }
}

fn number_after(text: &str, key: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.trim().parse().ok())
}

fn is_unpopulated(events: impl AsFd) -> io::Result<bool> {
    let mut text = [0; 256];
    match rustix::io::pread(events, &mut text, 0) {
        Ok(length) => {
            let text = String::from_utf8_lossy(&text[..length]);
            Ok(number_after(&text, "populated") == Some(0))
        }
        // The group was removed, which only an empty one can be.
        Err(Errno::NODEV) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn collect_pids(dir: &Path, pids: &mut Vec<libc::pid_t>) -> io::Result<()> {
    let mut text = String::new();
    match File::open(dir.join("cgroup.procs")).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => {}
        Err(error) if is_gone(&error) => return Ok(()),
        Err(error) => return Err(error),
    }
    // 0 stands for a process outside this one's view of process numbers.
    pids.extend(
        text.lines()
            .filter_map(|line| line.parse().ok())
            .filter(|pid: &libc::pid_t| *pid != 0),
    );
    for below in folders(dir) {
        collect_pids(&below, pids)?;
    }
    Ok(())
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(libc::ENODEV)
}
