//! The file is open for writing, and nobody else may open it so meanwhile. Not
//! `LockFileEx`: "the time it takes for the operating system to unlock [it]"
//! after a process died "depends upon available system resources" (Microsoft),
//! and a guardian that is started at once after a crash must not fail on that.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::path::Path;

use outlast_model::Pid;
use windows_sys::Win32::Foundation::ERROR_SHARING_VIOLATION;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE,
};

use super::LockError;

#[derive(Debug)]
pub(super) struct Held(#[expect(dead_code, reason = "held open for its lock")] File);

pub(super) fn acquire(path: &Path) -> Result<Held, LockError> {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .share_mode(FILE_SHARE_READ)
        .open(path);
    match opened {
        Ok(mut file) => {
            // On a full disk the number is missing from later messages; that
            // is no reason not to start.
            let _ = note_holder(&mut file);
            Ok(Held(file))
        }
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION as i32) => {
            Err(LockError::Held { pid: holder(path) })
        }
        Err(source) => Err(LockError::Io {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Windows removes no file that is open. Who takes the lock in between keeps it:
/// its open file cannot be removed.
pub(super) fn remove(held: Held, path: &Path) {
    drop(held);
    let _ = std::fs::remove_file(path);
}

fn note_holder(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

/// Whoever holds it has it open for writing.
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .share_mode(FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
        .open(path)
}

fn holder(path: &Path) -> Option<Pid> {
    let file = open_to_read(path).ok()?;
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
    fn a_missing_directory_is_named() {
        let error = StateLock::acquire(r"C:\nonexistent\outlast".as_ref()).expect_err("missing");
        assert!(error.to_string().contains(r"C:\nonexistent\outlast"));
    }
}
