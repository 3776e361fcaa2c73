//! Where a session's user can go: the state directory is closed to others.

use std::env;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

use outlast_model::ServiceName;

use crate::account::Account;
use crate::channel::{SOCKET, SOCKET_DIR, USERS};
use crate::endpoint::unix::{LONGEST, make_short_dir, short_dir_of};
use crate::hash::fnv1a;

#[cfg(target_os = "linux")]
const OF_THE_SYSTEM: &str = "/run/outlast";
#[cfg(not(target_os = "linux"))]
const OF_THE_SYSTEM: &str = "/var/run/outlast";

pub(super) fn make(
    state_dir: &Path,
    core: &ServiceName,
    account: Option<&Account>,
) -> io::Result<(PathBuf, OsString)> {
    let dir = make_in(&parent()?, &name_of(state_dir, core), account)?;
    let address = dir.clone().into_os_string();
    Ok((dir, address))
}

/// As short as a socket's path has to be.
fn name_of(state_dir: &Path, core: &ServiceName) -> String {
    let canonical = state_dir
        .canonicalize()
        .or_else(|_| std::path::absolute(state_dir))
        .unwrap_or_else(|_| state_dir.to_owned());
    let whole = [canonical.as_os_str().as_bytes(), core.as_str().as_bytes()].join(&0);
    format!("{:016x}", fnv1a(&whole))
}

/// The folder of this user's channels, made if need be.
fn parent() -> io::Result<PathBuf> {
    let own = rustix::process::geteuid();
    if own.is_root() {
        let dir = PathBuf::from(OF_THE_SYSTEM);
        return make_checked(&dir, 0o755).map(|()| dir);
    }
    let runtime_dir = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let usable = runtime_dir
        .filter(|dir| dir.is_absolute() && is_own_dir(dir))
        .map(|dir| dir.join("outlast"))
        .filter(|dir| is_short_enough(dir));
    match usable {
        Some(dir) => make_checked(&dir, 0o700).map(|()| dir),
        None => {
            let dir = short_dir_of(own.as_raw());
            make_short_dir(&dir).map(|()| dir)
        }
    }
}

fn is_short_enough(parent: &Path) -> bool {
    let socket = parent.join("0".repeat(16)).join(SOCKET_DIR).join(SOCKET);
    socket.as_os_str().len() <= LONGEST
}

/// Somebody could have made it before us, or could change what is in it.
fn make_checked(dir: &Path, mode: u32) -> io::Result<()> {
    match make_dir(dir, mode) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made,
    }
    let metadata = dir.symlink_metadata()?;
    if is_own_dir(dir) && metadata.mode() & 0o022 == 0 {
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

fn make_in(parent: &Path, name: &str, account: Option<&Account>) -> io::Result<PathBuf> {
    let dir = parent.join(name);
    clear(&dir)?;
    let made = fill(&dir, account);
    if made.is_err() {
        // The error that is told is the first one.
        let _ = remove(&dir);
    }
    made.map(|()| dir)
}

/// Nobody but this process's user writes to the folder, so that what was made
/// in it is what is changed afterwards.
fn fill(dir: &Path, account: Option<&Account>) -> io::Result<()> {
    make_dir(dir, 0o755)?;
    make_dir(&dir.join(USERS), 0o755)?;
    let socket_dir = dir.join(SOCKET_DIR);
    make_dir(&socket_dir, 0o711)?;
    match account.map(|account| &account.0) {
        Some(entry) => lchown(&socket_dir, Some(entry.uid), Some(entry.gid)),
        None => Ok(()),
    }
}

/// With exactly this mode, whatever the umask is.
fn make_dir(dir: &Path, mode: u32) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(dir)?;
    fs::set_permissions(dir, Permissions::from_mode(mode))
}

/// Removes what an earlier guardian has left, and nothing else.
fn clear(dir: &Path) -> io::Result<()> {
    match dir.symlink_metadata() {
        Ok(_) if is_own_dir(dir) => remove(dir),
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

/// Whatever the core has put there goes too; links are not followed.
pub(super) fn remove(dir: &Path) -> io::Result<()> {
    fs::remove_dir_all(dir)
}

/// A link to one is none.
fn is_own_dir(dir: &Path) -> bool {
    let own = rustix::process::geteuid().as_raw();
    dir.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == own)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn mode_of(path: &Path) -> u32 {
        path.symlink_metadata().expect("there").mode() & 0o7777
    }

    #[test]
    fn others_can_pass_and_change_nothing() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let dir = make_in(parent.path(), "it", None).expect("made");
        assert_eq!(mode_of(&dir), 0o755);
        assert_eq!(mode_of(&dir.join(USERS)), 0o755);
        assert_eq!(mode_of(&dir.join(SOCKET_DIR)), 0o711);
    }

    #[test]
    fn the_sockets_folder_belongs_to_the_account_of_the_core() {
        if !Account::is_privileged() {
            eprintln!("SKIPPED: only root may give folders away");
            return;
        }
        let parent = tempfile::tempdir().expect("a temporary folder");
        let nobody = Account::find("nobody").expect("there is one");
        let dir = make_in(parent.path(), "it", Some(&nobody)).expect("made");
        let owner = |name: &str| dir.join(name).symlink_metadata().expect("there").uid();
        assert_eq!(Some(owner(SOCKET_DIR)), nobody.uid());
        assert_eq!(owner(USERS), 0);
        assert_eq!(owner("."), 0);
    }

    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let precious = parent.path().join("precious");
        fs::create_dir(&precious).expect("made");
        fs::write(precious.join("file"), "kept").expect("written");
        for link in ["it", "parent"] {
            symlink(&precious, parent.path().join(link)).expect("linked");
        }
        let error = make_in(parent.path(), "it", None).expect_err("a link");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        let error = make_checked(&parent.path().join("parent"), 0o755).expect_err("a link");
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(fs::read(precious.join("file")).expect("there"), b"kept");
    }

    #[test]
    fn a_link_left_inside_is_removed_and_what_it_leads_to_is_not() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let precious = parent.path().join("precious");
        fs::write(&precious, "kept").expect("written");
        let dir = make_in(parent.path(), "it", None).expect("made");
        symlink(parent.path(), dir.join(SOCKET_DIR).join("folder")).expect("linked");
        symlink(&precious, dir.join(USERS).join("0")).expect("linked");
        make_in(parent.path(), "it", None).expect("made anew");
        assert_eq!(fs::read(&precious).expect("there"), b"kept");
        assert!(!dir.join(USERS).join("0").exists());
    }

    #[test]
    fn a_folder_that_others_may_write_to_is_refused() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let open = parent.path().join("open");
        fs::create_dir(&open).expect("made");
        fs::set_permissions(&open, Permissions::from_mode(0o777)).expect("opened");
        make_checked(&open, 0o755).expect_err("anybody could change it");
    }
}
