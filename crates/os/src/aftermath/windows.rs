//! What is left to see, on Windows.

use std::os::windows::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use outlast_model::Pid;
use windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;
use windows_sys::Win32::System::SystemInformation::GetTickCount64;

use super::{Holder, Room};
use crate::inspection::tcp_owners;

pub(super) fn holder(port: u16) -> Option<Holder> {
    let rows = tcp_owners::table().ok()?;
    let mut listening = rows.iter().filter(|row| row.remote.is_none());
    let row = listening.find(|row| row.local.port() == port)?;
    Some(Holder {
        address: row.local,
        pid: row.pid.map(Pid),
        name: None,
    })
}

pub(super) fn room(path: &Path) -> Option<Room> {
    let mut wide: Vec<u16> = path.as_os_str().encode_wide().collect();
    wide.push(0);
    let (mut free, mut total) = (0_u64, 0_u64);
    // SAFETY: the text ends in zero, and the two numbers are this function's own.
    let told = unsafe {
        GetDiskFreeSpaceExW(
            wide.as_ptr(),
            &raw mut free,
            &raw mut total,
            std::ptr::null_mut(),
        )
    };
    (told != 0).then(|| Room {
        mount: drive_of(path),
        free,
        total,
        free_files: None,
        is_read_only: false,
    })
}

fn drive_of(path: &Path) -> PathBuf {
    let of_drive = |part: &Component<'_>| matches!(part, Component::Prefix(_) | Component::RootDir);
    path.components().take_while(of_drive).collect()
}

pub(super) fn processor_time_limit() -> Option<Duration> {
    None
}

pub(super) fn running_for() -> Option<Duration> {
    // SAFETY: it takes nothing and cannot fail.
    Some(Duration::from_millis(unsafe { GetTickCount64() }))
}

/// Who may not is told by the start itself.
pub(super) const fn may_execute(_path: &Path) -> bool {
    true
}
