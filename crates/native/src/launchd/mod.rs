//! Native services of launchd.
//!
//! A service is a property list: a daemon of the machine in
//! `/Library/LaunchDaemons`, an agent of a user in `~/Library/LaunchAgents`.
//! launchd reads those folders when the machine comes up or the user logs in;
//! `launchctl bootstrap` has it read one now, and `bootout` ends and forgets it.

mod apply;
mod render;

pub mod plist;

use std::path::PathBuf;
use std::time::Duration;

use outlast_os::account;

use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, Manager, ManagerKind, NativeStatus, Property, Rendered, Request};
use crate::register::Registration;
use crate::script::below;

pub use apply::told;

/// As people call it.
const NAME: &str = "launchd";

/// launchd, as a native manager.
#[derive(Clone, Debug)]
pub struct Launchd {
    user: Option<User>,
}

/// Whose agents are meant.
#[derive(Clone, Debug)]
struct User {
    uid: u32,
    home: PathBuf,
}

impl Launchd {
    /// This machine's, with the agents of whoever runs this process.
    pub fn here() -> Self {
        let user = account::Account::current().ok().and_then(|account| {
            Some(User {
                uid: account.uid()?,
                home: account.home()?.to_owned(),
            })
        });
        Self { user }
    }

    /// One with the agents of this user.
    pub fn of_user(uid: u32, home: impl Into<PathBuf>) -> Self {
        let home = home.into();
        Self {
            user: Some(User { uid, home }),
        }
    }

    /// The `Library` that has a scope's files.
    fn library(&self, scope: Scope) -> PathBuf {
        match (scope, &self.user) {
            (Scope::User, Some(user)) => below(&user.home, "Library"),
            (Scope::User, None) => PathBuf::from("/var/empty/Library"),
            (Scope::System, _) => PathBuf::from("/Library"),
        }
    }

    /// Where launchd looks by itself.
    fn boot_path(&self, name: &NativeName, scope: Scope) -> PathBuf {
        let folder = match scope {
            Scope::System => "LaunchDaemons",
            Scope::User => "LaunchAgents",
        };
        below(below(self.library(scope), folder), &file_name(name))
    }

    /// Where it does not, so that it reads the file only when it is told to.
    fn manual_path(&self, name: &NativeName, scope: Scope) -> PathBuf {
        let folder = "Application Support/Outlast/launchd";
        below(below(self.library(scope), folder), &file_name(name))
    }

    /// What launchd calls the scope.
    fn domain(&self, scope: Scope) -> String {
        match (scope, &self.user) {
            (Scope::User, Some(user)) => format!("gui/{}", user.uid),
            _ => "system".to_owned(),
        }
    }

    /// What launchd calls the service.
    fn target(&self, name: &NativeName, scope: Scope) -> String {
        format!("{}/{name}", self.domain(scope))
    }
}

fn file_name(name: &NativeName) -> String {
    format!("{name}.plist")
}

impl Manager for Launchd {
    fn kind(&self) -> ManagerKind {
        ManagerKind::Launchd
    }

    fn is_running_here(&self) -> bool {
        std::env::consts::OS == "macos"
    }

    fn render(&self, definition: &Definition) -> Result<Rendered, Error> {
        render::render(self, definition)
    }

    fn status(&self, name: &NativeName, scope: Scope) -> Result<NativeStatus, Error> {
        apply::status(self, name, scope)
    }

    fn properties(&self, registration: &Registration) -> Result<Vec<Property>, Error> {
        apply::properties(self, registration)
    }

    fn control(
        &self,
        registration: &Registration,
        request: Request,
        patience: Duration,
    ) -> Result<(), Error> {
        apply::control(self, registration, request, patience)
    }
}
