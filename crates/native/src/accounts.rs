//! The account of a definition: the least that will do where none is named, and
//! whether those that are named are there. That is found out before the first
//! step, so that a misspelt name changes nothing.

use std::io;
use std::path::Path;

use outlast_os::access::owner_of;
use outlast_os::account::{self, AccountError};

use crate::definition::{Account, Definition, Scope};
use crate::manager::{Error, ManagerKind};

impl Account {
    /// The least that will do for a service that works in `dir`, where nobody has
    /// named an account (docs/design/native.md): the user in whose scope it is,
    /// Windows' account of just this service, else the owner of `dir`.
    ///
    /// # Errors
    /// When that owner cannot be found out.
    pub fn least(manager_kind: ManagerKind, scope: Scope, dir: &Path) -> io::Result<Self> {
        if scope == Scope::User {
            return Ok(Self::System);
        }
        if manager_kind == ManagerKind::Windows {
            return Ok(Self::Virtual);
        }
        Ok(match owner_of(dir)?.as_deref() {
            None | Some("root") => Self::System,
            Some(name) => Self::User {
                name: name.to_owned(),
                password: None,
            },
        })
    }
}

/// Looks for them in the system's directory, which may block.
///
/// # Errors
/// [`Error::Account`] for the first that is not there.
pub(crate) fn check(definition: &Definition) -> Result<(), Error> {
    if let Account::User { name, .. } = &definition.account {
        match account::Account::find(name) {
            Ok(_) => {}
            Err(error) => return Err(unknown_account(name, &error)),
        }
    }
    for group in &definition.groups {
        match account::is_group(group) {
            Ok(true) | Err(AccountError::Unsupported) => {}
            Ok(false) => return Err(unknown_group(group)),
            Err(error) => return Err(unknown_account(group, &error)),
        }
    }
    Ok(())
}

fn unknown_account(name: &str, error: &AccountError) -> Error {
    let reason = match error {
        AccountError::Unknown(_) => format!(
            "there is no such account on this machine; make it (`useradd --system {name}`) or name another one"
        ),
        other => other.to_string(),
    };
    Error::Account {
        account: name.to_owned(),
        reason,
    }
}

fn unknown_group(name: &str) -> Error {
    Error::Account {
        account: format!("a member of {name}"),
        reason: format!(
            "there is no such group on this machine; make it (`groupadd --system {name}`) or name another one"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_gets_no_more_than_it_needs() {
        let folder = tempfile::tempdir().expect("a folder");
        let least = |kind, scope| Account::least(kind, scope, folder.path()).expect("it is there");
        assert_eq!(least(ManagerKind::Windows, Scope::System), Account::Virtual);
        assert_eq!(least(ManagerKind::Launchd, Scope::User), Account::System);
        let owner = owner_of(folder.path()).expect("it is there");
        let expected = match owner {
            Some(name) if name != "root" => Account::User {
                name,
                password: None,
            },
            _ => Account::System,
        };
        assert_eq!(least(ManagerKind::Systemd, Scope::System), expected);
        let missing = folder.path().join("missing");
        assert!(Account::least(ManagerKind::Windows, Scope::System, &missing).is_ok());
        assert!(Account::least(ManagerKind::Systemd, Scope::User, &missing).is_ok());
    }
}
