//! From the name of an account to its security identifier.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_NONE_MAPPED, LocalFree};
use windows_sys::Win32::Globalization::{LCMAP_UPPERCASE, LCMapStringEx};
use windows_sys::Win32::Security::Authorization::ConvertStringSidToSidW;
use windows_sys::Win32::Security::Cryptography::{
    BCRYPT_SHA1_ALGORITHM, BCryptCloseAlgorithmProvider, BCryptHash, BCryptOpenAlgorithmProvider,
};
use windows_sys::Win32::Security::{
    CopySid, GetLengthSid, LookupAccountNameW, LookupAccountSidW, PSID, SID_NAME_USE, SidTypeAlias,
    SidTypeDomain, SidTypeGroup,
};

use super::sid_text;
use crate::process::windows::wide;

/// No SID has more bytes (`SECURITY_MAX_SID_SIZE`).
const LONGEST: usize = 68;

/// The domain of the accounts that Windows makes for its services.
pub(super) const SERVICES: &str = "NT SERVICE";

/// The domain of Windows' own accounts.
pub(super) const AUTHORITY: &str = "NT AUTHORITY";

pub(super) const SYSTEM: &str = "S-1-5-18";
pub(crate) const LOCAL_SERVICE: &str = "S-1-5-19";
pub(crate) const NETWORK_SERVICE: &str = "S-1-5-20";

/// A security identifier.
pub(crate) struct Sid([u32; LONGEST / 4]);

impl Sid {
    /// That of the account which the service control manager calls `name`.
    ///
    /// # Errors
    /// `NotFound` when there is none, `InvalidInput` when it cannot log on.
    pub(crate) fn of(name: &str) -> io::Result<Self> {
        if let Some(known) = well_known(name) {
            return Self::from_text(known);
        }
        match split(name) {
            // Windows itself can say only once the service is there.
            (Some(domain), service) if domain.eq_ignore_ascii_case(SERVICES) => {
                Self::from_text(&of_service(service)?)
            }
            (Some("."), user) => match env::var("COMPUTERNAME") {
                Ok(machine) => looked_up(&format!(r"{machine}\{user}"), name),
                Err(_) => looked_up(user, name),
            },
            _ => looked_up(name, name),
        }
    }

    pub(super) fn from_text(text: &str) -> io::Result<Self> {
        let text = wide::terminated(OsStr::new(text))?;
        let mut found = ptr::null_mut();
        // SAFETY: zero-terminated; the output is freed once, after copying it.
        unsafe {
            if ConvertStringSidToSidW(text.as_ptr(), &raw mut found) == 0 {
                return Err(io::Error::last_os_error());
            }
            let mut sid = Self([0; LONGEST / 4]);
            let length = GetLengthSid(found).min(LONGEST as u32);
            let is_copied = CopySid(length, sid.0.as_mut_ptr().cast(), found);
            let error = io::Error::last_os_error();
            LocalFree(found);
            if is_copied == 0 { Err(error) } else { Ok(sid) }
        }
    }

    /// For calls, as long as this lives.
    pub(crate) fn as_ptr(&self) -> PSID {
        self.0.as_ptr().cast_mut().cast()
    }

    /// `S-1-…`.
    pub(crate) fn text(&self) -> io::Result<String> {
        sid_text(self.as_ptr())
    }
}

/// The domain in front of the back-slash, and the rest.
pub(crate) fn split(name: &str) -> (Option<&str>, &str) {
    match name.split_once('\\') {
        Some((domain, user)) => (Some(domain), user),
        None => (None, name),
    }
}

/// Whom the service control manager means by these names in every language;
/// the directory knows some of them by their names in this Windows' language
/// only.
fn well_known(name: &str) -> Option<&'static str> {
    let (domain, user) = split(name);
    if domain.is_some_and(|domain| !domain.eq_ignore_ascii_case(AUTHORITY)) {
        return None;
    }
    let user = user.replace(' ', "");
    let names = [
        ("LocalSystem", SYSTEM),
        ("System", SYSTEM),
        ("LocalService", LOCAL_SERVICE),
        ("NetworkService", NETWORK_SERVICE),
    ];
    names
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(&user))
        .map(|(_, sid)| sid)
}

/// What the directory knows of an identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Empty for the few that have none ("Everyone").
    pub(crate) domain: String,
    pub(crate) user: String,
    pub(crate) kind: SID_NAME_USE,
}

impl Named {
    /// `DOMAIN\NAME`.
    pub(crate) fn whole(&self) -> String {
        if self.domain.is_empty() {
            self.user.clone()
        } else {
            format!(r"{}\{}", self.domain, self.user)
        }
    }
}

/// Whose identifier it is; `sid` points to a valid one. An account that is gone,
/// or whose domain does not answer, is an error.
pub(crate) fn named(sid: PSID) -> io::Result<Named> {
    let (mut user, mut domain) = ([0_u16; 257], [0_u16; 257]);
    let (mut user_length, mut domain_length) = (257_u32, 257_u32);
    let mut kind = 0;
    // SAFETY: the identifier is valid by the caller's promise; the lengths are
    // those of the buffers.
    let is_known = unsafe {
        LookupAccountSidW(
            ptr::null(),
            sid,
            user.as_mut_ptr(),
            &raw mut user_length,
            domain.as_mut_ptr(),
            &raw mut domain_length,
            &raw mut kind,
        )
    };
    if is_known == 0 {
        return Err(io::Error::last_os_error());
    }
    let text = |buffer: &[u16], length: u32| {
        String::from_utf16_lossy(&buffer[..(length as usize).min(buffer.len())])
    };
    Ok(Named {
        domain: text(&domain, domain_length),
        user: text(&user, user_length),
        kind,
    })
}

fn looked_up(asked: &str, name: &str) -> io::Result<Sid> {
    let wide = wide::terminated(OsStr::new(asked))?;
    let mut sid = Sid([0; LONGEST / 4]);
    let mut sid_size = LONGEST as u32;
    let mut domain = [0_u16; 256];
    let mut domain_length = domain.len() as u32;
    let mut kind = 0;
    // SAFETY: the name is zero-terminated, the sizes are the buffers'.
    let is_found = unsafe {
        LookupAccountNameW(
            ptr::null(),
            wide.as_ptr(),
            sid.0.as_mut_ptr().cast(),
            &raw mut sid_size,
            domain.as_mut_ptr(),
            &raw mut domain_length,
            &raw mut kind,
        )
    };
    if is_found == 0 {
        let error = io::Error::last_os_error();
        if error.raw_os_error() == Some(ERROR_NONE_MAPPED.cast_signed()) {
            let text = format!("there is no account {name}");
            return Err(io::Error::new(io::ErrorKind::NotFound, text));
        }
        return Err(error);
    }
    if [SidTypeGroup, SidTypeAlias, SidTypeDomain].contains(&kind) {
        let text = format!("{name} is a group or a domain, and cannot log on");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    Ok(sid)
}

/// "Service SID" (Microsoft): `S-1-5-80-` and the five words of the SHA-1 of the
/// service's name in capitals.
fn of_service(name: &str) -> io::Result<String> {
    let capitals = capitals(name)?;
    let bytes: Vec<u8> = capitals
        .iter()
        .flat_map(|unit| unit.to_le_bytes())
        .collect();
    let hash = sha1(&bytes)?;
    let mut text = String::from("S-1-5-80");
    for word in hash.chunks_exact(4) {
        let word = u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        text.push_str(&format!("-{word}"));
    }
    Ok(text)
}

/// One capital for one letter, of no language in particular, as Windows compares
/// names.
fn capitals(name: &str) -> io::Result<Vec<u16>> {
    let units: Vec<u16> = name.encode_utf16().collect();
    let length = i32::try_from(units.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut capitals = vec![0; units.len()];
    if units.is_empty() {
        return Ok(capitals);
    }
    let no_language = [0_u16];
    // SAFETY: both buffers have that length; the empty name is that of no
    // language; the rest must be null.
    let written = unsafe {
        LCMapStringEx(
            no_language.as_ptr(),
            LCMAP_UPPERCASE,
            units.as_ptr(),
            length,
            capitals.as_mut_ptr(),
            length,
            ptr::null(),
            ptr::null(),
            0,
        )
    };
    if written != length {
        return Err(io::Error::last_os_error());
    }
    Ok(capitals)
}

fn sha1(bytes: &[u8]) -> io::Result<[u8; 20]> {
    let mut hash = [0_u8; 20];
    let size = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let mut algorithm = ptr::null_mut();
    // SAFETY: the sizes are the buffers'; the provider is closed once.
    let status = unsafe {
        let opened =
            BCryptOpenAlgorithmProvider(&raw mut algorithm, BCRYPT_SHA1_ALGORITHM, ptr::null(), 0);
        if opened < 0 {
            opened
        } else {
            let status = BCryptHash(
                algorithm,
                ptr::null(),
                0,
                bytes.as_ptr(),
                size,
                hash.as_mut_ptr(),
                20,
            );
            BCryptCloseAlgorithmProvider(algorithm, 0);
            status
        }
    };
    if status < 0 {
        return Err(io::Error::other(format!(
            "Windows could not compute a hash ({status:#x})"
        )));
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> String {
        Sid::of(name).and_then(|sid| sid.text()).expect("found")
    }

    #[test]
    fn a_service_has_the_identity_that_windows_gives_it() {
        // As on every Windows.
        let installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
        assert_eq!(text(r"NT SERVICE\TrustedInstaller"), installer);
        assert_eq!(text(r"nt service\trustedinstaller"), installer);
    }

    #[test]
    fn accounts_of_windows_are_found() {
        for (sid, names) in [
            (SYSTEM, ["LocalSystem", "system", r"NT AUTHORITY\SYSTEM"]),
            (
                LOCAL_SERVICE,
                [
                    "LocalService",
                    "Local Service",
                    r"NT AUTHORITY\LocalService",
                ],
            ),
            (
                NETWORK_SERVICE,
                [
                    "networkservice",
                    r"nt authority\network service",
                    r"NT AUTHORITY\NetworkService",
                ],
            ),
        ] {
            for name in names {
                assert_eq!(text(name), sid, "{name}");
            }
        }
        assert_eq!(well_known(r"CORP\LocalService"), None);
    }

    #[test]
    fn nobody_and_groups_are_refused() {
        let error = Sid::of("nobody of this name").map(drop).expect_err("none");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let error = Sid::of(r"BUILTIN\Administrators")
            .map(drop)
            .expect_err("a group");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}
