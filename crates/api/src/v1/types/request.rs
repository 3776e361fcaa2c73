//! What a client may ask.

use serde::{Deserialize, Serialize};

/// A request. `start`, `stop`, `restart`, `reload` and `shutdown` are answered
/// when they are done or cannot be, which may take as long as the services'
/// stop sequences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Request {
    /// Is anybody there, and which version? Answered by
    /// [`Answer::Pong`](super::Answer::Pong).
    Ping,
    /// What do these services do? Answered by
    /// [`Answer::Status`](super::Answer::Status).
    Status {
        /// Which ones the answer tells about.
        target: Target,
    },
    /// Start these and what they depend on.
    Start {
        /// Which.
        target: Target,
    },
    /// Stop these and what depends on them.
    Stop {
        /// Which.
        target: Target,
    },
    /// Stop these, then start them.
    Restart {
        /// Which.
        target: Target,
    },
    /// Read the file again and apply what differs. Answered by
    /// [`Answer::Reloaded`](super::Answer::Reloaded).
    Reload,
    /// Stop everything, then end the guardian.
    Shutdown {
        /// How the services are treated.
        #[serde(default)]
        urgency: Urgency,
    },
}

impl Request {
    /// The verbs, as the wire has them.
    pub const VERBS: [&'static str; 7] = [
        "ping", "status", "start", "stop", "restart", "reload", "shutdown",
    ];

    /// Its verb, as the wire has it.
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Status { .. } => "status",
            Self::Start { .. } => "start",
            Self::Stop { .. } => "stop",
            Self::Restart { .. } => "restart",
            Self::Reload => "reload",
            Self::Shutdown { .. } => "shutdown",
        }
    }
}

/// Which services a request is about. There is no default: a misspelt or
/// missing target must not become "all".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Every one (for `start`: every enabled one).
    All,
    /// The ones of these names.
    Services(Vec<String>),
}

/// How a shutdown treats the services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    /// With their stop sequences, dependants first.
    #[default]
    Orderly,
    /// All are killed now.
    Immediate,
}
