//! The accounts that services run under.

#[cfg(unix)]
pub(crate) mod unix;
#[cfg(windows)]
pub(crate) mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::OsString;
use std::io;
use std::path::Path;

/// An account of this machine or its domain, with everything that a start needs
/// to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(pub(crate) sys::Entry);

/// Why there is no such account, or no program can be started under it.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The system knows nobody of this name or number.
    #[error("no account is called {0:?} on this machine")]
    Unknown(String),
    /// There is no such group.
    #[error("no group is called {0:?} on this machine")]
    UnknownGroup(String),
    /// It knows the name, as that of something else.
    #[error("{0:?} is a group, a domain, or another name that no program can run as")]
    NobodysName(String),
    /// This operating system has no such thing.
    #[error("this operating system has no such groups")]
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
    /// This process may not start programs under another account.
    #[error("{}; {}", .0.reason, .0.hint)]
    OutOfReach(Obstacle),
    /// The system did not let the account log on.
    #[error("cannot log on as {name:?}{hint}")]
    LogOn {
        /// Who was to log on.
        name: String,
        /// What to do about it, as it follows the message; empty when nobody
        /// knows.
        hint: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// Who is to start programs under another account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Starter {
    /// This process.
    ThisProcess,
    /// A guardian that this process makes a native service, as the account that
    /// may do so.
    NativeService,
}

/// Why programs cannot be started under an account, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// A fragment: "only root may …".
    pub reason: &'static str,
    /// What to do.
    pub hint: &'static str,
}

impl Account {
    /// The account called `name`; on Unix also the one with that number when no
    /// name fits. On Windows `.\user` and a bare name are of this machine,
    /// `DOMAIN\user` and `user@domain` of a domain, and `LocalSystem`,
    /// `LocalService`, `NetworkService` and `NT SERVICE\name` are what the
    /// service control manager means by them.
    ///
    /// Blocks for as long as the system's directory (files, LDAP, a domain
    /// controller, …) takes.
    ///
    /// # Errors
    /// When there is none, when it is nobody's, and when it cannot be looked up.
    pub fn find(name: &str) -> Result<Self, AccountError> {
        sys::find(name).map(Self)
    }

    /// The account this process runs under. Blocks as [`find`](Self::find) does.
    ///
    /// # Errors
    /// When the directory knows nothing of it.
    pub fn current() -> Result<Self, AccountError> {
        sys::current().map(Self)
    }

    /// Whether this process may act for others: it is root, or elevated.
    pub fn is_privileged() -> bool {
        sys::is_privileged()
    }

    /// How a person gets to be [privileged](Self::is_privileged), for a hint.
    pub const fn how_to_be_privileged() -> &'static str {
        sys::HOW_TO_BE_PRIVILEGED
    }

    /// What keeps `starter` from starting programs under this account; `None`:
    /// nothing that can be known beforehand. The account itself may still be
    /// disabled, or lack a right.
    pub fn obstacle(&self, starter: Starter) -> Option<Obstacle> {
        if sys::is_own(&self.0) {
            return None;
        }
        sys::obstacle(starter)
    }

    /// The same account with this group, by name or number, as its primary one.
    ///
    /// # Errors
    /// When there is none, when it cannot be looked up, and when this process may not
    /// change its group. Always on Windows.
    pub fn in_group(self, group: &str) -> Result<Self, AccountError> {
        sys::in_group(self.0, group).map(Self)
    }

    /// Makes ready to start programs under this account.
    ///
    /// On Unix there is nothing to do. On Windows the account is logged on,
    /// without a password, and its profile is loaded; both last as long as the
    /// answer. That asks the security authority, and for a domain's account its
    /// controller, and makes the account's folder when it has none yet: it may
    /// take seconds.
    ///
    /// # Errors
    /// When this process may not do that, or the account may not log on.
    pub fn log_on(self) -> Result<Logon, AccountError> {
        if let Some(obstacle) = self.obstacle(Starter::ThisProcess) {
            return Err(AccountError::OutOfReach(obstacle));
        }
        sys::log_on(self).map(Logon)
    }

    /// What it is called; with its domain on Windows.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// By which the system itself knows it: its number, on Windows its security
    /// identifier (`S-1-…`).
    pub fn id(&self) -> String {
        sys::id(&self.0)
    }

    /// Its user number; `None` on Windows, which has none.
    pub fn uid(&self) -> Option<u32> {
        sys::uid(&self.0)
    }

    /// Its primary group's number; `None` on Windows.
    pub fn gid(&self) -> Option<u32> {
        sys::gid(&self.0)
    }

    /// Its home folder, which need not exist; `None` on Windows, where it is
    /// known only of an account that has logged on.
    pub fn home(&self) -> Option<&Path> {
        sys::home(&self.0)
    }
}

/// An account under which programs can be started now.
///
/// Keep it until the last of them has ended, and then [`end`](Self::end) it.
/// Dropping it ends it as well, in place, and may block on Windows.
#[derive(Debug)]
pub struct Logon(pub(crate) sys::Logon);

impl Logon {
    /// Whose it is.
    pub fn account(&self) -> &Account {
        self.0.account()
    }

    /// The variables without which ordinary programs do not work
    /// ([`minimal`](crate::environment::minimal)), as they are for this account;
    /// in a session also those by which they find it
    /// ([`of_a_session`](crate::environment::of_a_session)).
    pub fn variables(&self) -> Vec<(OsString, OsString)> {
        self.0.variables()
    }

    /// Everything that programs of the user's session find, with
    /// [`variables`](Self::variables) among it: for who wants to inherit more, this
    /// stands for the guardian's own environment. `None`: it is of no session.
    pub fn inherited(&self) -> Option<Vec<(OsString, OsString)>> {
        self.0.inherited()
    }

    /// What programs will have to do without, in words: the account's profile
    /// on Windows, when it could not be loaded.
    pub fn lack(&self) -> Option<&str> {
        self.0.lack()
    }

    /// The token to start programs with, where it takes one.
    #[cfg(windows)]
    pub(crate) fn token(&self) -> Option<std::os::windows::io::BorrowedHandle<'_>> {
        self.0.token()
    }

    /// Whether they are of a user's session.
    #[cfg(windows)]
    pub(crate) fn is_in_session(&self) -> bool {
        self.0.is_in_session()
    }

    /// The desktop that they begin on, zero-terminated.
    #[cfg(windows)]
    pub(crate) fn desktop(&self) -> Vec<u16> {
        self.0.desktop()
    }

    /// Gives back what the system holds for it; returns when that is done. What
    /// may block is done by a thread of the runtime.
    pub async fn end(self) {
        self.0.end().await;
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
