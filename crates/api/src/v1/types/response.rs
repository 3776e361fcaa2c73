//! What a guardian answers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::GuardianStatus;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// It was done, or this is what was asked.
    Ok(Answer),
    /// It was not done, or not all of it.
    Error(ErrorBody),
}

/// What a request that succeeded brings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// To `ping`.
    Pong(Pong),
    /// To `status`.
    Status(GuardianStatus),
    /// To `start`, `stop`, `restart` and `shutdown`: everything is as it was
    /// asked.
    Done {},
    /// To `reload`.
    Reloaded(Reloaded),
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pong {
    /// The guardian's name.
    pub name: String,
    /// Its process.
    pub pid: u32,
    /// The version of Outlast it runs.
    pub version: String,
    /// The protocol versions it understands.
    pub protocols: Vec<u64>,
}

/// What a reload found to be different.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reloaded {
    /// New services.
    #[serde(default)]
    pub added: Vec<String>,
    /// Services with another definition.
    #[serde(default)]
    pub changed: Vec<String>,
    /// Services that are no longer there.
    #[serde(default)]
    pub removed: Vec<String>,
}

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what is wrong.
    pub message: String,
    /// For people: what to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The services it is about, where it is about some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// With [`ErrorCode::UnsupportedVersion`]: the versions that are supported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supported: Vec<u64>,
}

impl ErrorBody {
    /// An error without a hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            services: Vec::new(),
            supported: Vec::new(),
        }
    }

    /// The same error with a hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// The same error about these services.
    #[must_use]
    pub fn about(self, services: Vec<String>) -> Self {
        Self { services, ..self }
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ErrorBody {}

/// The kinds of errors. The list is stable; it may grow, and an older client
/// reads a newer code as [`ErrorCode::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// The request is no JSON, or lacks something, or something has another
    /// type than it should.
    BadRequest,
    /// The request or the response is longer than its bound.
    TooLarge,
    /// The guardian does not speak the version of the request.
    UnsupportedVersion,
    /// The guardian does not know the verb.
    UnknownVerb,
    /// The guardian has no service of this name. Nothing was changed.
    UnknownService,
    /// The guardian is shutting down. Nothing was changed.
    ShuttingDown,
    /// It was tried, and some services are not as it was asked.
    NotReached,
    /// A later request wanted something else of some services.
    Superseded,
    /// The new file has errors and the old one stays in force. The message has
    /// all of them.
    BadConfiguration,
    /// The guardian cannot do this because of the way it was started, for
    /// example reload without a file.
    NotPossible,
    /// Who asks may not.
    NoPermission,
    /// The guardian has a defect or a trouble of its own.
    Internal,
    /// A code of a newer guardian.
    #[serde(other)]
    Other,
}
