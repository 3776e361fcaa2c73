//! Values that one service gets to know and nobody else: reading them, and handing
//! them over in files.
//!
//! A value is held in memory that is overwritten when it is dropped, and no
//! formatting shows it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as keys;
#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;
#[cfg(windows)]
use windows as keys;

use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::account::Account;

/// The variable that has the folder with a service's secrets, named as systemd
/// names it.
pub const FOLDER_VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// A value larger than this, in bytes, is a mistake.
pub const LARGEST: usize = 1024 * 1024;

/// Whether this system keeps secrets for accounts in a way that is read here.
pub const HAS_KEYRING: bool = cfg!(any(target_os = "linux", windows));

/// The value of a secret.
#[derive(Clone)]
pub struct SecretValue(Zeroizing<Vec<u8>>);

impl SecretValue {
    /// Takes `bytes`, which are overwritten in the end.
    ///
    /// # Errors
    /// When it is empty or too large.
    pub fn new(bytes: Vec<u8>) -> io::Result<Self> {
        let value = Self(Zeroizing::new(bytes));
        match value.0.len() {
            0 => Err(io::Error::other("it is empty")),
            1..=LARGEST => Ok(value),
            _ => Err(io::Error::other("it is larger than 1 MiB")),
        }
    }

    /// What is in the file at `path`. Blocks as a file system does.
    ///
    /// # Errors
    /// As the file system tells them, and as [`new`](Self::new).
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let (file, length) = open(path)?;
        // Room for all of it at once: what is moved leaves a copy.
        let mut bytes = Zeroizing::new(Vec::with_capacity(length.min(LARGEST) + 2));
        file.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
        Self::new(std::mem::take(&mut *bytes))
    }

    /// What the system keeps under `name` for this process's account.
    ///
    /// # Errors
    /// When there is nothing, or it may not be read; `Unsupported` where nothing is
    /// kept so.
    #[cfg_attr(
        not(any(target_os = "linux", windows)),
        expect(unused_variables, reason = "nobody is asked there")
    )]
    pub fn of_keyring(name: &str) -> io::Result<Self> {
        #[cfg(any(target_os = "linux", windows))]
        return keys::read(name).and_then(Self::new);
        #[cfg(not(any(target_os = "linux", windows)))]
        return Err(io::ErrorKind::Unsupported.into());
    }

    /// As the value of a variable, without the line end at its end, if there is one.
    ///
    /// # Errors
    /// Why no variable can have it. It does not repeat the value.
    pub fn as_variable(&self) -> Result<OsString, &'static str> {
        let bytes = self.0.strip_suffix(b"\n").unwrap_or(&self.0);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.contains(&0) {
            return Err("it has a zero byte, which no variable can have");
        }
        if bytes.is_empty() {
            return Err("it is empty but for a line end");
        }
        sys::text(bytes)
    }
}

/// Room for a value that comes in pieces; it is overwritten, too.
pub struct SecretRoom(Zeroizing<Vec<u8>>);

impl SecretRoom {
    /// For one byte more than a value may have.
    #[expect(
        clippy::new_without_default,
        reason = "a megabyte is no default of anything"
    )]
    pub fn new() -> Self {
        Self(Zeroizing::new(vec![0; LARGEST + 1]))
    }

    /// All of it.
    pub fn bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }

    /// The value that the first `length` bytes are.
    ///
    /// # Errors
    /// As [`SecretValue::new`].
    pub fn filled(self, length: usize) -> io::Result<SecretValue> {
        SecretValue::new(self.0[..length].to_vec())
    }
}

impl fmt::Debug for SecretRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretRoom(hidden)")
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(hidden)")
    }
}

/// Whether [`SecretValue::of_file`] could read the file at `path`.
///
/// # Errors
/// As it would.
pub fn check_file(path: &Path) -> io::Result<()> {
    open(path).map(drop)
}

fn open(path: &Path) -> io::Result<(File, usize)> {
    // Looked at first: a FIFO is not even opened before somebody writes.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    Ok((file, length))
}

/// The folder with the secrets of one instance. Dropping it removes it; both block as
/// a file system does.
#[derive(Debug)]
#[must_use = "dropping it removes the folder"]
pub struct SecretDir(PathBuf);

impl SecretDir {
    /// Makes the folder called `name` for the guardian with this state directory,
    /// with a file for each value. `account` may read it (`None`: this process's own),
    /// and nobody else, but for the administrator. What is there is removed.
    ///
    /// # Errors
    /// As the file system tells them; nothing is left then.
    pub fn make(
        state_dir: &Path,
        name: &str,
        account: Option<&Account>,
        values: &[(&str, &SecretValue)],
    ) -> io::Result<Self> {
        let dir = sys::parent(state_dir)?.join(name);
        sys::clear(&dir)?;
        let made = Self(dir);
        sys::fill(&made.0, account, values)?;
        Ok(made)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the file of the secret called `name` is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for SecretDir {
    fn drop(&mut self) {
        // What stays is removed by the next guardian.
        let _ = sys::clear(&self.0);
    }
}

/// Removes what an earlier guardian with this state directory has left.
///
/// # Errors
/// As the file system tells them.
pub fn clear(state_dir: &Path) -> io::Result<()> {
    sys::clear(&sys::place(state_dir))
}

/// The folder in which the files are, if that is on a disk although this system has
/// a better place; nothing is made.
pub fn kept_on_disk() -> Option<PathBuf> {
    sys::kept_on_disk()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> SecretValue {
        SecretValue::new(text.as_bytes().to_vec()).expect("neither empty nor large")
    }

    #[test]
    fn a_variable_has_no_line_end_and_no_zero_byte() {
        for text in ["x y", "x y\n", "x y\r\n"] {
            assert_eq!(value(text).as_variable(), Ok("x y".into()), "{text:?}");
        }
        assert_eq!(value("x\n\n").as_variable(), Ok("x\n".into()));
        assert!(value("\n").as_variable().is_err());
        assert!(value("x\0y").as_variable().is_err());
    }

    #[test]
    fn no_formatting_shows_it() {
        assert!(!format!("{:?}", value("hunter2")).contains("hunter2"));
    }

    #[test]
    fn files_are_read_whole_or_not_at_all() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("it");
        assert!(check_file(&path).is_err());
        fs::write(&path, "").expect("written");
        assert!(SecretValue::of_file(&path).is_err(), "it is empty");
        fs::write(&path, vec![b'x'; LARGEST]).expect("written");
        let read = SecretValue::of_file(&path).expect("as large as allowed");
        assert_eq!(read.0.len(), LARGEST);
        fs::write(&path, vec![b'x'; LARGEST + 1]).expect("written");
        assert!(SecretValue::of_file(&path).is_err(), "it is too large");
        assert!(SecretValue::of_file(folder.path()).is_err(), "a folder");
    }

    #[test]
    fn a_folder_lives_as_long_as_its_value() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let made =
            SecretDir::make(state.path(), "web.1", None, &[("KEY", &value("x\n"))]).expect("made");
        let path = made.path().to_owned();
        assert_eq!(fs::read(made.file("KEY")).expect("readable"), b"x\n");
        drop(made);
        assert!(!path.exists());
        let killed =
            SecretDir::make(state.path(), "web.2", None, &[("KEY", &value("x"))]).expect("made");
        let path = killed.path().to_owned();
        std::mem::forget(killed);
        clear(state.path()).expect("removed");
        assert!(!path.exists());
        clear(state.path()).expect("removed already");
    }
}
