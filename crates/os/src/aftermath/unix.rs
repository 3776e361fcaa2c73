//! What is left to see, on Unix.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::StatVfsMountFlags;
use rustix::process::{Resource, getrlimit};

use super::{Holder, Room};

#[cfg(target_os = "linux")]
pub(super) fn holder(port: u16) -> Option<Holder> {
    use outlast_model::Pid;

    use crate::inspection::listeners;

    let (address, owner) = listeners::at_port(port)?;
    Some(Holder {
        address,
        pid: owner.as_ref().map(|(pid, _)| Pid(*pid)),
        name: owner.map(|(_, name)| name),
    })
}

#[cfg(not(target_os = "linux"))]
pub(super) fn holder(_port: u16) -> Option<Holder> {
    None
}

pub(super) fn room(path: &Path) -> Option<Room> {
    let told = rustix::fs::statvfs(path).ok()?;
    let block = told.f_frsize;
    Some(Room {
        mount: mount_of(path),
        free: told.f_bavail.saturating_mul(block),
        total: told.f_blocks.saturating_mul(block),
        // Some file systems have as many as they like, and say 0 of 0.
        free_files: (told.f_files > 0).then_some(told.f_favail),
        is_read_only: told.f_flag.contains(StatVfsMountFlags::RDONLY),
    })
}

/// The highest folder above `path` that is on the same device.
fn mount_of(path: &Path) -> PathBuf {
    use std::os::unix::fs::MetadataExt as _;

    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let device = |path: &Path| path.metadata().map(|status| status.dev()).ok();
    let own = device(&path);
    let above = path.ancestors().take_while(|above| device(above) == own);
    above.last().unwrap_or(&path).to_owned()
}

pub(super) fn processor_time_limit() -> Option<Duration> {
    getrlimit(Resource::Cpu).current.map(Duration::from_secs)
}

pub(super) fn running_for() -> Option<Duration> {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    let told = rustix::time::clock_gettime(clock);
    Some(Duration::new(
        u64::try_from(told.tv_sec).ok()?,
        u32::try_from(told.tv_nsec).ok()?,
    ))
}

/// As far as the bits of the file tell (access(2)).
pub(super) fn may_execute(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}
