//! How a part ended.

use std::path::PathBuf;
use std::time::Duration;

/// Passed, failed, or not done here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it was done and is well; the note may count what was done.
    Passed { note: String },
    /// Something is not as it should be.
    Failed { reason: String },
    /// It cannot be done on this machine, or makes no sense after another part failed.
    Skipped { reason: String },
}

impl Outcome {
    /// Passed, with nothing to add.
    pub(crate) fn passed() -> Self {
        Self::Passed {
            note: String::new(),
        }
    }

    /// Skipped because of `reason`, a sentence that says what is missing and how to get it.
    pub(crate) fn skipped(reason: impl Into<String>) -> Self {
        Self::Skipped {
            reason: reason.into(),
        }
    }

    /// One word for tables.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Passed { .. } => "passed",
            Self::Failed { .. } => "FAILED",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// The note or reason.
    pub(crate) fn remark(&self) -> &str {
        match self {
            Self::Passed { note } => note,
            Self::Failed { reason } | Self::Skipped { reason } => reason,
        }
    }
}

/// A part that has ended.
pub(crate) struct Finished {
    /// The part's name.
    pub(crate) name: &'static str,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// From its start to its end, without the time it waited for others.
    pub(crate) duration: Duration,
    /// What its programs printed; absent when it did not run.
    pub(crate) log_path: Option<PathBuf>,
}
