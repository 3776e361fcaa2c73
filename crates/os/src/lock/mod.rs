//! One guardian per state directory: the file `lock` in it, held for as long as
//! the process lives. The system lets go of it whatever way the process ends.
//!
//! A PID file is the same in a place of the user's choice: the number in it is
//! that of a guardian exactly while it is locked, so a number that another process
//! has meanwhile fools nobody who asks for the lock.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::io::{self, Read as _};
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

/// A PID file, for programs that look for one; dropping it lets go of it, and
/// leaves it.
#[derive(Debug)]
pub struct PidFile(StateLock);

/// Why a PID file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PidFileError {
    /// Another process has it.
    #[error("another guardian{} has the PID file {}", process(*.pid), path.display())]
    Held {
        /// Which, when it could be read from the file.
        pid: Option<Pid>,
        /// The file.
        path: PathBuf,
    },
    /// It holds something that is no process number.
    #[error("{} is no PID file: it holds something else, which is left alone", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It could not be made or locked.
    #[error(transparent)]
    Io(LockError),
}

impl PidFile {
    /// Takes the file at `path`, at once or not at all, and writes this process'
    /// number into it. One that nobody holds is left from a guardian that has ended,
    /// and is taken over.
    ///
    /// # Errors
    /// When another has it, when it is no PID file, or when it cannot be made.
    pub fn claim(path: &Path) -> Result<Self, PidFileError> {
        if is_foreign(path) {
            return Err(PidFileError::Foreign {
                path: path.to_owned(),
            });
        }
        match sys::acquire(path) {
            Ok(held) => Ok(Self(StateLock {
                held,
                path: path.to_owned(),
            })),
            Err(LockError::Held { pid }) => Err(PidFileError::Held {
                pid,
                path: path.to_owned(),
            }),
            Err(error) => Err(PidFileError::Io(error)),
        }
    }

    /// Lets go of it and removes it. Best effort.
    pub fn remove(self) {
        self.0.remove();
    }
}

/// Whether there is something in it that no guardian has written.
fn is_foreign(path: &Path) -> bool {
    let Ok(mut file) = sys::open_to_read(path) else {
        return false;
    };
    let mut bytes = Vec::new();
    let read = file.by_ref().take(32).read_to_end(&mut bytes);
    let is_number = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_whitespace();
    read.is_ok() && !(bytes.len() < 32 && bytes.iter().all(is_number))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_held_taken_over_and_removed() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("guardian.pid");
        // Left by one that was killed.
        std::fs::write(&path, "4194304\n").expect("it can be written");
        let first = PidFile::claim(&path).expect("nobody holds it");
        let mut text = String::new();
        let mut file = sys::open_to_read(&path).expect("anybody may read it");
        file.read_to_string(&mut text).expect("text");
        assert_eq!(text.trim(), std::process::id().to_string());
        drop(file);
        let second = PidFile::claim(&path).expect_err("it is held");
        let own = Some(Pid(std::process::id()));
        assert!(matches!(second, PidFileError::Held { pid, .. } if pid == own));
        first.remove();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_pid_file_is_left_alone() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("notes");
        for text in ["my notes", "12345678901234567890123456789012345"] {
            std::fs::write(&path, text).expect("it can be written");
            let error = PidFile::claim(&path).expect_err("it is somebody's");
            assert!(matches!(error, PidFileError::Foreign { .. }), "{error}");
            assert_eq!(std::fs::read_to_string(&path).expect("text"), text);
        }
    }
}
