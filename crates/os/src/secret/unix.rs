//! Under the run directory, which most systems keep in memory.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, lchown};
use std::path::{Path, PathBuf};

use super::SecretValue;
use crate::account::Account;
use crate::run_dir;

/// The folder of all the secrets of one guardian. Others pass through it to what is
/// theirs and see no name in it.
pub(super) fn parent(state_dir: &Path) -> io::Result<PathBuf> {
    let dir = run_dir::own(|_| true)?.join(name_of(state_dir));
    run_dir::make_checked(&dir, 0o711)?;
    Ok(dir)
}

pub(super) fn place(state_dir: &Path) -> PathBuf {
    run_dir::place().join(name_of(state_dir))
}

fn name_of(state_dir: &Path) -> String {
    format!("secrets-{}", run_dir::key(state_dir, b""))
}

/// The folder may belong to the account of a service by now; the one that it is in
/// does not, so nobody else can have put another in its place.
pub(super) fn clear(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// The files are whole before anybody else can enter the folder.
pub(super) fn fill(
    dir: &Path,
    account: Option<&Account>,
    values: &[(&str, &SecretValue)],
) -> io::Result<()> {
    run_dir::make(dir, 0o700)?;
    let owner = account.map(|account| (Some(account.0.uid), Some(account.0.gid)));
    for (name, value) in values {
        let path = dir.join(name);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o400)
            .open(&path)?
            .write_all(&value.0)?;
        if let Some((uid, gid)) = owner {
            lchown(&path, uid, gid)?;
        }
    }
    match owner {
        Some((uid, gid)) => lchown(dir, uid, gid),
        None => Ok(()),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "Windows has text only")]
pub(super) fn text(bytes: &[u8]) -> Result<OsString, &'static str> {
    Ok(OsString::from_vec(bytes.to_vec()))
}

/// Only Linux keeps its run directory in memory: tmpfs, ramfs.
#[cfg(target_os = "linux")]
pub(super) fn kept_on_disk() -> Option<PathBuf> {
    const IN_MEMORY: [i64; 2] = [0x0102_1994, 0x8584_58f6];
    let place = run_dir::place();
    let there = place.ancestors().find(|dir| dir.exists())?;
    let kind = rustix::fs::statfs(there).ok()?.f_type;
    // The type of the number differs between architectures.
    (!IN_MEMORY.contains(&(kind as i64))).then_some(place)
}

#[cfg(not(target_os = "linux"))]
pub(super) const fn kept_on_disk() -> Option<PathBuf> {
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use super::super::SecretDir;
    use super::*;

    #[test]
    fn only_the_account_can_read() {
        let nobody = if Account::is_privileged() {
            Some(Account::find("nobody").expect("there is one"))
        } else {
            eprintln!("SKIPPED in part: only root may give folders away");
            None
        };
        let state = tempfile::tempdir().expect("a temporary folder");
        let value = SecretValue::new(b"x".to_vec()).expect("not empty");
        let made = SecretDir::make(state.path(), "web.1", nobody.as_ref(), &[("KEY", &value)])
            .expect("made");
        let look = |path: &Path| {
            let found = path.symlink_metadata().expect("there");
            (found.mode() & 0o7777, found.uid())
        };
        let own = rustix::process::geteuid().as_raw();
        let owner = nobody.as_ref().and_then(Account::uid).unwrap_or(own);
        assert_eq!(look(&made.file("KEY")), (0o400, owner));
        assert_eq!(look(made.path()), (0o700, owner));
        let parent = made.path().parent().expect("it has one");
        assert_eq!(look(parent), (0o711, own));
        drop(made);
        super::super::clear(state.path()).expect("removed");
    }
}
