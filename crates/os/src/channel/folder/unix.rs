//! Where a session's user can go: the state directory is closed to others.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::lchown;
use std::path::{Path, PathBuf};

use outlast_model::ServiceName;

use crate::account::Account;
use crate::channel::{SOCKET, SOCKET_DIR, USERS};
use crate::endpoint::unix::LONGEST;
use crate::run_dir;

pub(super) fn make(
    state_dir: &Path,
    core: &ServiceName,
    account: Option<&Account>,
) -> io::Result<(PathBuf, OsString)> {
    let parent = run_dir::own(is_short_enough)?;
    let name = run_dir::key(state_dir, core.as_str().as_bytes());
    let dir = make_in(&parent, &name, account)?;
    let address = dir.clone().into_os_string();
    Ok((dir, address))
}

/// As short as a socket's path has to be.
fn is_short_enough(parent: &Path) -> bool {
    let socket = parent.join("0".repeat(16)).join(SOCKET_DIR).join(SOCKET);
    socket.as_os_str().len() <= LONGEST
}

fn make_in(parent: &Path, name: &str, account: Option<&Account>) -> io::Result<PathBuf> {
    let dir = parent.join(name);
    run_dir::clear(&dir)?;
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
    run_dir::make(dir, 0o755)?;
    run_dir::make(&dir.join(USERS), 0o755)?;
    let socket_dir = dir.join(SOCKET_DIR);
    run_dir::make(&socket_dir, 0o711)?;
    match account.map(|account| &account.0) {
        Some(entry) => lchown(&socket_dir, Some(entry.uid), Some(entry.gid)),
        None => Ok(()),
    }
}

/// Whatever the core has put there goes too; links are not followed.
pub(super) fn remove(dir: &Path) -> io::Result<()> {
    fs::remove_dir_all(dir)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

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
        let error =
            run_dir::make_checked(&parent.path().join("parent"), 0o755).expect_err("a link");
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
        run_dir::make_checked(&open, 0o755).expect_err("anybody could change it");
    }
}
