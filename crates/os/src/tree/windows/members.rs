//! One process in a job.

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::time::Duration;

use outlast_model::Pid;
use windows_sys::Win32::Foundation::{ERROR_INVALID_PARAMETER, HANDLE};
use windows_sys::Win32::System::JobObjects::IsProcessInJob;
use windows_sys::Win32::System::Threading::{
    OpenProcess, PROCESS_NAME_WIN32, PROCESS_QUERY_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION,
    PROCESS_VM_READ, QueryFullProcessImageNameW,
};

use super::process::measure;

/// While it is open its number belongs to no other process.
#[derive(Debug)]
pub(super) struct Member {
    pid: Pid,
    /// `None`: it is there, and the guardian may not look at it.
    handle: Option<OwnedHandle>,
}

impl Member {
    /// The process that `job` has listed with this number; `None` when it is
    /// gone. When in doubt it is there: a tree that is not empty must not be
    /// taken for an empty one.
    pub(super) fn find(number: u32, job: HANDLE) -> Option<Self> {
        let pid = Pid(number);
        let handle = match open(number) {
            Ok(handle) => handle,
            Err(error) if is_gone(&error) => return None,
            Err(_) => return Some(Self { pid, handle: None }),
        };
        // Between the list and the opening the number may have gone to a
        // process outside. Now that it is open, it stays where it is.
        is_in(&handle, job).then(|| Self {
            pid,
            handle: Some(handle),
        })
    }

    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    pub(super) fn is_console_host(&self) -> bool {
        let Some(handle) = &self.handle else {
            return false;
        };
        let mut buffer = [0_u16; 1024];
        let mut length = buffer.len() as u32;
        // SAFETY: the handle is open; the length is the buffer's.
        let is_known = unsafe {
            QueryFullProcessImageNameW(
                handle.as_raw_handle(),
                PROCESS_NAME_WIN32,
                buffer.as_mut_ptr(),
                &raw mut length,
            )
        };
        let path = buffer.get(..length as usize).unwrap_or_default();
        let path = OsString::from_wide(path);
        is_known != 0 && crate::process::windows::is_console_host(path.as_ref())
    }

    pub(super) fn memory_bytes(&self) -> Option<u64> {
        let memory = measure::memory(self.handle.as_ref()?)?;
        Some(memory.WorkingSetSize as u64)
    }

    pub(super) fn cpu(&self) -> Duration {
        let cpu = self.handle.as_ref().and_then(measure::cpu);
        cpu.map_or(Duration::ZERO, |cpu| cpu.user + cpu.system)
    }
}

/// The processor time that a process has used; `None`: it is gone, or the guardian may
/// not look at it.
pub(crate) fn cpu_of(number: u32) -> Option<Duration> {
    let cpu = measure::cpu(&open(number).ok()?)?;
    Some(cpu.user + cpu.system)
}

/// With as many rights as it gives: an elevated or protected process gives only
/// the limited ones, which Windows is content with. Wine 8 tells nothing about
/// jobs without the full ones.
fn open(number: u32) -> io::Result<OwnedHandle> {
    let full = PROCESS_QUERY_INFORMATION | PROCESS_VM_READ;
    open_for(number, full).or_else(|_| open_for(number, PROCESS_QUERY_LIMITED_INFORMATION))
}

fn open_for(number: u32, access: u32) -> io::Result<OwnedHandle> {
    // SAFETY: numbers only.
    let handle = unsafe { OpenProcess(access, 0, number) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// What `OpenProcess` says of a number that no process has.
fn is_gone(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ERROR_INVALID_PARAMETER.cast_signed())
}

fn is_in(process: &OwnedHandle, job: HANDLE) -> bool {
    let mut is_in = 0;
    // SAFETY: both handles are open; the output is ours.
    let is_known = unsafe { IsProcessInJob(process.as_raw_handle(), job, &raw mut is_in) };
    is_known == 0 || is_in != 0
}
