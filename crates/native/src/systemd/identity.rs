//! Whom a service runs as, and what that account may do and keep.

use std::path::{Path, PathBuf};

use crate::definition::{Account, Definition, Sandbox, Scope};
use crate::fidelity::Fidelity;
use crate::manager::Error;
use crate::step::Step;

use super::folders::Folders;
use super::text::inexpressible;
use super::unit::Unit;

/// Where systemd makes the state directories of services (`StateDirectory=`).
const STATE_PARENT: &str = "/var/lib";

/// Where those of dynamic users are, so that nobody enters one by a number that
/// has been given to somebody else.
const PRIVATE_STATE_PARENT: &str = "/var/lib/private";

pub(super) fn identity(
    unit: &mut Unit,
    definition: &Definition,
    folders: &Folders,
    fidelity: &mut Fidelity,
) -> Result<(), Error> {
    match definition.scope {
        Scope::System => {
            account(unit, definition, fidelity)?;
            groups(unit, &definition.groups)?;
            capabilities(unit, &definition.capabilities)
        }
        Scope::User => {
            refuse_other_account(&definition.account, folders)?;
            tell_of_missing_rights(definition, fidelity);
            Ok(())
        }
    }
}

fn account(unit: &mut Unit, definition: &Definition, fidelity: &mut Fidelity) -> Result<(), Error> {
    match &definition.account {
        // The default of the machine's systemd.
        Account::System => Ok(()),
        Account::User { name, .. } => {
            unit.set("User", &account_name(name)?);
            Ok(())
        }
        Account::Dynamic => dynamic(unit, definition, fidelity),
        Account::LocalService => Err(only_windows("local-service")),
        Account::NetworkService => Err(only_windows("network-service")),
        Account::Virtual => Err(only_windows("virtual")),
        Account::Managed(name) => Err(only_windows(name)),
    }
}

fn only_windows(account: &str) -> Error {
    inexpressible(format!(
        "the account {account} is one of Windows; name a user, or use the dynamic one"
    ))
}

fn dynamic(unit: &mut Unit, definition: &Definition, fidelity: &mut Fidelity) -> Result<(), Error> {
    unit.set("DynamicUser", "yes");
    if definition.sandbox != Sandbox::Strict {
        fidelity.approximated(
            "sandbox",
            "systemd shuts a dynamic user off from most of the system, as if it were strict",
        );
    }
    let Some(dir) = &definition.state_dir else {
        return Ok(());
    };
    unit.set("StateDirectory", &state_directory(dir)?);
    unit.set("StateDirectoryMode", "0700");
    Ok(())
}

fn state_directory(dir: &Path) -> Result<String, Error> {
    let below = dir
        .strip_prefix(STATE_PARENT)
        .ok()
        .and_then(Path::to_str)
        .filter(|below| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-@".contains(c);
            !below.is_empty() && below.chars().all(is_plain)
        });
    below.map(str::to_owned).ok_or_else(|| {
        inexpressible(format!(
            "a dynamic user keeps its state in a folder below {STATE_PARENT}, with no special \
             characters in its path, and not in {}; leave out the state directory or name a user",
            dir.display()
        ))
    })
}

pub(super) fn purge(definition: &Definition) -> Vec<Step> {
    let (Account::Dynamic, Some(dir)) = (&definition.account, &definition.state_dir) else {
        return Vec::new();
    };
    let Ok(below) = state_directory(dir) else {
        return Vec::new();
    };
    let path = PathBuf::from(format!("{PRIVATE_STATE_PARENT}/{below}"));
    let parents = path
        .ancestors()
        .skip(1)
        .take_while(|parent| *parent != Path::new(PRIVATE_STATE_PARENT))
        .map(|parent| Step::NoDir {
            path: parent.to_owned(),
        });
    let mut steps: Vec<Step> = parents.collect();
    steps.insert(0, Step::NoTree { path });
    steps
}

fn groups(unit: &mut Unit, groups: &[String]) -> Result<(), Error> {
    if groups.is_empty() {
        return Ok(());
    }
    let names: Result<Vec<String>, Error> = groups.iter().map(|name| account_name(name)).collect();
    unit.set("SupplementaryGroups", &names?.join(" "));
    Ok(())
}

/// What systemd takes as the name of a user or group; more than most systems
/// make, and nothing that it would read in another way.
fn account_name(name: &str) -> Result<String, Error> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || "\"'\\/:".contains(c);
    if name.is_empty() || name.starts_with('-') || name.chars().any(is_odd) {
        return Err(inexpressible(format!(
            "no user or group can be called {name:?} in a unit file"
        )));
    }
    Ok(name.replace('%', "%%"))
}

fn capabilities(unit: &mut Unit, capabilities: &[String]) -> Result<(), Error> {
    let is_capability = |name: &String| {
        name.strip_prefix("CAP_").is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        })
    };
    if let Some(odd) = capabilities.iter().find(|name| !is_capability(name)) {
        return Err(inexpressible(format!(
            "{odd:?} is no capability; they are called as in CAP_NET_BIND_SERVICE"
        )));
    }
    if !capabilities.is_empty() {
        unit.set("AmbientCapabilities", &capabilities.join(" "));
    }
    Ok(())
}

fn refuse_other_account(account: &Account, folders: &Folders) -> Result<(), Error> {
    match account {
        Account::System => Ok(()),
        Account::User { name, .. } if name == folders.user_name()? => Ok(()),
        _ => Err(inexpressible(
            "a user's service runs as that user; install it for the machine to run it as \
             somebody else"
                .to_owned(),
        )),
    }
}

fn tell_of_missing_rights(definition: &Definition, fidelity: &mut Fidelity) {
    if !definition.groups.is_empty() {
        fidelity.missing(
            "groups",
            "a user's systemd can add no groups: it has those of the user",
        );
    }
    if !definition.capabilities.is_empty() {
        fidelity.missing(
            "capabilities",
            "a user's systemd has none to give: it runs without them",
        );
    }
}
