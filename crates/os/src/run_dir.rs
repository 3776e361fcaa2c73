//! Folders for what ends with the machine at the latest: this user's own folder
//! under the run directory.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::endpoint::unix::{make_short_dir, short_dir_of};
use crate::hash::fnv1a;

#[cfg(target_os = "linux")]
const OF_THE_SYSTEM: &str = "/run/outlast";
#[cfg(not(target_os = "linux"))]
const OF_THE_SYSTEM: &str = "/var/run/outlast";

/// The folder of this user, made if need be. `is_fit`: whether one would do; the one
/// under `/tmp` is taken as it is.
pub(crate) fn own(is_fit: impl Fn(&Path) -> bool) -> io::Result<PathBuf> {
    let own = rustix::process::geteuid();
    if own.is_root() {
        let dir = PathBuf::from(OF_THE_SYSTEM);
        return make_checked(&dir, 0o755).map(|()| dir);
    }
    match of_session(is_fit) {
        Some(dir) => make_checked(&dir, 0o700).map(|()| dir),
        None => {
            let dir = short_dir_of(own.as_raw());
            make_short_dir(&dir).map(|()| dir)
        }
    }
}

/// Where [`own`] would be, without making it.
pub(crate) fn place() -> PathBuf {
    let own = rustix::process::geteuid();
    if own.is_root() {
        return PathBuf::from(OF_THE_SYSTEM);
    }
    of_session(|_| true).unwrap_or_else(|| short_dir_of(own.as_raw()))
}

fn of_session(is_fit: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let runtime_dir = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime_dir
        .filter(|dir| dir.is_absolute() && is_own(dir))
        .map(|dir| dir.join("outlast"))
        .filter(|dir| is_fit(dir))
}

/// What tells what belongs to one guardian from what belongs to others of this user.
pub(crate) fn key(state_dir: &Path, of: &[u8]) -> String {
    let canonical = state_dir
        .canonicalize()
        .or_else(|_| std::path::absolute(state_dir))
        .unwrap_or_else(|_| state_dir.to_owned());
    let whole = [canonical.as_os_str().as_bytes(), of].join(&0);
    format!("{:016x}", fnv1a(&whole))
}

/// Somebody could have made it before us, or could change what is in it.
pub(crate) fn make_checked(dir: &Path, mode: u32) -> io::Result<()> {
    match make(dir, mode) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    let metadata = dir.symlink_metadata()?;
    if is_own(dir) && metadata.mode() & 0o022 == 0 {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "{} is a link, another user's, or others may write to it: remove it",
            dir.display()
        ),
    ))
}

/// With exactly this mode, whatever the umask is.
pub(crate) fn make(dir: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(dir)?;
    fs::set_permissions(dir, Permissions::from_mode(mode))
}

/// Removes what an earlier guardian has left, and nothing else. Links in it are not
/// followed.
pub(crate) fn clear(dir: &Path) -> io::Result<()> {
    match dir.symlink_metadata() {
        Ok(_) if is_own(dir) => fs::remove_dir_all(dir),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!(
                "{} is in the way: it is no folder of this user",
                dir.display()
            ),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// A link to one is none.
fn is_own(dir: &Path) -> bool {
    let own = rustix::process::geteuid().as_raw();
    dir.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == own)
}
