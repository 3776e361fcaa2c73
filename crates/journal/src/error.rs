//! The one error of this crate: something on disk could not be done.

use std::io;
use std::path::{Path, PathBuf};

/// What could not be done, on which file; the reason is the source.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct Error {
    action: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// What was being done, as a verb that fits after "cannot".
    pub const fn action(&self) -> &'static str {
        self.action
    }

    /// To which file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The operating system's reason.
    pub const fn reason(&self) -> &io::Error {
        &self.source
    }
}

/// Adds to an [`io::Error`] what was being done, and to what.
pub(crate) trait Context<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, action: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::new(action, path, source))
    }
}
