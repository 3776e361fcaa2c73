//! The verb `runas` of the shell.

use std::env;
use std::ffi::OsString;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::path::Path;

use windows_sys::Win32::Foundation::{ERROR_CANCELLED, WAIT_OBJECT_0};
use windows_sys::Win32::System::Threading::{GetExitCodeProcess, INFINITE, WaitForSingleObject};
use windows_sys::Win32::UI::Shell::{
    SEE_MASK_FLAG_NO_UI, SEE_MASK_NOASYNC, SEE_MASK_NOCLOSEPROCESS, SHELLEXECUTEINFOW,
    ShellExecuteExW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::SW_SHOWNORMAL;
use windows_sys::core::w;

use crate::process::windows::command_line::Line;
use crate::process::windows::wide;

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
