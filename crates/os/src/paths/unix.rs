//! `hier(7)` for the system, XDG (macOS: the Library folder) for a user.

use std::env;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::account::Account;

#[cfg(target_vendor = "apple")]
const SYSTEM: &str = "/Library/Application Support/Outlast";
#[cfg(target_os = "freebsd")]
const SYSTEM: &str = "/var/db/outlast";
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
const SYSTEM: &str = "/var/lib/outlast";

pub(super) fn system_parent() -> PathBuf {
    PathBuf::from(SYSTEM)
}

pub(super) fn own_parent() -> io::Result<PathBuf> {
    if Account::is_privileged() {
        return Ok(system_parent());
    }
    user_parent()
}

pub(super) fn user_parent() -> io::Result<PathBuf> {
    if cfg!(target_vendor = "apple") {
        return Ok(home()?.join("Library/Application Support/Outlast"));
    }
    // The XDG base directory specification: relative values are to be ignored.
    let state_home = env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    match state_home {
        Some(path) => Ok(path.join("outlast")),
        None => Ok(home()?.join(".local/state/outlast")),
    }
}

pub(super) fn user_config() -> io::Result<PathBuf> {
    if cfg!(target_vendor = "apple") {
        return Ok(home()?.join("Library/Preferences"));
    }
    let config_home = env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    match config_home {
        Some(path) => Ok(path),
        None => Ok(home()?.join(".config")),
    }
}

fn home() -> io::Result<PathBuf> {
    env::var_os("HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Account::current().ok().map(|account| account.0.home))
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                "this user has no home folder: set HOME or XDG_STATE_HOME",
            )
        })
}

pub(super) fn create_private_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use crate::paths::create_private_dir;

    #[test]
    fn a_private_folder_is_closed_to_others() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let private = dir.path().join("a/b");
        create_private_dir(&private).expect("made");
        create_private_dir(&private).expect("there already");
        let mode = private.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn a_file_in_the_way_is_an_error() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("file");
        std::fs::write(&file, "").expect("written");
        create_private_dir(&file).expect_err("not a folder");
    }
}
