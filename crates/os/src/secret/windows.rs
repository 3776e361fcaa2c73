//! In the state directory, with an access list of its own; the Credential Manager.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::ptr;

use windows_sys::Win32::Security::Credentials::{
    CRED_TYPE_GENERIC, CREDENTIALW, CredFree, CredReadW,
};
use windows_sys::Win32::Storage::FileSystem::CreateDirectoryW;
use zeroize::Zeroize as _;

use super::SecretValue;
use crate::account::Account;
use crate::account::windows::{Descriptor, own_sid};
use crate::paths::create_private_dir;
use crate::process::windows::wide;

pub(super) fn parent(state_dir: &Path) -> io::Result<PathBuf> {
    let dir = place(&std::path::absolute(state_dir)?);
    create_private_dir(&dir)?;
    Ok(dir)
}

pub(super) fn place(state_dir: &Path) -> PathBuf {
    state_dir.join("secrets")
}

/// Nobody but the guardian's user writes to the state directory.
pub(super) fn clear(dir: &Path) -> io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// What is made in it inherits its access list. That the folders above are closed
/// does not matter: everybody may pass through (`SeChangeNotifyPrivilege`).
pub(super) fn fill(
    dir: &Path,
    account: Option<&Account>,
    values: &[(&str, &SecretValue)],
) -> io::Result<()> {
    let reader = account.map_or_else(own_sid, |account| Ok(account.id()))?;
    let path = wide::plain_path(dir)?;
    let descriptor = Descriptor::of_folder_read_by(&reader)?;
    let attributes = descriptor.attributes();
    // SAFETY: the path is zero-terminated; the attributes point to the descriptor,
    // which outlives the call.
    if unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) } == 0 {
        return Err(io::Error::last_os_error());
    }
    for (name, value) in values {
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(dir.join(name))?
            .write_all(&value.0)?;
    }
    Ok(())
}

pub(super) fn text(bytes: &[u8]) -> Result<OsString, &'static str> {
    std::str::from_utf8(bytes)
        .map(OsString::from)
        .map_err(|_| "it is not text in UTF-8, which a variable has to be on Windows")
}

/// There is no other place.
pub(super) const fn kept_on_disk() -> Option<PathBuf> {
    None
}

/// A generic credential. Its bytes are anybody's, but the Credential Manager and
/// `cmdkey` write a password as UTF-16; so it is read as that, and given on as UTF-8.
pub(super) fn read(name: &str) -> io::Result<Vec<u8>> {
    let target: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let mut found: *mut CREDENTIALW = ptr::null_mut();
    // SAFETY: the name is zero-terminated; the output is ours, to be freed with
    // `CredFree`.
    if unsafe { CredReadW(target.as_ptr(), CRED_TYPE_GENERIC, 0, &raw mut found) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has succeeded, so that this is a whole credential, whose bytes
    // are valid until it is freed; nobody else has it.
    let text = unsafe {
        let size = (*found).CredentialBlobSize as usize;
        let bytes: &mut [u8] = match (*found).CredentialBlob {
            blob if blob.is_null() => &mut [],
            blob => std::slice::from_raw_parts_mut(blob, size),
        };
        let mut units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        let text = String::from_utf16(&units)
            .ok()
            .filter(|_| size.is_multiple_of(2));
        units.zeroize();
        bytes.zeroize();
        CredFree(found.cast());
        text
    };
    text.map(String::into_bytes)
        .ok_or_else(|| io::Error::other("it is not text as the Credential Manager writes it"))
}
