//! In the state directory, as nobody has to reach it but the core: helpers need
//! the name of a pipe only.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::windows::fs::MetadataExt;
use std::path::{Path, PathBuf};

use outlast_model::ServiceName;
use windows_sys::Win32::Storage::FileSystem::{CreateDirectoryW, FILE_ATTRIBUTE_REPARSE_POINT};

use crate::account::Account;
use crate::account::windows::{Descriptor, own_sid};
use crate::channel::USERS;
use crate::paths::create_private_dir;
use crate::process::windows::wide;

pub(super) fn make(
    state_dir: &Path,
    core: &ServiceName,
    account: Option<&Account>,
) -> io::Result<(PathBuf, OsString)> {
    let sid = account.map_or_else(own_sid, |account| Ok(account.id()))?;
    let parent = std::path::absolute(state_dir)?.join("channels");
    create_private_dir(&parent)?;
    let dir = parent.join(core.as_str());
    clear(&dir)?;
    create(&dir, &sid)?;
    fs::create_dir(dir.join(USERS))?;
    let mut address = OsString::from(format!("{sid}:"));
    address.push(&dir);
    Ok((dir, address))
}

/// What is made in it inherits its access list. That the folders above are closed
/// to the core does not matter: everybody may pass through (the right
/// `SeChangeNotifyPrivilege`).
fn create(dir: &Path, reader: &str) -> io::Result<()> {
    let path = wide::plain_path(dir)?;
    let descriptor = Descriptor::of_folder_read_by(reader)?;
    let attributes = descriptor.attributes();
    // SAFETY: the path is zero-terminated; the attributes point to the
    // descriptor, which outlives the call.
    if unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) } == 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Removes what an earlier guardian has left, and nothing that a link or a
/// mount point leads to.
fn clear(dir: &Path) -> io::Result<()> {
    match dir.symlink_metadata() {
        Ok(metadata) if is_plain_dir(&metadata) => remove(dir),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is in the way: it is no folder", dir.display()),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Piece by piece: a folder that somebody watches may be there a while longer, and
/// `remove_dir_all` tries that again and again.
pub(super) fn remove(dir: &Path) -> io::Result<()> {
    let users = dir.join(USERS);
    match fs::read_dir(&users) {
        Ok(entries) => {
            for entry in entries {
                fs::remove_file(entry?.path())?;
            }
            fs::remove_dir(&users)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::remove_dir(dir)
}

fn is_plain_dir(metadata: &fs::Metadata) -> bool {
    metadata.is_dir() && metadata.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_has_the_account_of_the_core_and_the_folder() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = ServiceName::new("core").expect("valid");
        let local_service = Account::find("LocalService").expect("every Windows has it");
        let (dir, address) = make(state.path(), &core, Some(&local_service)).expect("made");
        assert_eq!(
            address.to_string_lossy(),
            format!("S-1-5-19:{}", dir.display())
        );
        assert!(dir.join(USERS).is_dir());
    }

    #[test]
    fn a_file_in_the_way_is_left_alone() {
        let state = tempfile::tempdir().expect("a temporary folder");
        let core = ServiceName::new("core").expect("valid");
        let channels = state.path().join("channels");
        fs::create_dir(&channels).expect("made");
        fs::write(channels.join("core"), "kept").expect("written");
        let error = make(state.path(), &core, None).expect_err("a file");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(channels.join("core")).expect("there"), b"kept");
    }
}
