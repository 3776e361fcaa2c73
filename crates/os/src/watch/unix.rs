//! What Unix tells of a file, and of where it is.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// What is different after a file was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    mode: u32,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            mode: metadata.mode(),
        }
    }
}

/// Which folder it is, whatever it is called.
pub(super) type Identity = (u64, u64);

pub(super) fn identity(folder: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(folder).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// inotify tells of one folder, so each is watched on its own: what is ignored costs
/// nothing then. Elsewhere the root stands for all below it.
pub(super) const EACH_FOLDER: bool = cfg!(target_os = "linux");

/// kqueue tells of a folder's names, not of what is written to its files.
pub(super) const EACH_ROOT_FILE: bool = !cfg!(target_os = "linux");

/// The watch of a folder stays good while the folder is the same.
pub(super) const RENEW: bool = false;

/// FSEvents tells of a path without the links that were on it.
pub(super) const PATHS_ARE_AS_ASKED: bool = !cfg!(target_os = "macos");
