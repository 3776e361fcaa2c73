//! `getpwnam_r`, `getpwuid_r` and `getgrouplist`, which ask whatever the system
//! is set up to ask. Called in the guardian only, never between fork and exec:
//! they allocate, lock and may talk to the network.

use std::env;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Account, AccountError, Obstacle, Starter};
use crate::environment::{is_minimal, is_of_a_session, merged};

/// The size of the first buffer; doubled on `ERANGE`.
const FIRST_BUFFER: usize = 1024;
/// No sane entry is larger; a directory that says otherwise is broken.
const LAST_BUFFER: usize = 1 << 20;

pub(super) const HOW_TO_BE_PRIVILEGED: &str = "run the same command with sudo";

/// An entry of the directory, whole, so that no directory service is asked
/// between fork and exec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// The primary one included.
    pub(crate) groups: Vec<u32>,
    pub(crate) home: PathBuf,
    pub(crate) shell: PathBuf,
}

pub(super) fn find(name: &str) -> Result<Entry, AccountError> {
    let unknown = || AccountError::Unknown(name.to_owned());
    let by_name = CString::new(name).map_err(|_| unknown())?;
    if let Some(account) = look_up(name, &Key::Name(&by_name))? {
        return Ok(account);
    }
    let uid: u32 = name.parse().map_err(|_| unknown())?;
    look_up(name, &Key::Number(uid))?.ok_or_else(unknown)
}

pub(super) fn is_group(name: &str) -> Result<bool, AccountError> {
    Ok(group(name)?.is_some())
}

/// Its other groups stay.
pub(super) fn in_group(entry: Entry, name: &str) -> Result<Entry, AccountError> {
    let unknown = || AccountError::UnknownGroup(name.to_owned());
    let gid = group(name)?.ok_or_else(unknown)?;
    if !is_privileged() && gid != rustix::process::getegid().as_raw() {
        return Err(AccountError::OutOfReach(Obstacle {
            reason: "only root may run programs in another group",
            hint: "run the guardian as root, or leave `group` out",
        }));
    }
    Ok(Entry { gid, ..entry })
}

fn group(name: &str) -> Result<Option<u32>, AccountError> {
    let Ok(by_name) = CString::new(name) else {
        return Ok(None);
    };
    let found = growing(|buffer| group_in(&by_name, name.parse().ok(), buffer));
    found.map_err(|source| AccountError::Lookup {
        name: name.to_owned(),
        source,
    })
}

/// `getgrnam_r`, then `getgrgid_r`.
fn group_in(name: &CStr, number: Option<u32>, buffer: &mut [u8]) -> io::Result<Option<u32>> {
    // SAFETY: all-zero is a valid `group`: integers and null pointers.
    let mut group: libc::group = unsafe { std::mem::zeroed() };
    let mut found: *mut libc::group = std::ptr::null_mut();
    let (place, room) = (buffer.as_mut_ptr().cast(), buffer.len());
    // SAFETY: every pointer is valid for the call, `room` is the size of the
    // buffer behind `place`.
    let mut code =
        unsafe { libc::getgrnam_r(name.as_ptr(), &raw mut group, place, room, &raw mut found) };
    if let Some(number) = number
        && found.is_null()
    {
        // SAFETY: as above.
        code = unsafe { libc::getgrgid_r(number, &raw mut group, place, room, &raw mut found) };
    }
    match code {
        _ if !found.is_null() => Ok(Some(group.gr_gid)),
        code if is_not_found(code) => Ok(None),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

pub(super) fn current() -> Result<Entry, AccountError> {
    let uid = rustix::process::geteuid().as_raw();
    let name = uid.to_string();
    look_up(&name, &Key::Number(uid))?.ok_or(AccountError::Unknown(name))
}

/// The account with this number, and with no other: a name may be a number.
#[cfg(all(target_os = "linux", feature = "bus"))]
pub(crate) fn with_number(uid: u32) -> Result<Account, AccountError> {
    let name = uid.to_string();
    let found = look_up(&name, &Key::Number(uid))?;
    found.map(Account).ok_or(AccountError::Unknown(name))
}

pub(super) fn is_privileged() -> bool {
    rustix::process::geteuid().is_root()
}

pub(crate) fn is_own(entry: &Entry) -> bool {
    rustix::process::geteuid().as_raw() == entry.uid
}

/// A native service of the machine runs as whoever may install it.
pub(super) fn obstacle(_starter: Starter) -> Option<Obstacle> {
    if is_privileged() {
        return None;
    }
    Some(Obstacle {
        reason: "only root may run programs under another account",
        hint: "run the guardian as root, or leave `user` out",
    })
}

#[expect(clippy::unnecessary_wraps, reason = "on Windows there is more to do")]
pub(super) fn log_on(account: Account) -> Result<Logon, AccountError> {
    Ok(Logon {
        account,
        session: None,
    })
}

pub(super) fn id(entry: &Entry) -> String {
    entry.uid.to_string()
}

#[expect(clippy::unnecessary_wraps, reason = "Windows has no such numbers")]
pub(super) const fn uid(entry: &Entry) -> Option<u32> {
    Some(entry.uid)
}

#[expect(clippy::unnecessary_wraps, reason = "Windows has no such numbers")]
pub(super) const fn gid(entry: &Entry) -> Option<u32> {
    Some(entry.gid)
}

#[expect(clippy::unnecessary_wraps, reason = "on Windows it is not known")]
pub(super) fn home(entry: &Entry) -> Option<&Path> {
    Some(&entry.home)
}

/// The child itself changes to the account.
#[derive(Debug)]
pub(crate) struct Logon {
    account: Account,
    /// `None`: it is of no session.
    session: Option<Found>,
}

/// What a session's programs find.
#[derive(Debug)]
struct Found {
    variables: Vec<(OsString, OsString)>,
    /// Whether all of it is there: else the guardian's own stands in for the rest.
    is_whole: bool,
}

impl Logon {
    /// In a session that has these `variables`; `is_whole` says whether that is all
    /// that its programs find.
    #[cfg(all(target_os = "linux", feature = "bus"))]
    pub(crate) fn in_session(
        account: Account,
        variables: Vec<(OsString, OsString)>,
        is_whole: bool,
    ) -> Self {
        let session = Some(Found {
            variables,
            is_whole,
        });
        Self { account, session }
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// Those that login(1) sets.
    fn described(&self) -> [(OsString, OsString); 4] {
        let Entry {
            name, home, shell, ..
        } = &self.account.0;
        [
            ("USER".into(), name.into()),
            ("LOGNAME".into(), name.into()),
            ("HOME".into(), home.into()),
            ("SHELL".into(), shell.into()),
        ]
    }

    /// The guardian's own, and over them the session's and those that login(1)
    /// sets.
    pub(super) fn variables(&self) -> Vec<(OsString, OsString)> {
        let (theirs, is_whole) = match &self.session {
            Some(found) => (&found.variables[..], found.is_whole),
            None => (&[][..], false),
        };
        // Programs are found by no other variable.
        let own = env::vars_os()
            .filter(|(name, _)| is_minimal(name) && (!is_whole || name.as_os_str() == "PATH"));
        let theirs = theirs
            .iter()
            .filter(|(name, _)| is_minimal(name) || is_of_a_session(name));
        merged(own.chain(theirs.cloned()).chain(self.described()))
    }

    pub(super) fn inherited(&self) -> Option<Vec<(OsString, OsString)>> {
        let theirs = self.session.as_ref()?.variables.iter().cloned();
        Some(merged(theirs.chain(self.variables())))
    }

    #[expect(clippy::unused_self, reason = "on Windows something can be missing")]
    pub(super) const fn lack(&self) -> Option<&str> {
        None
    }

    #[expect(clippy::unused_async, reason = "on Windows it takes time")]
    pub(super) async fn end(self) {}
}

enum Key<'a> {
    Name(&'a CStr),
    Number(u32),
}

fn look_up(asked: &str, key: &Key<'_>) -> Result<Option<Entry>, AccountError> {
    entry(key).map_err(|source| AccountError::Lookup {
        name: asked.to_owned(),
        source,
    })
}

fn entry(key: &Key<'_>) -> io::Result<Option<Entry>> {
    growing(|buffer| entry_in(key, buffer))
}

/// What `ask` gives with a buffer that is large enough for the answer.
fn growing<T>(mut ask: impl FnMut(&mut [u8]) -> io::Result<T>) -> io::Result<T> {
    let mut buffer = vec![0_u8; FIRST_BUFFER];
    loop {
        match ask(&mut buffer) {
            Err(error)
                if error.raw_os_error() == Some(libc::ERANGE) && buffer.len() < LAST_BUFFER =>
            {
                let larger = buffer.len() * 2;
                buffer.resize(larger, 0);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn entry_in(key: &Key<'_>, buffer: &mut [u8]) -> io::Result<Option<Entry>> {
    // SAFETY: all-zero is a valid `passwd`: integers and null pointers.
    let mut passwd: libc::passwd = unsafe { std::mem::zeroed() };
    let mut found: *mut libc::passwd = std::ptr::null_mut();
    let (place, room) = (buffer.as_mut_ptr().cast(), buffer.len());
    let code = match key {
        // SAFETY: every pointer is valid for the call, `room` is the size of
        // the buffer behind `place`.
        Key::Name(name) => unsafe {
            libc::getpwnam_r(name.as_ptr(), &raw mut passwd, place, room, &raw mut found)
        },
        // SAFETY: as above.
        Key::Number(uid) => unsafe {
            libc::getpwuid_r(*uid, &raw mut passwd, place, room, &raw mut found)
        },
    };
    if !found.is_null() {
        // SAFETY: on success the entry's strings point into `buffer`, which
        // outlives this call.
        return unsafe { account(&passwd) }.map(Some);
    }
    match code {
        code if is_not_found(code) => Ok(None),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// The manual page of `getpwnam_r` lists these as ways of saying so.
const fn is_not_found(code: libc::c_int) -> bool {
    matches!(
        code,
        0 | libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM
    )
}

/// # Safety
/// The strings of `passwd` are null or valid.
unsafe fn account(passwd: &libc::passwd) -> io::Result<Entry> {
    let text = |string: *const libc::c_char| {
        if string.is_null() {
            OsStr::new("")
        } else {
            // SAFETY: valid by the caller's promise.
            OsStr::from_bytes(unsafe { CStr::from_ptr(string) }.to_bytes())
        }
    };
    Ok(Entry {
        name: text(passwd.pw_name).to_string_lossy().into_owned(),
        uid: passwd.pw_uid,
        gid: passwd.pw_gid,
        // SAFETY: valid by the caller's promise; an account has a name.
        groups: groups(unsafe { CStr::from_ptr(passwd.pw_name) }, passwd.pw_gid)?,
        home: PathBuf::from(text(passwd.pw_dir)),
        shell: PathBuf::from(text(passwd.pw_shell)),
    })
}

/// macOS has its own idea of a group number's type in this one function.
#[cfg(target_vendor = "apple")]
type ListedGroup = libc::c_int;
#[cfg(not(target_vendor = "apple"))]
type ListedGroup = libc::gid_t;

fn groups(name: &CStr, primary: u32) -> io::Result<Vec<u32>> {
    let mut list: Vec<ListedGroup> = vec![0; 32];
    loop {
        let mut count = libc::c_int::try_from(list.len()).unwrap_or(libc::c_int::MAX);
        // SAFETY: `list` has room for `count` numbers.
        let code = unsafe {
            libc::getgrouplist(
                name.as_ptr(),
                primary as ListedGroup,
                list.as_mut_ptr(),
                &raw mut count,
            )
        };
        if code >= 0 {
            list.truncate(usize::try_from(count).unwrap_or(0));
            #[expect(clippy::unnecessary_cast, reason = "the type differs between systems")]
            return Ok(list.into_iter().map(|group| group as u32).collect());
        }
        if list.len() > 65_536 {
            return Err(io::Error::other("an account in more than 65536 groups"));
        }
        let larger = list.len() * 2;
        list.resize(larger, 0);
    }
}

#[cfg(test)]
mod tests {
    use crate::account::{Account, AccountError, is_group};

    #[test]
    fn root_is_found_by_name_and_by_number() {
        let by_name = Account::find("root").expect("every Unix has root");
        assert_eq!((by_name.uid(), by_name.gid()), (Some(0), Some(0)));
        assert_eq!(by_name.id(), "0");
        assert!(by_name.0.groups.contains(&0));
        assert_eq!(Account::find("0").expect("root again"), by_name);
    }

    #[test]
    fn groups_are_found_by_name_and_by_number() {
        assert!(is_group("daemon").expect("the directory answers"));
        assert!(is_group("0").expect("the directory answers"));
        assert!(!is_group("no-such-group-here").expect("the directory answers"));
        assert!(!is_group("a\0b").expect("the directory answers"));
    }

    #[test]
    fn an_account_s_own_variables_replace_the_guardian_s() {
        let root = Account::find("root").expect("every Unix has root");
        let variables = super::log_on(root.clone())
            .expect("nothing to do")
            .variables();
        let values = |name: &str| -> Vec<_> {
            let found = variables.iter().filter(|(found, _)| found == name);
            found.map(|(_, value)| value.as_os_str()).collect()
        };
        let home = root.home().expect("known on Unix").as_os_str();
        assert_eq!(values("HOME"), [home]);
        assert_eq!(values("USER"), ["root"]);
        assert_eq!(values("LOGNAME"), ["root"]);
        assert_eq!(values("PATH").len(), 1);
    }

    #[test]
    fn nobody_knows_an_account_that_does_not_exist() {
        for name in ["no-such-user-here", "", "a\0b", "-1", "4294967295000"] {
            let error = Account::find(name).expect_err("there is none");
            assert!(matches!(error, AccountError::Unknown(_)), "{error:?}");
        }
    }
}
