//! Accounts in the form in which the service control manager names them.

use crate::definition::{Account, NativeName, Secret};

const SYSTEM: &str = "LocalSystem";
const LOCAL_SERVICE: &str = r"NT AUTHORITY\LocalService";
const NETWORK_SERVICE: &str = r"NT AUTHORITY\NetworkService";

/// What a manager of other systems means by it; Windows has no such account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreign;

/// The manager's name for `account`, of the service `service`.
pub(super) fn named(account: &Account, service: &NativeName) -> Result<String, Foreign> {
    Ok(match account {
        Account::System => SYSTEM.to_owned(),
        Account::LocalService => LOCAL_SERVICE.to_owned(),
        Account::NetworkService => NETWORK_SERVICE.to_owned(),
        Account::Virtual => virtual_account(service.as_str()),
        Account::Managed(name) | Account::User { name, .. } => qualified(name),
        Account::Dynamic => return Err(Foreign),
    })
}

/// Who has to be allowed to log on as a service; Windows' own accounts are.
pub(super) fn needs_right(account: &Account) -> bool {
    matches!(account, Account::Managed(_) | Account::User { .. })
}

/// The password that goes with the account.
pub(super) fn password(account: &Account) -> Option<Secret> {
    match account {
        Account::User { password, .. } => password.clone(),
        _ => None,
    }
}

/// Whether the manager has to know a password for the account of this name: not
/// for those of Windows itself and those whose password it keeps.
pub(super) fn needs_password(name: &str) -> bool {
    let is_own = is(name, SYSTEM)
        || is(name, LOCAL_SERVICE)
        || is(name, NETWORK_SERVICE)
        || name.to_ascii_uppercase().starts_with(r"NT SERVICE\");
    !is_own && !name.ends_with('$')
}

/// The account as `outlast config` calls it.
pub(super) fn word(name: &str, service: &NativeName) -> String {
    let word = if is(name, SYSTEM) {
        "system"
    } else if is(name, LOCAL_SERVICE) {
        "local-service"
    } else if is(name, NETWORK_SERVICE) {
        "network-service"
    } else if is(name, &virtual_account(service.as_str())) {
        "virtual"
    } else {
        name.strip_prefix(r".\").unwrap_or(name)
    };
    word.to_owned()
}

fn virtual_account(service: &str) -> String {
    format!(r"NT SERVICE\{service}")
}

/// A bare name is one of this machine.
fn qualified(name: &str) -> String {
    if name.contains(['\\', '@']) {
        name.to_owned()
    } else {
        format!(r".\{name}")
    }
}

fn is(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> Account {
        Account::User {
            name: name.to_owned(),
            password: None,
        }
    }

    #[test]
    fn every_account_has_the_managers_name_and_comes_back_as_a_word() {
        let shop = NativeName::new("shop").expect("a name");
        let cases = [
            (Account::System, "LocalSystem", "system"),
            (Account::LocalService, LOCAL_SERVICE, "local-service"),
            (Account::NetworkService, NETWORK_SERVICE, "network-service"),
            (Account::Virtual, r"NT SERVICE\shop", "virtual"),
            (user("bob"), r".\bob", "bob"),
            (user(r"CORP\bob"), r"CORP\bob", r"CORP\bob"),
            (
                user("bob@corp.example"),
                "bob@corp.example",
                "bob@corp.example",
            ),
            (
                Account::Managed(r"CORP\web$".into()),
                r"CORP\web$",
                r"CORP\web$",
            ),
        ];
        for (account, name, said) in cases {
            assert_eq!(named(&account, &shop).as_deref(), Ok(name));
            assert_eq!(word(name, &shop), said);
            assert_eq!(
                needs_password(name),
                matches!(account, Account::User { .. })
            );
        }
        assert_eq!(named(&Account::Dynamic, &shop), Err(Foreign));
    }
}
