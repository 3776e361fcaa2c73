//! What is to be registered, in words that no manager owns.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A program that is to become a native service.
///
/// Stored in the [`register`](crate::register) as it is, without the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// What the manager calls it.
    pub name: NativeName,
    /// Whether it belongs to the machine or to one user.
    pub scope: Scope,
    /// The program, as an absolute path.
    pub program: PathBuf,
    /// Its arguments, word by word.
    pub arguments: Vec<String>,
    /// The folder that it works in, absolute.
    pub dir: PathBuf,
    /// Added to the environment that the manager gives.
    pub environment: Vec<(String, String)>,
    /// The name that people see, where the manager has one beside
    /// [`name`](Self::name).
    pub display_name: Option<String>,
    /// One line for people.
    pub description: Option<String>,
    /// When it is started.
    pub start: StartType,
    /// Whom it runs as.
    pub account: Account,
    /// Further Unix groups of that account, for this service only.
    pub groups: Vec<String>,
    /// Linux capabilities that it has without being root, as in
    /// `CAP_NET_BIND_SERVICE` (capabilities(7)).
    pub capabilities: Vec<String>,
    /// How far it is shut off from the rest of the system.
    pub sandbox: Sandbox,
    /// Native services, by the manager's names, that run before it does.
    pub depends_on: Vec<String>,
    /// Whether it waits for the network.
    pub network: Network,
    /// How it tells that it is ready and alive.
    pub protocol: Protocol,
    /// How long the manager waits before it starts the program again after an
    /// unwanted end. It never gives up.
    pub restart_delay: Duration,
    /// How long the program may take to end in good order; afterwards it is
    /// killed with everything that it has started.
    pub stop_timeout: Duration,
    /// The folder for what it keeps; made for its account alone. `None`: it
    /// keeps nothing.
    pub state_dir: Option<PathBuf>,
}

/// A name that some manager may take; each has rules of its own on top, told by
/// [`Manager::render`](crate::Manager::render).
///
/// Never empty, no control characters, at most 256 characters (the SCM's limit,
/// `CreateServiceW`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NativeName(String);

/// Why text is no name for any native manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// It has no characters.
    #[error("a native service needs a name")]
    Empty,
    /// It has more than 256 characters.
    #[error("the name of a native service has at most 256 characters")]
    TooLong,
    /// It has a character that no manager takes.
    #[error("{0:?} cannot stand in the name of a native service")]
    Character(char),
}

impl NativeName {
    /// Checks `name`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        if name.is_empty() {
            return Err(InvalidName::Empty);
        }
        if name.chars().count() > 256 {
            return Err(InvalidName::TooLong);
        }
        match name.chars().find(|c| c.is_control()) {
            Some(c) => Err(InvalidName::Character(c)),
            None => Ok(Self(name.to_owned())),
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for NativeName {
    type Error = InvalidName;

    fn try_from(name: String) -> Result<Self, InvalidName> {
        Self::new(&name)
    }
}

impl From<NativeName> for String {
    fn from(name: NativeName) -> Self {
        name.0
    }
}

/// Whose a native service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The machine's: there from boot on, with nobody logged in.
    System,
    /// One user's: a systemd user unit, a launchd agent.
    User,
}

/// When a native service is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StartType {
    /// With the machine (of a user's service: with that user's manager).
    Auto,
    /// As [`Auto`](Self::Auto), after the others have started.
    Delayed,
    /// When it is asked for.
    Manual,
    /// Not at all, until this is changed.
    Disabled,
    /// When something happens.
    Trigger(Trigger),
}

impl StartType {
    /// One word for it, as in the file.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Delayed => "delayed",
            Self::Manual => "manual",
            Self::Disabled => "disabled",
            Self::Trigger(Trigger::Network) => "on network",
            Self::Trigger(Trigger::Path(_)) => "on path",
        }
    }
}

/// What a service can be started by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trigger {
    /// The machine gets its first network address.
    Network,
    /// This file or folder comes into being.
    Path(PathBuf),
}

/// Whom a native service runs as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// Who may do everything: root, `LocalSystem`. Of a user's service: that
    /// user.
    System,
    /// Windows' `NT AUTHORITY\LocalService`.
    LocalService,
    /// Windows' `NT AUTHORITY\NetworkService`.
    NetworkService,
    /// Windows' account of just this service, `NT SERVICE\NAME`.
    Virtual,
    /// A group managed service account, `DOMAIN\NAME$`: Windows keeps its
    /// password.
    Managed(String),
    /// A user that systemd makes for the time that the service runs.
    Dynamic,
    /// An account of this machine or its domain.
    User {
        /// Its name.
        name: String,
        /// Its password where the manager needs one. Never written anywhere.
        #[serde(skip)]
        password: Option<Secret>,
    },
}

/// Text that is shown, logged and stored nowhere, and wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How far a native service is shut off from the rest of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sandbox {
    /// Not at all.
    Off,
    /// From what a service has no business with and will not miss.
    Modest,
    /// From everything but its own state directory: the file system is
    /// read-only, `/tmp` its own, no new privileges.
    Strict,
}

/// Whether a native service waits for the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// It does not.
    Unneeded,
    /// It is started when the machine has a working network.
    Online,
}

/// How the program tells its manager that it is ready and alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// In the manager's own way: `sd_notify(3)` (`Type=notify`), the status of
    /// the SCM.
    Native {
        /// It tells that it is alive more often than this; the manager starts
        /// it anew when it does not. `None`: it does not tell.
        watchdog: Option<Duration>,
    },
    /// It does not: it counts as ready when it runs.
    Silent,
}
