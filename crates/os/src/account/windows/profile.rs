//! The profile of an account: its part of the registry and its folders, and the
//! environment that follows from them.

use std::ffi::{OsStr, OsString, c_void};
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, BorrowedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Environment::{CreateEnvironmentBlock, DestroyEnvironmentBlock};
use windows_sys::Win32::UI::Shell::{LoadUserProfileW, PROFILEINFOW, UnloadUserProfile};

use crate::process::windows::wide;

/// `PI_NOUI` of `userenv.h`: no messages that somebody would have to click away.
const NO_MESSAGES: u32 = 1;

const EQUALS: u16 = b'=' as u16;

/// A loaded profile: the `HKEY_CURRENT_USER` of programs with its token. Windows
/// counts how often it was loaded.
#[derive(Debug)]
pub(super) struct Profile(HANDLE);

// SAFETY: a handle of the registry, which any thread may close.
unsafe impl Send for Profile {}
// SAFETY: shared access does nothing with it.
unsafe impl Sync for Profile {}

impl Profile {
    /// Loads the profile of the token's account, and makes it at the account's
    /// first logon on this machine. That of a roaming account is what this
    /// machine has of it: no server is asked.
    pub(super) fn load(token: BorrowedHandle<'_>, user: &str) -> io::Result<Self> {
        let mut user = wide::terminated(OsStr::new(user))?;
        let mut profile = PROFILEINFOW {
            dwSize: size_of::<PROFILEINFOW>() as u32,
            dwFlags: NO_MESSAGES,
            lpUserName: user.as_mut_ptr(),
            ..PROFILEINFOW::default()
        };
        // SAFETY: the token is open, the name zero-terminated; the rest may be
        // null.
        if unsafe { LoadUserProfileW(token.as_raw_handle(), &raw mut profile) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(profile.hProfile))
    }

    /// With the token that it was loaded with. What fails stays loaded until
    /// the machine is started again, and nobody could do more about it.
    pub(super) fn unload(self, token: BorrowedHandle<'_>) {
        // SAFETY: both are open, and the handle is not used afterwards.
        unsafe { UnloadUserProfile(token.as_raw_handle(), self.0) };
    }
}

/// The variables of the machine and of the token's account, and none of this
/// process.
pub(super) fn environment(token: BorrowedHandle<'_>) -> io::Result<Vec<(OsString, OsString)>> {
    let mut block: *mut c_void = ptr::null_mut();
    // SAFETY: the token is open; the output is ours, to be freed as it says.
    unsafe {
        if CreateEnvironmentBlock(&raw mut block, token.as_raw_handle(), 0) == 0 {
            return Err(io::Error::last_os_error());
        }
        let variables = read(block.cast());
        DestroyEnvironmentBlock(block);
        Ok(variables)
    }
}

/// # Safety
/// `block` is an environment block: strings with a final zero, and one more.
unsafe fn read(mut block: *const u16) -> Vec<(OsString, OsString)> {
    let mut variables = Vec::new();
    loop {
        // SAFETY: every string ends with a zero, and so does the block.
        let entry = unsafe {
            let length = (0..).take_while(|&at| *block.add(at) != 0).count();
            std::slice::from_raw_parts(block, length)
        };
        if entry.is_empty() {
            return variables;
        }
        // The first letter may be `=`: `cmd.exe` has variables of such names.
        if let Some(end) = entry.iter().skip(1).position(|unit| *unit == EQUALS) {
            let (name, value) = (&entry[..=end], &entry[end + 2..]);
            variables.push((OsString::from_wide(name), OsString::from_wide(value)));
        }
        // SAFETY: the zero is there, and something behind it.
        block = unsafe { block.add(entry.len() + 1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_taken_apart() {
        let block: Vec<u16> = "A=1\0=C:=C:\\x\0EMPTY=\0URL=a=b\0\0"
            .encode_utf16()
            .collect();
        // SAFETY: it ends with two zeros.
        let variables = unsafe { read(block.as_ptr()) };
        let expected = [("A", "1"), ("=C:", "C:\\x"), ("EMPTY", ""), ("URL", "a=b")];
        assert_eq!(
            variables,
            expected.map(|(name, value)| (name.into(), value.into()))
        );
    }
}
