//! Who owns a thing, and whether that is someone to trust.
//!
//! An owner cannot be forged: a process can only give away what it makes to
//! itself or to groups that its token may own things for, and the groups
//! trusted here are administrators'.

use std::io;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, LocalFree, WIN32_ERROR};
use windows_sys::Win32::Security::Authorization::{
    GetNamedSecurityInfoW, GetSecurityInfo, SE_FILE_OBJECT, SE_KERNEL_OBJECT,
};
use windows_sys::Win32::Security::{OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID};

use super::{own_sid, sid_text};
use crate::process::windows::wide;

const SYSTEM: &str = "S-1-5-18";
const ADMINISTRATORS: &str = "S-1-5-32-544";

/// The owner of a pipe; the handle needs the right `READ_CONTROL`, which
/// reading brings.
pub(crate) fn owner_of_handle(handle: BorrowedHandle<'_>) -> io::Result<String> {
    asked(|owner, descriptor| {
        // SAFETY: the handle is open; the outputs are the caller's.
        unsafe {
            GetSecurityInfo(
                handle.as_raw_handle(),
                SE_KERNEL_OBJECT,
                OWNER_SECURITY_INFORMATION,
                owner,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
                descriptor,
            )
        }
    })
}

/// The owner of a file or folder.
pub(crate) fn owner_of_file(path: &Path) -> io::Result<String> {
    let path = wide::plain_path(path)?;
    asked(|owner, descriptor| {
        // SAFETY: the path is zero-terminated; the outputs are the caller's.
        unsafe {
            GetNamedSecurityInfoW(
                path.as_ptr(),
                SE_FILE_OBJECT,
                OWNER_SECURITY_INFORMATION,
                owner,
                ptr::null_mut(),
                ptr::null_mut(),
                ptr::null_mut(),
                descriptor,
            )
        }
    })
}

/// `ask` fills in the owner, which points into the descriptor.
fn asked(
    ask: impl FnOnce(&mut PSID, &mut PSECURITY_DESCRIPTOR) -> WIN32_ERROR,
) -> io::Result<String> {
    let (mut owner, mut descriptor) = (ptr::null_mut(), ptr::null_mut());
    let error = ask(&mut owner, &mut descriptor);
    if error != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    let text = if owner.is_null() {
        Err(io::Error::other("it has no owner"))
    } else {
        sid_text(owner)
    };
    // SAFETY: the functions say to free it so; the owner is not used any more.
    unsafe { LocalFree(descriptor) };
    text
}

/// This process's own user, the system, or the administrators.
pub(crate) fn is_trusted(owner: &str) -> bool {
    owner == SYSTEM || owner == ADMINISTRATORS || own_sid().is_ok_and(|own| own == owner)
}
