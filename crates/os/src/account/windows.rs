//! Accounts by their security identifiers, and who this process is.
//!
//! To start a program under another account takes a logon, which the guardian
//! gets without a password (`way.rs` says how for which account), and privileges
//! that `LocalSystem` alone has.

mod descriptor;
mod logon;
mod owner;
mod privileges;
mod profile;
mod s4u;
pub(crate) mod sid;
mod way;

use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle};
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::{HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::Security::{
    GetTokenInformation, PSID, TOKEN_ELEVATION, TOKEN_QUERY, TOKEN_USER, TokenElevation, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};
use windows_sys::Win32::System::WindowsProgramming::GetComputerNameW;

pub(crate) use self::descriptor::Descriptor;
pub(crate) use self::logon::Logon;
pub(super) use self::logon::log_on;
pub(crate) use self::owner::{is_trusted, owner_of_file, owner_of_handle};
use self::sid::{Named, SERVICES, Sid, named, split};
use self::way::Way;
use super::{Account, AccountError, Obstacle, Starter};

pub(super) const HOW_TO_BE_PRIVILEGED: &str =
    "run the same command in a terminal that was opened with \"Run as administrator\"";

/// What the directory knows of an account, and what follows for its logon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// `DOMAIN\user`, as the directory writes it.
    pub(crate) name: String,
    sid: String,
    way: Way,
}

pub(super) fn find(name: &str) -> Result<Entry, AccountError> {
    let lookup = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => AccountError::Unknown(name.to_owned()),
        io::ErrorKind::InvalidInput => AccountError::NobodysName(name.to_owned()),
        _ => AccountError::Lookup {
            name: name.to_owned(),
            source,
        },
    };
    let (domain, user) = split(name);
    if user.is_empty() || name.contains('\0') {
        return Err(AccountError::Unknown(name.to_owned()));
    }
    let sid = Sid::of(name).map_err(lookup)?;
    // The directory knows only those whose service is there already.
    let is_of_service = domain.is_some_and(|domain| domain.eq_ignore_ascii_case(SERVICES));
    let found = if is_of_service {
        Named {
            domain: SERVICES.to_owned(),
            user: user.to_owned(),
            kind: 0,
        }
    } else {
        named(sid.as_ptr()).map_err(lookup)?
    };
    entry(&sid, &found)
        .map_err(lookup)?
        .ok_or_else(|| AccountError::NobodysName(name.to_owned()))
}

pub(super) fn is_group(_name: &str) -> Result<bool, AccountError> {
    Err(AccountError::Unsupported)
}

pub(super) fn in_group(_: Entry, _: &str) -> Result<Entry, AccountError> {
    Err(AccountError::Unsupported)
}

pub(super) fn current() -> Result<Entry, AccountError> {
    identified(own_sid(), "this process's own")
}

/// Whose token that is.
pub(crate) fn of_token(token: &OwnedHandle) -> Result<Account, AccountError> {
    identified(sid_of_token(token.as_handle()), "the session's user").map(Account)
}

/// The account with that identifier, which messages call `name`.
fn identified(sid: io::Result<String>, name: &str) -> Result<Entry, AccountError> {
    let found = || -> io::Result<Option<Entry>> {
        let sid = Sid::from_text(&sid?)?;
        entry(&sid, &named(sid.as_ptr())?)
    };
    found()
        .map_err(|source| AccountError::Lookup {
            name: name.to_owned(),
            source,
        })?
        .ok_or_else(|| AccountError::NobodysName(name.to_owned()))
}

/// `None`: nobody who could run a program.
fn entry(sid: &Sid, found: &Named) -> io::Result<Option<Entry>> {
    let text = sid.text()?;
    let way = Way::of(&text, found, &machine()?);
    Ok(way.map(|way| Entry {
        name: found.whole(),
        sid: text,
        way,
    }))
}

/// The domain of the accounts of this machine.
fn machine() -> io::Result<String> {
    // Fifteen letters and a zero (`MAX_COMPUTERNAME_LENGTH`).
    let mut name = [0_u16; 16];
    let mut length = name.len() as u32;
    // SAFETY: the length is the buffer's.
    if unsafe { GetComputerNameW(name.as_mut_ptr(), &raw mut length) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let length = (length as usize).min(name.len());
    Ok(String::from_utf16_lossy(&name[..length]))
}

pub(super) fn is_own(entry: &Entry) -> bool {
    own_sid().is_ok_and(|own| own == entry.sid)
}

/// An administrator may not start programs under another account, but may
/// install a guardian that may.
pub(crate) fn obstacle(starter: Starter) -> Option<Obstacle> {
    if privileges::may_change_accounts() {
        return None;
    }
    match starter {
        Starter::NativeService if is_privileged() => None,
        Starter::NativeService => Some(Obstacle {
            reason: "only LocalSystem may run programs under another account, and only an administrator \
                     may install a guardian that is LocalSystem",
            hint: HOW_TO_BE_PRIVILEGED,
        }),
        Starter::ThisProcess => Some(Obstacle {
            reason: "only LocalSystem may run programs under another account",
            hint: "install the guardian (`outlast install`), which then is LocalSystem, or leave `user` out",
        }),
    }
}

pub(super) fn id(entry: &Entry) -> String {
    entry.sid.clone()
}

pub(super) const fn uid(_entry: &Entry) -> Option<u32> {
    None
}

pub(super) const fn gid(_entry: &Entry) -> Option<u32> {
    None
}

pub(super) fn home(_entry: &Entry) -> Option<&Path> {
    None
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
    sid_of_token(token_of(process)?.as_handle())
}

fn sid_of_token(token: BorrowedHandle<'_>) -> io::Result<String> {
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

pub(crate) fn own_process() -> HANDLE {
    // SAFETY: no arguments; the answer is a constant that needs no closing.
    unsafe { GetCurrentProcess() }
}

pub(crate) fn token_of(process: HANDLE) -> io::Result<OwnedHandle> {
    let mut token = ptr::null_mut();
    // SAFETY: callers pass an open handle; the output is ours.
    if unsafe { OpenProcessToken(process, TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

#[cfg(test)]
mod tests {
    use crate::account::{Account, AccountError, Starter};

    #[test]
    fn accounts_are_found_by_all_their_spellings() {
        for (one, other) in [
            ("LocalService", r"NT AUTHORITY\LocalService"),
            ("Network Service", r"nt authority\NetworkService"),
            ("LocalSystem", r"NT AUTHORITY\SYSTEM"),
        ] {
            let one = Account::find(one).expect("every Windows has it");
            assert_eq!(one, Account::find(other).expect("the same"));
            assert!(one.name().contains('\\'), "{}", one.name());
        }
        let service = Account::find(r"NT SERVICE\not-there-yet").expect("it can be there");
        assert!(service.id().starts_with("S-1-5-80-"), "{}", service.id());
    }

    #[test]
    fn this_process_s_own_account_is_found_and_within_reach() {
        let own = Account::current().expect("it has one");
        assert_eq!(Account::find(own.name()).expect("the same"), own);
        assert_eq!(own.obstacle(Starter::ThisProcess), None);
    }

    #[test]
    fn nobody_knows_an_account_that_does_not_exist() {
        for name in [
            "no such user here",
            "",
            "a\0b",
            r"NT SERVICE\",
            r"NOWHERE\bob",
        ] {
            let error = Account::find(name).expect_err("there is none");
            assert!(matches!(error, AccountError::Unknown(_)), "{error:?}");
        }
    }

    #[test]
    fn no_program_runs_as_a_group() {
        for name in [r"BUILTIN\Administrators", "Everyone"] {
            let error = Account::find(name).expect_err("a group");
            assert!(matches!(error, AccountError::NobodysName(_)), "{error:?}");
        }
    }
}
