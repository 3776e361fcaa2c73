//! The files of a service: which of them are watched, and what is done about changes.

use std::path::PathBuf;
use std::time::Duration;

use crate::ServiceName;
use crate::glob::Glob;

/// Which files are watched, and what is done when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchPolicy {
    /// Where it is looked for them.
    pub places: Vec<WatchedPlace>,
    /// What is not watched, as lines of a `.gitignore` in the service's folder.
    pub ignore: Vec<String>,
    /// Whether `.gitignore` files say so, too.
    pub gitignore: bool,
    /// How long nothing must have changed before something is done.
    pub debounce: Duration,
    /// How often the files are looked at though nobody has told of a change.
    pub poll: Poll,
    /// What is done.
    pub on_change: OnChange,
}

/// One place where watched files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedPlace {
    /// A file, or a folder; absolute. It need not be there.
    pub root: PathBuf,
    /// Which files below it; `None`: it itself, or all below it.
    pub below: Option<Glob>,
}

/// When files are looked at though nobody has told of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poll {
    /// Where the system does not tell of every change.
    WhereNeeded,
    /// Always, with this pause.
    Every(Duration),
}

/// What is done when files have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnChange {
    /// It is started again.
    Restart,
    /// It is told to read its configuration again.
    Reload,
    /// This other service is started, or started again.
    Start(ServiceName),
}

impl OnChange {
    /// Its name, as `--json` has it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Restart => "restart",
            Self::Reload => "reload",
            Self::Start(_) => "start",
        }
    }
}

/// Something about the files that a service watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchNews {
    /// Some have changed, and its program could be started.
    Changed(FileChanges),
    /// Some have changed, and its program could not be started as it is.
    Unusable(FileChanges, String),
    /// From now on they are looked at again and again.
    Polled {
        /// How often.
        every: Duration,
        /// Why.
        reason: String,
    },
    /// They have changed so often that more changes are gathered for a while.
    Gathered {
        /// How many changes were told one right after the other.
        reports: u32,
        /// For how long.
        pause: Duration,
    },
}

/// Files that have changed: were made, written, replaced or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChanges {
    /// One of them, as seen from the service's folder.
    pub first: PathBuf,
    /// How many others.
    pub more: u32,
}
