//! A logon in a user's stead (S4U, "service for user"): whoever may act as a
//! part of the operating system gets an account's token without its password.
//!
//! What runs with it can do on this machine what the account may, and has nothing
//! to show to other machines: shares and databases that ask for the account do
//! not let it in.
//!
//! Built from `LsaLogonUser` and `KERB_S4U_LOGON` (Microsoft).
//! `MSV1_0_S4U_LOGON`, for accounts of this machine, is described by the header
//! `ntsecapi.h` only; OpenSSH for Windows logs its users on by it.

use std::ffi::{OsStr, c_void};
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_LOGON_TYPE_NOT_GRANTED, HANDLE, LUID, NTSTATUS};
use windows_sys::Win32::Security::Authentication::Identity::{
    KERB_S4U_LOGON, KerbS4ULogon, LSA_STRING, LSA_UNICODE_STRING, LsaDeregisterLogonProcess,
    LsaFreeReturnBuffer, LsaLogonUser, LsaLookupAuthenticationPackage, LsaNtStatusToWinError,
    LsaRegisterLogonProcess, MSV1_0_S4U_LOGON, MsV1_0S4ULogon, NameSamCompatible,
    NameUserPrincipal, SECURITY_LOGON_TYPE, TranslateNameW,
};
use windows_sys::Win32::Security::{
    AllocateLocallyUniqueId, DuplicateTokenEx, QUOTA_LIMITS, SecurityImpersonation,
    TOKEN_ALL_ACCESS, TOKEN_SOURCE, TokenPrimary,
};

use crate::process::windows::wide;

/// Who asks, in the security log.
const ORIGIN: &[u8] = b"Outlast";

/// `MSV1_0_PACKAGE_NAME`.
const OF_THIS_MACHINE: &[u8] = b"MICROSOFT_AUTHENTICATION_PACKAGE_V1_0";
/// `MICROSOFT_KERBEROS_NAME_A`.
const OF_THE_DOMAIN: &[u8] = b"Kerberos";

/// `STATUS_ACCOUNT_RESTRICTION` of `ntstatus.h`: a second status says which.
const RESTRICTED: NTSTATUS = 0xC000_006E_u32.cast_signed();

/// The token of an account of this machine.
pub(super) fn local(user: &str) -> io::Result<OwnedHandle> {
    log_on(OF_THIS_MACHINE, &Packet::new(user, "."))
}

/// The token of an account of a domain. Its controller is asked.
pub(super) fn of_domain(domain: &str, user: &str) -> io::Result<OwnedHandle> {
    // The package wants a user principal name, which not every account has.
    let packet = match principal_name(domain, user) {
        Ok(name) => Packet::new(&name, ""),
        Err(_) => Packet::new(user, domain),
    };
    log_on(OF_THE_DOMAIN, &packet)
}

/// As a batch job, which is what a program without a user before it is. That
/// right is seldom given; to come from the network nearly everybody may.
fn log_on(package: &'static [u8], packet: &Packet) -> io::Result<OwnedHandle> {
    let authority = Authority::register()?;
    let package = authority.package(package)?;
    let token = match authority.log_on(package, packet, SECURITY_LOGON_TYPE::Batch) {
        Err(error) if error.raw_os_error() == Some(ERROR_LOGON_TYPE_NOT_GRANTED.cast_signed()) => {
            authority.log_on(package, packet, SECURITY_LOGON_TYPE::Network)
        }
        other => other,
    }?;
    primary(&token)
}

/// A logon as from the network may give a token that is only for impersonating.
pub(super) fn primary(token: &OwnedHandle) -> io::Result<OwnedHandle> {
    let mut made = ptr::null_mut();
    // SAFETY: the token is open; without attributes the new one is not
    // inheritable; the output is ours.
    let is_made = unsafe {
        DuplicateTokenEx(
            token.as_raw_handle(),
            TOKEN_ALL_ACCESS,
            ptr::null(),
            SecurityImpersonation,
            TokenPrimary,
            &raw mut made,
        )
    };
    if is_made == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just made, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(made) })
}

/// The security authority, to which this process is one that logs users on.
struct Authority(HANDLE);

impl Authority {
    fn register() -> io::Result<Self> {
        let mut handle = ptr::null_mut();
        // SAFETY: the name outlives the call; the outputs are ours.
        checked(unsafe { LsaRegisterLogonProcess(&counted(ORIGIN), &raw mut handle, &mut 0) })?;
        Ok(Self(handle))
    }

    fn package(&self, name: &'static [u8]) -> io::Result<u32> {
        let mut number = 0;
        // SAFETY: as above; the handle is open.
        checked(unsafe {
            LsaLookupAuthenticationPackage(self.0, &counted(name), &raw mut number)
        })?;
        Ok(number)
    }

    fn log_on(
        &self,
        package: u32,
        packet: &Packet,
        kind: SECURITY_LOGON_TYPE,
    ) -> io::Result<OwnedHandle> {
        let mut source = TOKEN_SOURCE::default();
        for (to, from) in source.SourceName.iter_mut().zip(ORIGIN) {
            *to = from.cast_signed();
        }
        let (mut profile, mut token) = (ptr::null_mut(), ptr::null_mut());
        let (mut logon, mut quotas, mut why) = (LUID::default(), QUOTA_LIMITS::default(), 0);
        // SAFETY: the handle is open, the texts outlive the calls, the packet's
        // size is its own; no groups are added; the outputs are ours. What is
        // told of the account's profile is freed once, unread.
        let status = unsafe {
            if AllocateLocallyUniqueId(&raw mut source.SourceIdentifier) == 0 {
                return Err(io::Error::last_os_error());
            }
            let status = LsaLogonUser(
                self.0,
                &counted(ORIGIN),
                kind,
                package,
                packet.as_ptr(),
                packet.size(),
                ptr::null(),
                &raw const source,
                &raw mut profile,
                &mut 0,
                &raw mut logon,
                &raw mut token,
                &raw mut quotas,
                &raw mut why,
            );
            if !profile.is_null() {
                LsaFreeReturnBuffer(profile);
            }
            status
        };
        let is_restricted = status == RESTRICTED && why < 0;
        checked(if is_restricted { why } else { status })?;
        // SAFETY: it was just opened, for us.
        Ok(unsafe { OwnedHandle::from_raw_handle(token) })
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        // SAFETY: open, and not used afterwards.
        unsafe { LsaDeregisterLogonProcess(self.0) };
    }
}

/// Both packages take the same: their number for this logon, no flags, two names.
const _: () = assert!(
    KerbS4ULogon == MsV1_0S4ULogon && size_of::<KERB_S4U_LOGON>() == size_of::<MSV1_0_S4U_LOGON>()
);

/// What an authentication package is given. The names lie behind the structure,
/// in one piece of memory with it, which is how it gets into the authority's
/// process.
struct Packet(Box<[usize]>);

impl Packet {
    const HEAD: usize = size_of::<MSV1_0_S4U_LOGON>();

    fn new(user: &str, domain: &str) -> Self {
        let names: Vec<u16> = user.encode_utf16().chain(domain.encode_utf16()).collect();
        let size = Self::HEAD + size_of_val(&names[..]);
        let mut memory = vec![0_usize; size.div_ceil(size_of::<usize>())].into_boxed_slice();
        let length = |text: &str| {
            u16::try_from(text.encode_utf16().count() * 2)
                .expect("no longer than the buffers that the directory filled in")
        };
        let (user, domain) = (length(user), length(domain));
        // SAFETY: the memory has room for the structure, for which it is aligned,
        // and the names behind it.
        unsafe {
            let start = memory.as_mut_ptr().cast::<u8>();
            let behind = start.add(Self::HEAD).cast::<u16>();
            ptr::copy_nonoverlapping(names.as_ptr(), behind, names.len());
            let text = |buffer: *mut u16, length: u16| LSA_UNICODE_STRING {
                Length: length,
                MaximumLength: length,
                Buffer: buffer,
            };
            start.cast::<MSV1_0_S4U_LOGON>().write(MSV1_0_S4U_LOGON {
                MessageType: MsV1_0S4ULogon,
                Flags: 0,
                UserPrincipalName: text(behind, user),
                DomainName: text(behind.add(usize::from(user) / 2), domain),
            });
        }
        Self(memory)
    }

    fn as_ptr(&self) -> *const c_void {
        self.0.as_ptr().cast()
    }

    fn size(&self) -> u32 {
        size_of_val(&self.0[..]) as u32
    }
}

/// `user@domain.example`, as the domain's controller tells it.
fn principal_name(domain: &str, user: &str) -> io::Result<String> {
    let name = wide::terminated(OsStr::new(&format!(r"{domain}\{user}")))?;
    let mut found = [0_u16; 1024];
    let mut length = found.len() as u32;
    // SAFETY: the name is zero-terminated; the length is the buffer's.
    let is_found = unsafe {
        TranslateNameW(
            name.as_ptr(),
            NameSamCompatible,
            NameUserPrincipal,
            found.as_mut_ptr(),
            &raw mut length,
        )
    };
    if !is_found {
        return Err(io::Error::last_os_error());
    }
    let text = found.iter().copied().take_while(|unit| *unit != 0);
    Ok(String::from_utf16_lossy(&text.collect::<Vec<u16>>()))
}

/// Text as the authority takes it, which it does not change.
fn counted(text: &'static [u8]) -> LSA_STRING {
    let length = u16::try_from(text.len()).expect("the constants are short");
    LSA_STRING {
        Length: length,
        MaximumLength: length,
        Buffer: text.as_ptr().cast_mut(),
    }
}

fn checked(status: NTSTATUS) -> io::Result<()> {
    if status >= 0 {
        return Ok(());
    }
    // SAFETY: a translation of numbers.
    let error = unsafe { LsaNtStatusToWinError(status) };
    Err(io::Error::from_raw_os_error(error.cast_signed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_lie_behind_the_structure_in_one_piece() {
        let packet = Packet::new("bobß", "CORP");
        // SAFETY: the packet begins with the structure; the names are where it
        // says, as is being tested: inside of the packet.
        unsafe {
            let head = packet.as_ptr().cast::<MSV1_0_S4U_LOGON>().read();
            let start = packet.as_ptr().cast::<u8>().cast_mut();
            let inside = start..start.add(packet.size() as usize);
            let text = |text: LSA_UNICODE_STRING| {
                let units = usize::from(text.Length) / 2;
                let range = text.Buffer.cast::<u8>()..text.Buffer.add(units).cast::<u8>();
                assert!(inside.start < range.start && range.end <= inside.end);
                String::from_utf16_lossy(std::slice::from_raw_parts(text.Buffer, units))
            };
            assert_eq!(text(head.UserPrincipalName), "bobß");
            assert_eq!(text(head.DomainName), "CORP");
            assert_eq!((head.MessageType, head.Flags), (12, 0));
        }
    }
}
