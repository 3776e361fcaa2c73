//! Faults are signals; what is refused is an error.

use std::ffi::c_void;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::ptr;

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

use super::{Access, return_instruction, unsupported};

const PAGE: usize = 4096;

/// Within the first page, and no null pointer, which the compiler would not read.
const FIRST_PAGE: usize = 8;

pub(super) fn crash_quietly() {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
    // A limit does not keep the kernel from a handler that it has been given.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
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
        Access::WriteSystemFile => open_to_write("/etc/passwd"),
        Access::WriteSystemSetting => write_system_setting(),
        Access::BecomeRoot => become_root(),
    }
}

pub(super) fn is_fault(status: ExitStatus) -> bool {
    // The last one: a filter of system calls (seccomp).
    let faults = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGSYS];
    status
        .signal()
        .is_some_and(|signal| faults.contains(&signal))
}

fn page(protection: ProtFlags) -> io::Result<*mut u8> {
    // SAFETY: a new mapping, which overlaps nothing and is never unmapped: the
    // process ends with this attempt.
    let page = unsafe { mmap_anonymous(ptr::null_mut(), PAGE, protection, MapFlags::PRIVATE) }?;
    Ok(page.cast())
}

fn write_read_only_page() -> io::Result<()> {
    let page = page(ProtFlags::READ)?;
    // SAFETY: nothing else knows the page. Its protection makes this a fault, which
    // is what the process is there for; without it, it is a write to our own page.
    unsafe { page.write_volatile(1) };
    Ok(())
}

fn execute_data_page() -> io::Result<()> {
    let code = return_instruction().ok_or_else(|| unsupported("an unknown processor"))?;
    let page = page(ProtFlags::READ | ProtFlags::WRITE)?;
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

/// Whoever may open it may read it: the kernel checks as for a debugger.
fn read_other_process() -> io::Result<()> {
    if !cfg!(target_os = "linux") {
        return Err(unsupported("this system tells only when it is a debugger"));
    }
    match std::fs::File::open("/proc/1/mem") {
        Ok(_) => Ok(()),
        // It is hidden (`hidepid=`, `ProtectProc=`).
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(io::ErrorKind::PermissionDenied.into())
        }
        Err(error) => Err(error),
    }
}

fn write_system_setting() -> io::Result<()> {
    if !cfg!(target_os = "linux") {
        return Err(unsupported("this system has no such file"));
    }
    open_to_write("/proc/sys/kernel/hostname")
}

fn open_to_write(path: &str) -> io::Result<()> {
    OpenOptions::new().write(true).open(path).map(|_| ())
}

fn become_root() -> io::Result<()> {
    // SAFETY: no memory is touched, and the process has nothing to protect.
    match unsafe { libc::setuid(0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
