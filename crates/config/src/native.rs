//! What `[native]` says: how the operating system's own manager is to keep the
//! guardian.
//!
//! The words are the file's own. Who registers native services turns them into
//! those of the managers.

use std::path::PathBuf;
use std::time::Duration;

use outlast_model::service::NetworkPolicy;

/// The table, complete: what the file does not say has its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeKeys {
    /// The name that people see; `None`: whoever registers it makes one.
    pub display_name: Option<String>,
    /// One line for people; `None`: whoever registers it writes one.
    pub description: Option<String>,
    /// When the guardian is started.
    pub start: Start,
    /// Whom it runs as; `None`: the least account that will do, which depends
    /// on the machine.
    pub account: Option<Account>,
    /// Further Unix groups of that account, for this guardian only.
    pub groups: Vec<String>,
    /// Linux capabilities by their names of capabilities(7), `CAP_` included.
    pub capabilities: Vec<String>,
    /// How far it is shut off from the rest of the system.
    pub sandbox: Sandbox,
    /// Native services that run before it does, by the manager's names.
    pub depends_on: Vec<String>,
    /// Whether it waits for the network.
    pub network: Network,
    /// How long the manager waits before it starts an ended guardian again.
    pub restart_delay: Duration,
    /// The longest time between two signs of life; `None`: it gives none.
    pub watchdog: Option<Duration>,
    /// How long it may take to end; `None`: what
    /// [`stop_timeout`](crate::stop_timeout) says.
    pub stop_timeout: Option<Duration>,
}

/// When a guardian is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the machine, or with its user's manager.
    Auto,
    /// With the machine, after the others.
    Delayed,
    /// When it is asked for.
    Manual,
    /// Not at all.
    Disabled,
    /// When the machine gets its first network address.
    OnNetwork,
    /// When this file or folder comes into being; absolute.
    OnPath(PathBuf),
}

/// Whom a guardian runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// `"system"`: who may do everything (root, `LocalSystem`).
    System,
    /// `"local-service"`, of Windows.
    LocalService,
    /// `"network-service"`, of Windows.
    NetworkService,
    /// `"virtual"`: Windows' account of just this service.
    Virtual,
    /// `"dynamic"`: a user that systemd makes.
    Dynamic,
    /// A group managed service account, `DOMAIN\NAME$`.
    Managed(String),
    /// Any other account of the machine or its domain.
    Named(String),
}

/// How far a guardian is shut off from the rest of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sandbox {
    /// Not at all.
    Off,
    /// From what it has no business with and will not miss.
    Modest,
    /// From everything but its own state directory.
    Strict,
}

/// Whether a guardian, or a service, waits for the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// It does not.
    Unneeded,
    /// It is started when the machine has a working network.
    Online,
}

impl Network {
    /// What it means for a service.
    pub(crate) const fn policy(self) -> NetworkPolicy {
        match self {
            Self::Unneeded => NetworkPolicy::Unneeded,
            Self::Online => NetworkPolicy::Online,
        }
    }
}
