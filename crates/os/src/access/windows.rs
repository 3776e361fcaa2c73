//! A protected access list; `ReplaceFile`-like renames by the standard library.

use std::fs;
use std::io;
use std::path::Path;
use std::ptr;

use windows_sys::Win32::Foundation::ERROR_SUCCESS;
use windows_sys::Win32::Security::Authorization::{SE_FILE_OBJECT, SetNamedSecurityInfoW};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION,
};

use super::unfinished;
use crate::account::Account;
use crate::account::windows::Descriptor;
use crate::account::windows::sid::Sid;
use crate::paths::create_private_dir;
use crate::process::windows::wide;

pub(super) fn give_dir(path: &Path, owner: Option<&str>, _mode: u32) -> io::Result<()> {
    // Before anything is made for somebody whom nobody knows.
    let sid = owner.map(Sid::of).transpose()?;
    create_private_dir(path)?;
    match sid {
        Some(sid) => let_in(path, &sid),
        None => Ok(()),
    }
}

/// Replaces the access list of a folder, and what is inherited from it below.
///
/// The folder belongs to the administrators and not to the account, which would
/// be able to let others in then. One who is no administrator stays its owner.
fn let_in(path: &Path, sid: &Sid) -> io::Result<()> {
    let path = wide::plain_path(path)?;
    let descriptor = Descriptor::of_folder_for(&sid.text()?)?;
    let (owner, list) = (descriptor.owner()?, descriptor.list()?);
    let mut parts = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    if Account::is_privileged() {
        parts |= OWNER_SECURITY_INFORMATION;
    }
    // SAFETY: the path is zero-terminated; owner and list are the descriptor's,
    // which outlives the call.
    let error = unsafe {
        SetNamedSecurityInfoW(
            path.as_ptr(),
            SE_FILE_OBJECT,
            parts,
            owner,
            ptr::null_mut(),
            list,
            ptr::null(),
        )
    };
    if error != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(error.cast_signed()));
    }
    Ok(())
}

pub(super) fn write_whole(path: &Path, content: &[u8], _mode: u32) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let beside = unfinished(path);
    let written = write_new(&beside, content).and_then(|()| fs::rename(&beside, path));
    written.inspect_err(|_| drop(fs::remove_file(&beside)))
}

fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let _ = fs::remove_file(path);
    let mut file = fs::File::create_new(path)?;
    file.write_all(content)?;
    file.sync_all()
}

pub(super) fn owner_of(path: &Path) -> io::Result<Option<String>> {
    fs::metadata(path).map(|_| None)
}

pub(super) fn mode_of(path: &Path) -> io::Result<u32> {
    fs::metadata(path).map(|_| 0)
}

pub(super) fn link_whole(_path: &Path, _target: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_given_to_a_service_that_does_not_exist_yet() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("für den Laden");
        for _ in 0..2 {
            give_dir(&path, Some(r"NT SERVICE\not there yet"), 0o700).expect("given");
            fs::write(path.join("file"), "x").expect("writable");
        }
    }

    #[test]
    fn nothing_is_made_for_an_account_that_nobody_knows() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let path = dir.path().join("state");
        let error = give_dir(&path, Some("nobody of this name"), 0o700).expect_err("unknown");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!path.exists());
    }
}
