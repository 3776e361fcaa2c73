//! `flock(2)`: it belongs to the open file, so it goes with the last copy of
//! the descriptor, or with `LOCK_UN` on any of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use outlast_model::Pid;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::LockError;

#[derive(Debug)]
pub(super) struct Held(File);

/// Closing is not enough: a child of another thread has a copy of the
/// descriptor until it executes its program, and the lock with it. Seen as an
/// installation that was refused because of the one just before it.
impl Drop for Held {
    fn drop(&mut self) {
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

pub(super) fn acquire(path: &Path) -> Result<Held, LockError> {
    let failed = |source: io::Error| LockError::Io {
        path: path.to_owned(),
        source,
    };
    loop {
        let mut file = open(path).map_err(failed)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                return Err(LockError::Held {
                    pid: holder(&mut file),
                });
            }
            Err(error) => return Err(failed(error.into())),
        }
        // Who had it before may have removed the file after we opened it; then
        // the next one makes another file, and both of us had a lock.
        if is_still_at(&file, path).map_err(failed)? {
            // On a full disk the number is missing from later messages; that is
            // no reason not to start.
            let _ = note_holder(&mut file);
            return Ok(Held(file));
        }
    }
}

pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    File::open(path)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

fn is_still_at(file: &File, path: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    match path.metadata() {
        Ok(found) => Ok(found.ino() == ours.ino() && found.dev() == ours.dev()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// While it is held, so that nobody gets it in between.
pub(super) fn remove(held: Held, path: &Path) {
    let _ = fs::remove_file(path);
    drop(held);
}

fn note_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> Option<Pid> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok().map(Pid)
}

#[cfg(test)]
mod tests {
    use outlast_model::Pid;

    use crate::lock::{LockError, StateLock};

    #[test]
    fn a_second_guardian_is_told_who_has_the_directory() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let first = StateLock::acquire(dir.path()).expect("free");
        let second = StateLock::acquire(dir.path()).expect_err("held");
        let LockError::Held { pid } = second else {
            panic!("{second:?}");
        };
        assert_eq!(pid, Some(Pid(std::process::id())));
        drop(first);
        StateLock::acquire(dir.path()).expect("free again");
    }

    #[test]
    fn a_lock_whose_file_was_removed_is_nobodys() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let first = StateLock::acquire(dir.path()).expect("free");
        first.remove();
        assert!(!dir.path().join("lock").exists());
        let second = StateLock::acquire(dir.path()).expect("free again");
        assert!(StateLock::acquire(dir.path()).is_err());
        drop(second);
    }

    #[test]
    fn a_copy_of_the_descriptor_holds_nothing_once_it_is_let_go() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let held = super::acquire(&dir.path().join("lock")).expect("free");
        let copy = held.0.try_clone().expect("a copy, as a forked child has");
        drop(held);
        super::acquire(&dir.path().join("lock")).expect("free again");
        drop(copy);
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = StateLock::acquire("/nonexistent/outlast".as_ref()).expect_err("missing");
        assert!(error.to_string().contains("/nonexistent/outlast"));
    }
}
