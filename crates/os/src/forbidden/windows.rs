//! Faults are exit codes with the exception's number; what is refused is an error.

use std::env;
use std::ffi::c_void;
use std::fs::OpenOptions;
use std::io;
use std::os::windows::io::{FromRawHandle as _, OwnedHandle};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_SUCCESS, STATUS_ACCESS_VIOLATION, STATUS_IN_PAGE_ERROR,
};
use windows_sys::Win32::System::Diagnostics::Debug::{
    EXCEPTION_POINTERS, SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
    SetUnhandledExceptionFilter,
};
use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_RESERVE, PAGE_PROTECTION_FLAGS, PAGE_READONLY, PAGE_READWRITE, VirtualAlloc,
};
use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, KEY_SET_VALUE, RegCloseKey, RegOpenKeyExW,
};
use windows_sys::Win32::System::Threading::{OpenProcess, PROCESS_VM_READ};
use windows_sys::w;

use super::{Access, return_instruction, unsupported};

const PAGE: usize = 4096;

/// Within the first page, and no null pointer, which the compiler would not read.
const FIRST_PAGE: usize = 8;

/// *System*, which has the same number on every Windows.
const SYSTEM_PROCESS: u32 = 4;

pub(super) fn crash_quietly() {
    // SAFETY: it changes a mode of this process, which shows no dialogs then.
    unsafe { SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX) };
    // SAFETY: the function lives as long as the process, and touches nothing.
    unsafe { SetUnhandledExceptionFilter(Some(end_at_once)) };
}

/// With the exception's number as the exit code, before anybody makes a report of it or
/// a debugger is started (which Wine does in spite of the mode above).
unsafe extern "system" fn end_at_once(_: *const EXCEPTION_POINTERS) -> i32 {
    /// `EXCEPTION_EXECUTE_HANDLER` (`excpt.h`).
    const EXECUTE_HANDLER: i32 = 1;
    EXECUTE_HANDLER
}

pub(super) fn attempt(access: Access) -> io::Result<()> {
    match access {
        Access::WriteReadOnlyPage => write_read_only_page(),
        Access::ExecuteDataPage => execute_data_page(),
        Access::ReadFirstPage => {
            read_first_page();
            Ok(())
        }
        Access::ReadOtherProcess => read_other_process(),
        Access::WriteSystemFile => write_system_file(),
        Access::WriteSystemSetting => write_system_setting(),
        Access::BecomeRoot => Err(unsupported("Windows has no root")),
    }
}

pub(super) fn is_fault(status: ExitStatus) -> bool {
    let faults = [STATUS_ACCESS_VIOLATION, STATUS_IN_PAGE_ERROR];
    status.code().is_some_and(|code| faults.contains(&code))
}

fn page(protection: PAGE_PROTECTION_FLAGS) -> io::Result<*mut u8> {
    // SAFETY: new pages, which overlap nothing and are never freed: the process ends
    // with this attempt.
    let page = unsafe { VirtualAlloc(ptr::null(), PAGE, MEM_COMMIT | MEM_RESERVE, protection) };
    if page.is_null() {
        return Err(io::Error::last_os_error());
    }
    Ok(page.cast())
}

fn write_read_only_page() -> io::Result<()> {
    let page = page(PAGE_READONLY)?;
    // SAFETY: nothing else knows the page. Its protection makes this a fault, which
    // is what the process is there for; without it, it is a write to our own page.
    unsafe { page.write_volatile(1) };
    Ok(())
}

fn execute_data_page() -> io::Result<()> {
    let code = return_instruction().ok_or_else(|| unsupported("an unknown processor"))?;
    let page = page(PAGE_READWRITE)?;
    // SAFETY: the page is ours, may be written to, and has room for it.
    unsafe { page.copy_from_nonoverlapping(code.as_ptr(), code.len()) };
    // SAFETY: a function that returns at once, if the page may be executed; else a
    // fault, which is what the process is there for.
    unsafe {
        let function: extern "C" fn() = std::mem::transmute::<*mut c_void, _>(page.cast());
        function();
    }
    Ok(())
}

fn read_first_page() {
    // SAFETY: no memory of this program is there. A system that maps the page for it
    // lets it be read, any other makes this a fault, which is what the process is
    // there for.
    std::hint::black_box(unsafe { ptr::without_provenance::<u8>(FIRST_PAGE).read_volatile() });
}

fn read_other_process() -> io::Result<()> {
    // SAFETY: no pointers; the handle that comes back is ours.
    let handle = unsafe { OpenProcess(PROCESS_VM_READ, 0, SYSTEM_PROCESS) };
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is ours, and nobody else closes it.
    drop(unsafe { OwnedHandle::from_raw_handle(handle) });
    Ok(())
}

fn write_system_file() -> io::Result<()> {
    let root =
        env::var_os("SystemRoot").map_or_else(|| PathBuf::from(r"C:\Windows"), PathBuf::from);
    let hosts = root.join(r"System32\drivers\etc\hosts");
    OpenOptions::new().write(true).open(hosts).map(|_| ())
}

fn write_system_setting() -> io::Result<()> {
    let mut key = ptr::null_mut();
    // SAFETY: the name is a constant, the output is ours.
    let error = unsafe {
        RegOpenKeyExW(
            HKEY_LOCAL_MACHINE,
            w!(r"SYSTEM\CurrentControlSet\Control"),
            0,
            KEY_SET_VALUE,
            &raw mut key,
        )
    };
    if error != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    // SAFETY: it was opened above, and nobody else closes it.
    unsafe { RegCloseKey(key) };
    Ok(())
}
