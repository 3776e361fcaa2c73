//! On Windows a service has the account of its guardian, which the service
//! control manager gives it. What is here is who the guardian is, for the
//! security of its files and its pipe.

mod descriptor;
mod owner;
pub(crate) mod sid;

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::Security::{
    GetTokenInformation, PSID, TOKEN_ELEVATION, TOKEN_QUERY, TOKEN_USER, TokenElevation, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

pub(crate) use self::descriptor::Descriptor;
pub(crate) use self::owner::{is_trusted, owner_of_file, owner_of_handle};
use super::{Account, AccountError};

pub(super) const HOW_TO_BE_PRIVILEGED: &str =
    "run the same command in a terminal that was opened with \"Run as administrator\"";

pub(super) fn find(_name: &str) -> Result<Account, AccountError> {
    Err(AccountError::Unsupported)
}

pub(super) fn is_group(_name: &str) -> Result<bool, AccountError> {
    Err(AccountError::Unsupported)
}

pub(super) fn current() -> Result<Account, AccountError> {
    Err(AccountError::Unsupported)
}

/// Elevated: an administrator's full token, or a service account that has one
/// (`LocalSystem`).
pub(super) fn is_privileged() -> bool {
    let own = || -> io::Result<bool> {
        let mut elevation = TOKEN_ELEVATION::default();
        let token = token_of(own_process())?;
        // SAFETY: the class and the size fit the structure.
        let is_known = unsafe {
            GetTokenInformation(
                token.as_raw_handle(),
                TokenElevation,
                (&raw mut elevation).cast(),
                size_of_val(&elevation) as u32,
                &mut 0,
            )
        };
        Ok(is_known != 0 && elevation.TokenIsElevated != 0)
    };
    own().unwrap_or(false)
}

/// The security identifier of the user this process runs as (`S-1-…`).
pub(crate) fn own_sid() -> io::Result<String> {
    sid_of(own_process())
}

/// The same of another process, which must allow being asked.
pub(crate) fn sid_of(process: HANDLE) -> io::Result<String> {
    let token = token_of(process)?;
    // A SID has at most 68 bytes; the structure before it 16. Of pointer-sized
    // elements, for the alignment.
    let mut buffer = [0_usize; 16];
    // SAFETY: the size is the buffer's, which is aligned for the structure.
    let is_known = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenUser,
            buffer.as_mut_ptr().cast(),
            size_of_val(&buffer) as u32,
            &mut 0,
        )
    };
    if is_known == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call filled it in; the SID that it points to is in `buffer`.
    let sid = unsafe { (*buffer.as_ptr().cast::<TOKEN_USER>()).User.Sid };
    sid_text(sid)
}

/// `sid` points to a valid SID.
pub(crate) fn sid_text(sid: PSID) -> io::Result<String> {
    let mut text = ptr::null_mut();
    // SAFETY: the caller's promise; the text is freed once, after copying it.
    unsafe {
        if ConvertSidToStringSidW(sid, &raw mut text) == 0 {
            return Err(io::Error::last_os_error());
        }
        let length = (0..).take_while(|&at| *text.add(at) != 0).count();
        let copied = String::from_utf16_lossy(std::slice::from_raw_parts(text, length));
        LocalFree(text.cast());
        Ok(copied)
    }
}

fn own_process() -> HANDLE {
    // SAFETY: no arguments; the answer is a constant that needs no closing.
    unsafe { GetCurrentProcess() }
}

fn token_of(process: HANDLE) -> io::Result<OwnedHandle> {
    let mut token = ptr::null_mut();
    // SAFETY: callers pass an open handle; the output is ours.
    if unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}
