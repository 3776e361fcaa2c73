//! The accounts that services run under.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
pub(crate) mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::io;
use std::path::{Path, PathBuf};

/// An account of a Unix system, with everything that a start needs to know, so
/// that no directory service is asked between fork and exec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
    pub(crate) home: PathBuf,
    pub(crate) shell: PathBuf,
}

/// Why there is no such account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The system knows nobody of this name or number.
    #[error("no account is called {0:?} on this machine")]
    Unknown(String),
    /// Windows services get their account from the service control manager.
    #[error("this operating system cannot start a program under another account")]
    Unsupported,
    /// The directory of accounts did not answer.
    #[error("cannot look up the account {name:?}")]
    Lookup {
        /// Who was looked for.
        name: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

impl Account {
    /// The account called `name`, or with that number when no name fits.
    ///
    /// Blocks for as long as the system's directory (files, LDAP, …) takes.
    ///
    /// # Errors
    /// When there is none, when it cannot be looked up, and always on Windows.
    pub fn find(name: &str) -> Result<Self, AccountError> {
        sys::find(name)
    }

    /// The account this process runs under.
    ///
    /// # Errors
    /// When the directory knows nothing of it, and always on Windows.
    pub fn current() -> Result<Self, AccountError> {
        sys::current()
    }

    /// Whether this process may act for others: it is root, or elevated.
    pub fn is_privileged() -> bool {
        sys::is_privileged()
    }

    /// How a person gets to be [privileged](Self::is_privileged), for a hint.
    pub const fn how_to_be_privileged() -> &'static str {
        sys::HOW_TO_BE_PRIVILEGED
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its user number.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Its primary group's number.
    pub fn gid(&self) -> u32 {
        self.gid
    }

    /// The numbers of all groups it is in, the primary one included.
    pub fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// Its home folder; it need not exist.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Its login shell.
    pub fn shell(&self) -> &Path {
        &self.shell
    }
}

/// Whether there is a group of this name, or with this number. Blocks as
/// [`Account::find`] does.
///
/// # Errors
/// When the directory does not answer, and always on Windows.
pub fn is_group(name: &str) -> Result<bool, AccountError> {
    sys::is_group(name)
}
