//! What only systemd can be asked for in an installation.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::definition::Scope;

/// A step of an installation that systemd itself takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SystemdCall {
    /// Read all units anew. Takes itself back.
    Reload {
        /// Whose units.
        scope: Scope,
    },
    /// Have the user's manager run from boot on, and not only during sessions;
    /// note down whether that was new.
    Linger {
        /// The user.
        user: String,
    },
    /// End that, when it was begun here and no other service needs it.
    NoLinger {
        /// The user.
        user: String,
    },
}

impl SystemdCall {
    /// The call that removes what this one has made.
    pub(crate) fn reversal(&self) -> Option<Self> {
        match self {
            Self::Reload { .. } => Some(self.clone()),
            Self::Linger { user } => Some(Self::NoLinger { user: user.clone() }),
            Self::NoLinger { .. } => None,
        }
    }
}

impl fmt::Display for SystemdCall {
    /// As a person would type it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reload {
                scope: Scope::System,
            } => f.write_str("systemctl daemon-reload"),
            Self::Reload { scope: Scope::User } => f.write_str("systemctl --user daemon-reload"),
            Self::Linger { user } => write!(f, "loginctl enable-linger {user}"),
            Self::NoLinger { user } => write!(
                f,
                "loginctl disable-linger {user}, if it was enabled for Outlast's services only"
            ),
        }
    }
}
