//! Where units belong, and whose a user's are.

use std::io;
use std::path::{Path, PathBuf};

use outlast_os::account::Account;
use outlast_os::paths;

use crate::definition::Scope;
use crate::manager::Error;

/// Where an administrator's units are.
const SYSTEM_UNITS: &str = "/etc/systemd/system";

/// Where systemd looks for the machine's units beside that, in any version.
const SYSTEM_LOOKED_IN: [&str; 6] = [
    SYSTEM_UNITS,
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// The same for users' units, beside the user's own.
const USER_LOOKED_IN: [&str; 4] = [
    "/etc/systemd/user",
    "/run/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/lib/systemd/user",
];

/// The user whose services are meant with [`Scope::User`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What it is called.
    pub name: String,
    /// Where its units are, as in `/home/ann/.config/systemd/user`.
    pub units: PathBuf,
}

/// Where units belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// `None`: whoever runs this has no name or no home folder, and so no
    /// services of a user.
    pub user: Option<User>,
}

impl Folders {
    /// Those of whoever runs this process.
    pub fn here() -> Self {
        let user = Account::current().ok().and_then(|account| {
            let config = paths::user_config().ok()?;
            Some(User {
                name: account.name().to_owned(),
                units: config.join("systemd/user"),
            })
        });
        Self { user }
    }

    /// Where the units of `scope` are written.
    pub(super) fn units(&self, scope: Scope) -> Result<&Path, Error> {
        match scope {
            Scope::System => Ok(Path::new(SYSTEM_UNITS)),
            Scope::User => Ok(&self.user()?.units),
        }
    }

    pub(super) fn user_name(&self) -> Result<&str, Error> {
        Ok(&self.user()?.name)
    }

    /// Every folder in which systemd may find a unit of `scope`.
    pub(super) fn looked_in(&self, scope: Scope) -> Vec<&Path> {
        match scope {
            Scope::System => SYSTEM_LOOKED_IN.iter().map(Path::new).collect(),
            Scope::User => {
                let own = self.user.iter().map(|user| user.units.as_path());
                own.chain(USER_LOOKED_IN.iter().map(Path::new)).collect()
            }
        }
    }

    fn user(&self) -> Result<&User, Error> {
        self.user.as_ref().ok_or_else(|| {
            Error::system(
                "find the folder of this user's services".to_owned(),
                io::Error::new(
                    io::ErrorKind::NotFound,
                    "this user has no name or no home folder: set HOME, or install for the machine",
                ),
            )
        })
    }
}
