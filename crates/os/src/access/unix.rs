//! Owner, group and mode; `rename(2)` for the whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, lchown, symlink,
};
use std::path::Path;

use super::unfinished;
use crate::account::{Account, AccountError};

pub(super) fn give_dir(path: &Path, owner: Option<&str>, mode: u32) -> io::Result<()> {
    make_parents(path)?;
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    // A link is not followed: who could plant one would choose what is given
    // away.
    if !fs::symlink_metadata(path)?.is_dir() {
        return Err(io::Error::from(io::ErrorKind::NotADirectory));
    }
    if let Some(owner) = owner {
        let account = Account::find(owner).map_err(not_found)?;
        give_tree(path, &account)?;
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Gives a folder and what is in it to `account`. What has belonged to it is not
/// looked through again.
///
/// The old owner may have put anything there: links are not followed, and a
/// file with a second name somewhere else is not given away, as that name could
/// be one of the system's.
fn give_tree(dir: &Path, account: &Account) -> io::Result<()> {
    if fs::symlink_metadata(dir)?.uid() == account.0.uid {
        return Ok(());
    }
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let found = fs::symlink_metadata(&path)?;
        if found.is_dir() {
            give_tree(&path, account)?;
        } else if found.nlink() == 1 {
            lchown(&path, Some(account.0.uid), Some(account.0.gid))?;
        }
    }
    // Last, so that one that was interrupted begins again.
    lchown(dir, Some(account.0.uid), Some(account.0.gid))
}

fn not_found(error: AccountError) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, error)
}

pub(super) fn write_whole(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    make_parents(path)?;
    let beside = unfinished(path);
    let written = write_new(&beside, content, mode).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
        return written;
    }
    flush_dir_of(path)
}

/// What a killed writer has left is removed, and what somebody has laid there
/// who wants a link to be followed as well.
fn write_new(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let _ = fs::remove_file(path);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.set_permissions(fs::Permissions::from_mode(mode))?;
    file.write_all(content)?;
    file.sync_all()
}

/// A rename is only safe from a power cut once its folder is on disk.
fn flush_dir_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

pub(super) fn owner_of(path: &Path) -> io::Result<Option<String>> {
    let uid = fs::metadata(path)?.uid().to_string();
    Ok(Some(match Account::find(&uid) {
        Ok(account) => account.name().to_owned(),
        Err(_) => uid,
    }))
}

pub(super) fn mode_of(path: &Path) -> io::Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o7777)
}

pub(super) fn link_whole(path: &Path, target: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_symlink()) {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists));
    }
    make_parents(path)?;
    let beside = unfinished(path);
    let _ = fs::remove_file(&beside);
    symlink(target, &beside)?;
    fs::rename(&beside, path).inspect_err(|_| drop(fs::remove_file(&beside)))
}

fn make_parents(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => DirBuilder::new().recursive(true).mode(0o755).create(parent),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use crate::access::{give_dir, link_whole, mode_of, unfinished, write_whole};

    #[test]
    fn a_link_that_was_laid_is_not_followed() {
        let dir = tempfile::tempdir().expect("a folder");
        let (path, other) = (dir.path().join("file"), dir.path().join("other"));
        fs::write(&other, "precious").expect("it is written");
        symlink(&other, unfinished(&path)).expect("a link");
        write_whole(&path, b"new", 0o600).expect("it is written");
        assert_eq!(fs::read(&other).expect("it is there"), b"precious");
        assert_eq!(fs::read(&path).expect("it is there"), b"new");
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("etc/shop.service");
        write_whole(&path, b"one", 0o644).expect("it is written");
        write_whole(&path, b"two", 0o600).expect("it is written again");
        assert_eq!(fs::read(&path).expect("it is there"), b"two");
        assert_eq!(mode_of(&path).expect("it is there"), 0o600);
        assert_eq!(
            fs::read_dir(dir.path().join("etc"))
                .expect("the folder")
                .count(),
            1
        );
    }

    #[test]
    fn a_folder_that_is_there_gets_the_access_and_keeps_its_content() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("state");
        fs::create_dir(&path).expect("a folder");
        fs::write(path.join("kept"), "").expect("a file");
        give_dir(&path, None, 0o700).expect("it is given");
        assert_eq!(mode_of(&path).expect("it is there"), 0o700);
        assert!(path.join("kept").exists());
    }

    #[test]
    fn a_folder_is_given_with_its_content_but_not_what_has_another_name_elsewhere() {
        use std::os::unix::fs::MetadataExt as _;
        if !crate::account::Account::is_privileged() {
            return;
        }
        let dir = tempfile::tempdir().expect("a folder");
        let state = dir.path().join("state");
        fs::create_dir_all(state.join("logs")).expect("folders");
        fs::write(state.join("logs/one"), "").expect("a file");
        let elsewhere = dir.path().join("elsewhere");
        fs::write(&elsewhere, "").expect("a file");
        fs::hard_link(&elsewhere, state.join("planted")).expect("another name");
        give_dir(&state, Some("nobody"), 0o700).expect("it is given");
        let uid = |path: &std::path::Path| fs::metadata(path).expect("it is there").uid();
        let nobody = uid(&state);
        assert_ne!(nobody, 0);
        assert_eq!(uid(&state.join("logs/one")), nobody);
        assert_eq!(uid(&elsewhere), 0, "it has a name elsewhere");
    }

    #[test]
    fn a_planted_link_is_not_followed() {
        let dir = tempfile::tempdir().expect("a folder");
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir(&elsewhere).expect("a folder");
        let before = mode_of(&elsewhere).expect("it is there");
        let link = dir.path().join("state");
        link_whole(&link, &elsewhere).expect("a link");
        assert!(give_dir(&link, None, 0o700).is_err());
        assert_eq!(mode_of(&elsewhere).expect("it is there"), before);
    }

    #[test]
    fn a_link_gets_another_target_but_a_file_is_not_replaced_by_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let link = dir.path().join("wants/shop");
        link_whole(&link, "a".as_ref()).expect("a link");
        link_whole(&link, "b".as_ref()).expect("another target");
        assert_eq!(
            fs::read_link(&link).expect("a link"),
            std::path::Path::new("b")
        );
        let file = dir.path().join("file");
        fs::write(&file, "").expect("a file");
        assert!(link_whole(&file, "a".as_ref()).is_err());
    }
}
