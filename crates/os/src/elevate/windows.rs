//! The verb `runas` of the shell.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::os::windows::io::{AsRawHandle, FromRawHandle, IntoRawHandle as _, OwnedHandle};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_CANCELLED, GENERIC_READ, GENERIC_WRITE, INVALID_HANDLE_VALUE, WAIT_OBJECT_0,
};
use windows_sys::Win32::Storage::FileSystem::{
    CreateFileW, FILE_SHARE_READ, FILE_SHARE_WRITE, OPEN_EXISTING,
};
use windows_sys::Win32::System::Console::{
    AttachConsole, FreeConsole, STD_ERROR_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, SetStdHandle,
};
use windows_sys::Win32::System::Threading::{GetExitCodeProcess, INFINITE, WaitForSingleObject};
use windows_sys::Win32::UI::Shell::{
    SEE_MASK_FLAG_NO_UI, SEE_MASK_NOASYNC, SEE_MASK_NOCLOSEPROCESS, SHELLEXECUTEINFOW,
    ShellExecuteExW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::SW_SHOWNORMAL;
use windows_sys::core::{PCWSTR, w};

use crate::account::Account;
use crate::process::windows::command_line::Line;
use crate::process::windows::wide;

pub(super) fn is_offered() -> bool {
    let is_at_console = io::stdin().is_terminal() && io::stdout().is_terminal();
    is_at_console && io::stderr().is_terminal() && !Account::is_privileged()
}

pub(super) fn join_console(pid: u32) -> io::Result<()> {
    // SAFETY: no arguments. A process without a console has none to leave.
    unsafe { FreeConsole() };
    // SAFETY: any number is allowed.
    if unsafe { AttachConsole(pid) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // The streams that the process was born with lead to the console it has left.
    let keyboard = console_file(w!("CONIN$"))?;
    let screen = console_file(w!("CONOUT$"))?;
    for (stream, file) in [
        (STD_INPUT_HANDLE, keyboard),
        (STD_OUTPUT_HANDLE, screen.try_clone()?),
        (STD_ERROR_HANDLE, screen),
    ] {
        // SAFETY: the handle is open, and as it is given away here, stays so.
        if unsafe { SetStdHandle(stream, file.into_raw_handle()) } == 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// `name` is zero-terminated.
fn console_file(name: PCWSTR) -> io::Result<OwnedHandle> {
    // SAFETY: the caller's promise; everything else may be absent.
    let file = unsafe {
        CreateFileW(
            name,
            GENERIC_READ | GENERIC_WRITE,
            FILE_SHARE_READ | FILE_SHARE_WRITE,
            ptr::null(),
            OPEN_EXISTING,
            0,
            ptr::null_mut(),
        )
    };
    if file == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(file) })
}

pub(super) fn run(program: &Path, arguments: &[OsString]) -> io::Result<u32> {
    let process = start(program, arguments)?;
    // SAFETY: the handle is open.
    if unsafe { WaitForSingleObject(process.as_raw_handle(), INFINITE) } != WAIT_OBJECT_0 {
        return Err(io::Error::last_os_error());
    }
    let mut code = 0;
    // SAFETY: the handle is open, the output ours.
    if unsafe { GetExitCodeProcess(process.as_raw_handle(), &raw mut code) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(code)
}

fn start(program: &Path, arguments: &[OsString]) -> io::Result<OwnedHandle> {
    let program = wide::plain_path(program)?;
    let folder = wide::plain_path(&env::current_dir()?)?;
    let parameters = Line::of_arguments(arguments).finish()?;
    let mut info = SHELLEXECUTEINFOW {
        cbSize: size_of::<SHELLEXECUTEINFOW>() as u32,
        // No message box: whoever called tells what went wrong. And nothing
        // happens after the call that would need a message loop here.
        fMask: SEE_MASK_NOCLOSEPROCESS | SEE_MASK_NOASYNC | SEE_MASK_FLAG_NO_UI,
        lpVerb: w!("runas"),
        lpFile: program.as_ptr(),
        lpParameters: parameters.as_ptr(),
        lpDirectory: folder.as_ptr(),
        nShow: SW_SHOWNORMAL,
        ..Default::default()
    };
    // SAFETY: the size is set, and all texts are zero-terminated and outlive the
    // call.
    if unsafe { ShellExecuteExW(&raw mut info) } == 0 {
        let error = io::Error::last_os_error();
        if error.raw_os_error() == Some(ERROR_CANCELLED.cast_signed()) {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, error));
        }
        return Err(error);
    }
    if info.hProcess.is_null() {
        return Err(io::Error::other("Windows started it without a process"));
    }
    // SAFETY: it was just opened, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(info.hProcess) })
}
