//! Who may log on as a service of Windows, and with which password.
//!
//! On other systems nobody needs such a right, and every call is an
//! `Unsupported` error. Names are those of the service control manager:
//! `.\user` of this machine, `DOMAIN\user`, `user@domain`. The calls ask this
//! machine's security authority, and for a domain's account its controller;
//! they block for as long as those take.

#[cfg(not(windows))]
mod absent;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
use absent as sys;
#[cfg(windows)]
use windows as sys;

use std::io;

/// What a password is for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the account's.
    Right,
    /// It is not, or there is no such account: Windows does not say which.
    Wrong,
    /// Nobody can log on with that account now: it is disabled, locked or
    /// expired. In Windows' words.
    Unusable(String),
}

/// The security identifier (`S-1-…`) of an account that can log on.
///
/// # Errors
/// `NotFound` when there is no such account; `InvalidInput` when it is one that
/// cannot log on: a group, a domain.
pub fn find(account: &str) -> io::Result<String> {
    sys::find(account)
}

/// Whether `account` itself has the right to log on as a service
/// (`SeServiceLogonRight`); it may also have it by a group.
///
/// # Errors
/// As [`find`], and when the authority does not let this user ask.
pub fn is_allowed(account: &str) -> io::Result<bool> {
    sys::is_allowed(account)
}

/// Gives `account` the right to log on as a service.
///
/// # Errors
/// As [`find`], and when the authority does not let this user give rights.
pub fn allow(account: &str) -> io::Result<()> {
    sys::allow(account)
}

/// Takes the right to log on as a service from `account`, if it has it.
///
/// # Errors
/// As [`allow`].
pub fn forbid(account: &str) -> io::Result<()> {
    sys::forbid(account)
}

/// Whether `password` is that of `account`. Counts as an attempt to log on:
/// too many wrong ones lock an account.
///
/// # Errors
/// When nobody could be asked.
pub fn check(account: &str, password: &str) -> io::Result<Verdict> {
    sys::check(account, password)
}
