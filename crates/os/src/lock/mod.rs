//! One guardian per state directory: the file `lock` in it, held for as long as
//! the process lives. The system lets go of it whatever way the process ends.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::io;
use std::path::{Path, PathBuf};

use outlast_model::Pid;

/// The right to use a state directory; dropping it gives it back.
#[derive(Debug)]
pub struct StateLock {
    held: sys::Held,
    path: PathBuf,
}

/// Why a state directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another guardian has it.
    #[error("another guardian{} uses the state directory", process(*.pid))]
    Held {
        /// Its process, when it could be read from the file.
        pid: Option<Pid>,
    },
    /// The file could not be made or locked.
    #[error("cannot lock {}", path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

fn process(pid: Option<Pid>) -> String {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}

impl StateLock {
    /// Takes the directory, at once or not at all. It must exist.
    ///
    /// # Errors
    /// When another has it, or the file cannot be made.
    pub fn acquire(state_dir: &Path) -> Result<Self, LockError> {
        let path = state_dir.join("lock");
        match sys::acquire(&path) {
            Ok(held) => Ok(Self { held, path }),
            Err(error) => Err(error),
        }
    }

    /// Gives the directory back and removes the lock file, so that a directory
    /// which is no longer needed can be removed. Best effort.
    pub fn remove(self) {
        sys::remove(self.held, &self.path);
    }
}
