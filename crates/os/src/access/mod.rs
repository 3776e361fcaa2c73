//! Who may read, write and enter what: making files and folders that belong to
//! an account, in such a way that nobody ever sees them half written.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// Makes a folder with its parents, or takes the one that is there, and gives it
/// to `owner` (`None`: whoever calls) with the permission bits `mode`. What is
/// in it goes to a new owner, too, except what has a name elsewhere. Parents
/// that are made belong to the caller and can be entered by everybody.
///
/// On Windows the access list of the folder names `owner`, SYSTEM and the
/// administrators, and nothing is inherited from above.
///
/// # Errors
/// As the file system tells them; `NotFound` when there is no such account.
pub fn give_dir(path: &Path, owner: Option<&str>, mode: u32) -> io::Result<()> {
    sys::give_dir(path, owner, mode)
}

/// Writes a file as a whole: into a new one beside it, which is flushed and then
/// takes its name. Parents that are missing are made for everybody to enter.
/// The permission bits `mode` count on Unix; on Windows the file inherits its
/// folder's access.
///
/// # Errors
/// As the file system tells them; the old file is as it was then.
pub fn write_whole(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    sys::write_whole(path, content, mode)
}

/// Where [`write_whole`] and [`link_whole`] have what is to become `path` until
/// it is whole. Whoever is killed in between leaves it there. Its name
/// begins with a dot, which keeps service managers from reading it.
pub fn unfinished(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".outlast-new");
    path.with_file_name(name)
}

/// The account that owns a file or folder, by its number when it has no name.
/// `None` on Windows, where ownership says little.
///
/// # Errors
/// As the file system tells them.
pub fn owner_of(path: &Path) -> io::Result<Option<String>> {
    sys::owner_of(path)
}

/// The permission bits of a file or folder; on Windows 0.
///
/// # Errors
/// As the file system tells them.
pub fn mode_of(path: &Path) -> io::Result<u32> {
    sys::mode_of(path)
}

/// Makes a symbolic link, or gives the one that is there another target in one
/// step. Parents that are missing are made for everybody to enter.
///
/// # Errors
/// As the file system tells them; `AlreadyExists` when something that is no link
/// has the name; always on Windows, where nothing needs one.
pub fn link_whole(path: &Path, target: &Path) -> io::Result<()> {
    sys::link_whole(path, target)
}
