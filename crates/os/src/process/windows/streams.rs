//! The three standard streams of a new process: inheritable duplicates, which
//! live only while it is being made.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{
    DUPLICATE_SAME_ACCESS, DuplicateHandle, HANDLE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::System::Console::{
    GetStdHandle, STD_ERROR_HANDLE, STD_HANDLE, STD_OUTPUT_HANDLE,
};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

use super::super::{Output, Spawn};

/// Duplicates and not the originals: only the former are inheritable, so that
/// no other process that is started in this one (by a library, say) can inherit
/// the pipes for longer than this takes.
#[derive(Debug)]
pub(super) struct Streams([OwnedHandle; 3]);

impl Streams {
    pub(super) fn open(spawn: &Spawn<'_>) -> io::Result<Self> {
        let null = OpenOptions::new().read(true).write(true).open("NUL")?;
        Ok(Self([
            inheritable(null.as_handle())?,
            output(spawn.stdout, STD_OUTPUT_HANDLE, &null)?,
            output(spawn.stderr, STD_ERROR_HANDLE, &null)?,
        ]))
    }

    pub(super) fn handles(&self) -> [HANDLE; 3] {
        let [input, output, error] = &self.0;
        [input, output, error].map(AsRawHandle::as_raw_handle)
    }
}

fn output(output: Output<'_>, own: STD_HANDLE, null: &File) -> io::Result<OwnedHandle> {
    match output {
        Output::Null => inheritable(null.as_handle()),
        Output::Pipe(writer) => inheritable(writer.0.as_handle()),
        Output::Inherit => inherited(own, null),
    }
}

/// A guardian without a console (a native service) has no output of its own.
fn inherited(own: STD_HANDLE, null: &File) -> io::Result<OwnedHandle> {
    // SAFETY: no arguments to get wrong.
    let handle = unsafe { GetStdHandle(own) };
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return inheritable(null.as_handle());
    }
    // SAFETY: nobody in this process closes its standard streams.
    inheritable(unsafe { BorrowedHandle::borrow_raw(handle) })
}

fn inheritable(handle: BorrowedHandle<'_>) -> io::Result<OwnedHandle> {
    let mut duplicate = ptr::null_mut();
    // SAFETY: `handle` is open; the new one is put into `duplicate`.
    let is_made = unsafe {
        let this = GetCurrentProcess();
        DuplicateHandle(
            this,
            handle.as_raw_handle(),
            this,
            &raw mut duplicate,
            0,
            1,
            DUPLICATE_SAME_ACCESS,
        )
    };
    if is_made == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(duplicate) })
}
