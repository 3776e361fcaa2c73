//! Whether the accounts and groups that a definition names are there: found out
//! before the first step, so that a misspelt name changes nothing.

use outlast_os::account::{self, AccountError};

use crate::definition::{Account, Definition};
use crate::manager::Error;

/// Looks for them in the system's directory, which may block. Windows' accounts
/// are looked for by its own module, which knows more kinds of them.
///
/// # Errors
/// [`Error::Account`] for the first that is not there.
pub(crate) fn check(definition: &Definition) -> Result<(), Error> {
    if let Account::User { name, .. } = &definition.account {
        match account::Account::find(name) {
            Ok(_) | Err(AccountError::Unsupported) => {}
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
