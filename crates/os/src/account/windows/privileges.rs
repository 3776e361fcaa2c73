//! What this process may do beyond the rights of its account.

use std::io;
use std::os::windows::io::AsRawHandle;
use std::ptr;

use windows_sys::Win32::Foundation::LUID;
use windows_sys::Win32::Security::{
    GetTokenInformation, LUID_AND_ATTRIBUTES, LookupPrivilegeValueW, SE_ASSIGNPRIMARYTOKEN_NAME,
    SE_INCREASE_QUOTA_NAME, SE_TCB_NAME, TokenPrivileges,
};
use windows_sys::core::PCWSTR;

use super::{own_process, token_of};

/// The first lets a process log others on without a password
/// (`LsaRegisterLogonProcess`), the others start a program as them
/// (`CreateProcessAsUserW`, which turns them on itself).
const NEEDED: [PCWSTR; 3] = [
    SE_TCB_NAME,
    SE_ASSIGNPRIMARYTOKEN_NAME,
    SE_INCREASE_QUOTA_NAME,
];

/// Whether this process has what it takes to start programs under another
/// account. `LocalSystem` has; an administrator has not, elevated or not.
pub(super) fn may_change_accounts() -> bool {
    let has_all = || -> io::Result<bool> {
        let own = own()?;
        for name in NEEDED {
            let needed = number(name)?;
            let is_it =
                |own: &LUID| (own.LowPart, own.HighPart) == (needed.LowPart, needed.HighPart);
            if !own.iter().any(is_it) {
                return Ok(false);
            }
        }
        Ok(true)
    };
    has_all().unwrap_or(false)
}

/// Those it has, turned on or not.
fn own() -> io::Result<Vec<LUID>> {
    let token = token_of(own_process())?;
    // Windows has 36 of them; room for some more.
    let mut buffer = [0_u32; 1 + 64 * size_of::<LUID_AND_ATTRIBUTES>() / 4];
    // SAFETY: the size is the buffer's, which is aligned for the structure.
    let is_known = unsafe {
        GetTokenInformation(
            token.as_raw_handle(),
            TokenPrivileges,
            buffer.as_mut_ptr().cast(),
            size_of_val(&buffer) as u32,
            &mut 0,
        )
    };
    if is_known == 0 {
        return Err(io::Error::last_os_error());
    }
    // `TOKEN_PRIVILEGES`: their count, then so many of them.
    let count = (buffer[0] as usize).min(64);
    // SAFETY: the call filled in `count` of them, and all lie in the buffer.
    let all = unsafe {
        std::slice::from_raw_parts(buffer.as_ptr().add(1).cast::<LUID_AND_ATTRIBUTES>(), count)
    };
    Ok(all.iter().map(|privilege| privilege.Luid).collect())
}

/// Privileges have numbers that may differ between starts of the machine.
fn number(name: PCWSTR) -> io::Result<LUID> {
    let mut number = LUID::default();
    // SAFETY: the name is a constant; null is this machine; the output is ours.
    if unsafe { LookupPrivilegeValueW(ptr::null(), name, &raw mut number) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Security::SE_CHANGE_NOTIFY_NAME;

    use super::*;

    #[test]
    fn what_everybody_has_is_found() {
        let everybodys = number(SE_CHANGE_NOTIFY_NAME).expect("known");
        let own = own().expect("a process may look at itself");
        assert!(own.iter().any(|own| own.LowPart == everybodys.LowPart));
    }
}
