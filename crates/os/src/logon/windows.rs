//! The local security authority (LSA), and a logon that is given up at once.

use std::ffi::OsStr;
use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{
    ERROR_ACCOUNT_DISABLED, ERROR_ACCOUNT_EXPIRED, ERROR_ACCOUNT_LOCKED_OUT,
    ERROR_ACCOUNT_RESTRICTION, ERROR_FILE_NOT_FOUND, ERROR_INVALID_LOGON_HOURS,
    ERROR_INVALID_WORKSTATION, ERROR_LOGON_FAILURE, ERROR_LOGON_TYPE_NOT_GRANTED,
    ERROR_PASSWORD_EXPIRED, ERROR_PASSWORD_MUST_CHANGE, NTSTATUS,
};
use windows_sys::Win32::Security::Authentication::Identity::{
    LSA_HANDLE, LSA_OBJECT_ATTRIBUTES, LSA_UNICODE_STRING, LsaAddAccountRights, LsaClose,
    LsaEnumerateAccountRights, LsaFreeMemory, LsaNtStatusToWinError, LsaOpenPolicy,
    LsaRemoveAccountRights, POLICY_CREATE_ACCOUNT, POLICY_LOOKUP_NAMES,
};
use windows_sys::Win32::Security::{LOGON32_LOGON_NETWORK, LOGON32_PROVIDER_DEFAULT, LogonUserW};
use zeroize::Zeroizing;

use super::Verdict;
use crate::account::windows::sid::{Sid, split};
use crate::process::windows::wide;

const RIGHT: &str = "SeServiceLogonRight";

pub(super) fn find(account: &str) -> io::Result<String> {
    Sid::of(account)?.text()
}

pub(super) fn is_allowed(account: &str) -> io::Result<bool> {
    let sid = Sid::of(account)?;
    let policy = Policy::open()?;
    let mut rights = ptr::null_mut();
    let mut count = 0;
    // SAFETY: the policy is open, the SID valid; the outputs are ours.
    let status = unsafe {
        LsaEnumerateAccountRights(policy.0, sid.as_ptr(), &raw mut rights, &raw mut count)
    };
    match checked(status) {
        // An account without any right of its own is unknown to the authority.
        Err(error) if error.raw_os_error() == Some(ERROR_FILE_NOT_FOUND.cast_signed()) => {
            return Ok(false);
        }
        other => other?,
    }
    if rights.is_null() {
        return Ok(false);
    }
    // SAFETY: the authority filled in `count` of them, which are freed once,
    // after they were read.
    unsafe {
        let found = std::slice::from_raw_parts(rights, count as usize);
        let is_there = found.iter().any(|right| text_of(right) == RIGHT);
        LsaFreeMemory(rights.cast());
        Ok(is_there)
    }
}

pub(super) fn allow(account: &str) -> io::Result<()> {
    let sid = Sid::of(account)?;
    let policy = Policy::open()?;
    let right = Right::new();
    // SAFETY: the policy is open, the SID and the right's text are valid.
    checked(unsafe { LsaAddAccountRights(policy.0, sid.as_ptr(), &raw const right.raw, 1) })
}

pub(super) fn forbid(account: &str) -> io::Result<()> {
    let sid = Sid::of(account)?;
    let policy = Policy::open()?;
    let right = Right::new();
    // SAFETY: as above; not all rights are removed, only the one.
    let status =
        unsafe { LsaRemoveAccountRights(policy.0, sid.as_ptr(), false, &raw const right.raw, 1) };
    match checked(status) {
        Err(error) if error.raw_os_error() == Some(ERROR_FILE_NOT_FOUND.cast_signed()) => Ok(()),
        other => other,
    }
}

/// A network logon: nearly everybody may do that, and it leaves no session. One
/// that is refused for want of that right had the right password.
pub(super) fn check(account: &str, password: &str) -> io::Result<Verdict> {
    let (domain, user) = split(account);
    let domain = domain
        .map(|domain| wide::terminated(OsStr::new(domain)))
        .transpose()?;
    let user = wide::terminated(OsStr::new(user))?;
    let password = Zeroizing::new(wide::terminated(OsStr::new(password))?);
    let mut token = ptr::null_mut();
    // SAFETY: all texts are zero-terminated; the output is ours.
    let is_logged_on = unsafe {
        LogonUserW(
            user.as_ptr(),
            domain
                .as_ref()
                .map_or(ptr::null(), |domain| domain.as_ptr()),
            password.as_ptr(),
            LOGON32_LOGON_NETWORK,
            LOGON32_PROVIDER_DEFAULT,
            &raw mut token,
        )
    };
    if is_logged_on != 0 {
        // SAFETY: it was just opened, for us; closing it ends the logon.
        drop(unsafe { OwnedHandle::from_raw_handle(token) });
        return Ok(Verdict::Right);
    }
    let error = io::Error::last_os_error();
    match error.raw_os_error().map(i32::cast_unsigned) {
        Some(ERROR_LOGON_TYPE_NOT_GRANTED) => Ok(Verdict::Right),
        Some(ERROR_LOGON_FAILURE) => Ok(Verdict::Wrong),
        Some(
            ERROR_ACCOUNT_DISABLED
            | ERROR_ACCOUNT_EXPIRED
            | ERROR_ACCOUNT_LOCKED_OUT
            | ERROR_ACCOUNT_RESTRICTION
            | ERROR_INVALID_LOGON_HOURS
            | ERROR_INVALID_WORKSTATION
            | ERROR_PASSWORD_EXPIRED
            | ERROR_PASSWORD_MUST_CHANGE,
        ) => Ok(Verdict::Unusable(error.to_string())),
        _ => Err(error),
    }
}

/// The authority of this machine.
struct Policy(LSA_HANDLE);

impl Policy {
    fn open() -> io::Result<Self> {
        let attributes = LSA_OBJECT_ATTRIBUTES::default();
        let access = (POLICY_LOOKUP_NAMES | POLICY_CREATE_ACCOUNT).cast_unsigned();
        let mut policy = LSA_HANDLE::default();
        // SAFETY: null is this machine; the attributes are all zero, as they
        // must be; the output is ours.
        checked(unsafe {
            LsaOpenPolicy(ptr::null(), &raw const attributes, access, &raw mut policy)
        })?;
        Ok(Self(policy))
    }
}

impl Drop for Policy {
    fn drop(&mut self) {
        // SAFETY: open, and not used afterwards.
        unsafe { LsaClose(self.0) };
    }
}

/// The right's name as the authority takes it: counted, in bytes.
struct Right {
    raw: LSA_UNICODE_STRING,
    _text: Vec<u16>,
}

impl Right {
    fn new() -> Self {
        let mut text: Vec<u16> = RIGHT.encode_utf16().collect();
        let length = u16::try_from(text.len() * 2).expect("a constant");
        let raw = LSA_UNICODE_STRING {
            Length: length,
            MaximumLength: length,
            Buffer: text.as_mut_ptr(),
        };
        Self { raw, _text: text }
    }
}

/// `text` comes from the authority and has not been freed.
unsafe fn text_of(text: &LSA_UNICODE_STRING) -> String {
    // SAFETY: the caller's promise; the length is in bytes.
    let units = unsafe { std::slice::from_raw_parts(text.Buffer, usize::from(text.Length) / 2) };
    String::from_utf16_lossy(units)
}

fn checked(status: NTSTATUS) -> io::Result<()> {
    if status >= 0 {
        return Ok(());
    }
    // SAFETY: a translation of numbers.
    let error = unsafe { LsaNtStatusToWinError(status) };
    Err(io::Error::from_raw_os_error(error.cast_signed()))
}
