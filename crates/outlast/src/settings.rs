//! How a service is registered, and as which definition.

use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_native::{Definition, ManagerKind, NativeName, Network, Protocol, StartType};
use outlast_os::process::own_program;

use crate::account::Account;
use crate::error::Error;

/// When a service is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Start {
    /// With the machine (of a user's service: with that user's manager).
    Auto,
    /// As [`Auto`](Self::Auto), after the others have started.
    Delayed,
    /// When it is asked for.
    Manual,
    /// Not at all, until this is changed.
    Disabled,
}

/// Whose a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The machine's: there from boot on, with nobody logged in.
    System,
    /// One user's: a systemd user unit, a launchd agent.
    User,
}

/// How far a service is shut off from the rest of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sandbox {
    /// Not at all.
    Off,
    /// From what a service has no business with and will not miss.
    Modest,
    /// From everything but its own state directory.
    Strict,
}

/// Everything but the name.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) scope: Scope,
    pub(crate) arguments: Vec<String>,
    pub(crate) dir: Option<PathBuf>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) display_name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) start: Start,
    pub(crate) account: Option<Account>,
    pub(crate) sandbox: Sandbox,
    pub(crate) depends_on: Vec<String>,
    pub(crate) network: Network,
    pub(crate) restart_delay: Duration,
    pub(crate) start_timeout: Duration,
    pub(crate) stop_timeout: Duration,
    pub(crate) watchdog: Option<Duration>,
    pub(crate) state_dir: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            scope: Scope::System,
            arguments: Vec::new(),
            dir: None,
            environment: Vec::new(),
            display_name: None,
            description: None,
            start: Start::Auto,
            account: None,
            sandbox: Sandbox::Modest,
            depends_on: Vec::new(),
            network: Network::Unneeded,
            // As for guardians: short, and no busy loop.
            restart_delay: Duration::from_secs(1),
            // systemd's DefaultTimeoutStartSec.
            start_timeout: Duration::from_secs(90),
            // Windows gives services 20 s when it shuts down without
            // preshutdown, so longer is not the same everywhere.
            stop_timeout: Duration::from_secs(20),
            watchdog: None,
            state_dir: None,
        }
    }
}

impl Settings {
    /// The service `name` of this program, for `manager_kind`.
    pub(crate) fn definition(
        &self,
        name: &str,
        manager_kind: ManagerKind,
    ) -> Result<Definition, Error> {
        let program = own_program().map_err(|error| Error::io("find this program", error))?;
        let dir = self.dir_or_of(&program)?;
        let account = self.account_in(&dir, manager_kind)?;
        Ok(Definition {
            name: NativeName::new(name)?,
            scope: self.scope.native(),
            program,
            arguments: self.arguments.clone(),
            account,
            environment: self.environment.clone(),
            display_name: self.display_name.clone(),
            description: self.description.clone(),
            start: self.start.native(),
            groups: Vec::new(),
            capabilities: Vec::new(),
            sandbox: self.sandbox.native(),
            depends_on: self.depends_on.clone(),
            network: self.network,
            protocol: Protocol::Native {
                watchdog: self.watchdog,
            },
            restart_delay: self.restart_delay,
            stop_timeout: self.stop_timeout,
            state_dir: self.state_dir.clone(),
            dir,
        })
    }

    fn dir_or_of(&self, program: &Path) -> Result<PathBuf, Error> {
        match (&self.dir, program.parent()) {
            (Some(dir), _) => std::path::absolute(dir)
                .map_err(|error| Error::io(&format!("find {}", dir.display()), error)),
            (None, Some(dir)) => Ok(dir.to_owned()),
            (None, None) => Ok(program.to_owned()),
        }
    }

    /// As for guardians: the least that will do.
    fn account_in(
        &self,
        dir: &Path,
        manager_kind: ManagerKind,
    ) -> Result<outlast_native::Account, Error> {
        if let Some(account) = &self.account {
            return Ok(account.native());
        }
        outlast_native::Account::least(manager_kind, self.scope.native(), dir)
            .map_err(|error| Error::io(&format!("find the owner of {}", dir.display()), error))
    }
}

impl Start {
    const fn native(self) -> StartType {
        match self {
            Self::Auto => StartType::Auto,
            Self::Delayed => StartType::Delayed,
            Self::Manual => StartType::Manual,
            Self::Disabled => StartType::Disabled,
        }
    }
}

impl Scope {
    pub(crate) const fn native(self) -> outlast_native::Scope {
        match self {
            Self::System => outlast_native::Scope::System,
            Self::User => outlast_native::Scope::User,
        }
    }
}

impl Sandbox {
    const fn native(self) -> outlast_native::Sandbox {
        match self {
            Self::Off => outlast_native::Sandbox::Off,
            Self::Modest => outlast_native::Sandbox::Modest,
            Self::Strict => outlast_native::Sandbox::Strict,
        }
    }
}
