//! An elevated guardian (or one that is a native service) keeps its state in
//! `%ProgramData%\Outlast`, where it survives users; another one in
//! `%LOCALAPPDATA%\Outlast`. Not simply where it can write: every user may make
//! folders in `%ProgramData%`, and one who made `Outlast` there first would own
//! the state of a guardian that runs as the system.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use windows_sys::Win32::Storage::FileSystem::CreateDirectoryW;

use crate::account::Account;
use crate::account::windows::{Descriptor, is_trusted, owner_of_file};
use crate::process::windows::wide;

const FOLDER: &str = "Outlast";

pub(super) fn own_parent() -> io::Result<PathBuf> {
    if Account::is_privileged() {
        return Ok(system_parent());
    }
    user_parent()
}

pub(super) fn system_settings() -> PathBuf {
    system_parent()
}

pub(super) fn user_parent() -> io::Result<PathBuf> {
    let local = variable("LOCALAPPDATA").map(PathBuf::from);
    let local = local.or_else(|| {
        let profile = PathBuf::from(variable("USERPROFILE")?);
        Some(profile.join("AppData").join("Local"))
    });
    local.map(|folder| folder.join(FOLDER)).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "neither LOCALAPPDATA nor USERPROFILE is set, so this user's folder is unknown",
        )
    })
}

pub(super) fn user_config() -> io::Result<PathBuf> {
    variable("APPDATA").map(PathBuf::from).ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            "APPDATA is not set, so the folder of this user's settings is unknown",
        )
    })
}

pub(super) fn system_parent() -> PathBuf {
    let data = variable("ProgramData").map_or_else(
        || {
            let mut data = variable("SystemDrive").unwrap_or_else(|| "C:".into());
            data.push(r"\ProgramData");
            PathBuf::from(data)
        },
        PathBuf::from,
    );
    data.join(FOLDER)
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

pub(super) fn create_private_dir(dir: &Path) -> io::Result<()> {
    let existing = match fs::metadata(dir) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    match existing {
        Some(metadata) if metadata.is_dir() => refuse_a_strangers(dir),
        Some(_) => Err(io::ErrorKind::NotADirectory.into()),
        None => create(dir),
    }
}

fn create(dir: &Path) -> io::Result<()> {
    let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(parent) = parent
        && (parent == system_parent() || !parent.exists())
    {
        create_private_dir(parent)?;
    }
    let path = wide::plain_path(dir)?;
    let descriptor = Descriptor::of_folder()?;
    let attributes = descriptor.attributes();
    // SAFETY: the path is zero-terminated; the attributes point to the
    // descriptor, which outlives the call.
    if unsafe { CreateDirectoryW(path.as_ptr(), &raw const attributes) } != 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::AlreadyExists {
        return refuse_a_strangers(dir);
    }
    Err(error)
}

/// Who owns a folder can change everything in it. An elevated guardian that
/// kept its state in another user's folder would do what that user says.
fn refuse_a_strangers(dir: &Path) -> io::Result<()> {
    if !Account::is_privileged() {
        return Ok(());
    }
    let owner = owner_of_file(dir)?;
    if is_trusted(&owner) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "the folder {} belongs to another user ({owner}), who could change what an elevated \
             guardian does; give it to the administrators, or choose another",
            dir.display()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use crate::paths::create_private_dir;

    #[test]
    fn folders_are_made_with_their_parents() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let deep = dir.path().join("ä b").join("c");
        create_private_dir(&deep).expect("made");
        create_private_dir(&deep).expect("there already");
        std::fs::write(deep.join("file"), "x").expect("writable by its owner");
    }

    #[test]
    fn a_file_is_not_a_folder() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("file");
        std::fs::write(&file, "").expect("writable");
        let error = create_private_dir(&file).expect_err("a file");
        assert_eq!(error.kind(), std::io::ErrorKind::NotADirectory);
    }
}
