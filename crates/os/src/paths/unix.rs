//! `hier(7)` for the system, XDG (macOS: the Library folder) for a user.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
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

pub(super) fn system_settings() -> PathBuf {
    if cfg!(target_vendor = "apple") {
        return system_parent();
    }
    let etc = if cfg!(target_os = "freebsd") {
        "/usr/local/etc/outlast"
    } else {
        "/etc/outlast"
    };
    PathBuf::from(etc)
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
    create_below(Path::new(SYSTEM), dir)
}

/// `common` is for all: beside what is private it has the register, which everybody
/// reads. If it is there already, its owner has decided.
fn create_below(common: &Path, dir: &Path) -> io::Result<()> {
    if dir != common && dir.starts_with(common) && !common.exists() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(common)?;
        // Whatever the umask is.
        fs::set_permissions(common, Permissions::from_mode(0o755))?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::create_below;
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
    fn the_folder_of_all_guardians_stays_open_beside_a_private_one() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let common = dir.path().join("lib/outlast");
        create_below(&common, &common.join("shop")).expect("made");
        let mode = |path: &std::path::Path| {
            let permissions = path.metadata().expect("there").permissions();
            permissions.mode() & 0o777
        };
        assert_eq!(mode(&common), 0o755);
        assert_eq!(mode(&common.join("shop")), 0o700);
        std::fs::set_permissions(&common, Permissions::from_mode(0o700)).expect("ours");
        create_below(&common, &common.join("other")).expect("made");
        assert_eq!(mode(&common), 0o700, "whoever closed it meant it");
    }

    #[test]
    fn a_file_in_the_way_is_an_error() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("file");
        std::fs::write(&file, "").expect("written");
        create_private_dir(&file).expect_err("not a folder");
    }
}
