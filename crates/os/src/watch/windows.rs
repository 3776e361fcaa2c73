//! What Windows tells of a file, and what becomes of a watch.

use std::fs::Metadata;
use std::os::windows::fs::MetadataExt as _;
use std::path::Path;

/// What is different after a file was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    written: u64,
    created: u64,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.file_size(),
            written: metadata.last_write_time(),
            created: metadata.creation_time(),
        }
    }
}

/// Nothing has to be known of it: each look renews the watches.
pub(super) type Identity = ();

pub(super) fn identity(folder: &Path) -> Option<Identity> {
    folder.is_dir().then_some(())
}

/// One handle hears of all that is below a folder, and a handle on each would keep
/// their parents from being renamed.
pub(super) const EACH_FOLDER: bool = false;

/// The folder of a file hears of what is written to it.
pub(super) const EACH_ROOT_FILE: bool = false;

/// `notify` 8.2 does not tell that the buffer of `ReadDirectoryChangesW` has
/// overflowed, and after `ERROR_NOTIFY_ENUM_DIR` it has forgotten the watch without a
/// word. The first change of a burst is told all the same, so there will be a look;
/// if that begins with a new watch, it sees what was missed, and what follows is told.
pub(super) const RENEW: bool = true;

/// They are joined to the folder that was asked about.
pub(super) const PATHS_ARE_AS_ASKED: bool = true;
