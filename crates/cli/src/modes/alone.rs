//! One comparison at a time: two would measure each other.

use std::fs;
use std::path::{Path, PathBuf};

use outlast_os::access;
use outlast_os::lock::{LockError, StateLock};

use crate::exit_code::ExitCode;
use crate::failure::{Failure, with_causes};

/// That nobody else compares; dropping it ends that.
pub(super) struct Alone {
    lock: Option<StateLock>,
    /// The lock's own, that of all guardians, and those above that were made for them;
    /// the deepest first.
    folders: Vec<PathBuf>,
}

impl Alone {
    /// In a folder beside the state directory, which has to go with the service.
    pub(super) fn claim(state_dir: &Path) -> Result<Self, Failure> {
        let dir = state_dir.with_file_name(".comparing");
        let own = dir.ancestors().take(2);
        let missing = dir
            .ancestors()
            .skip(2)
            .take_while(|folder| !folder.exists());
        let folders = own.chain(missing).map(Path::to_owned).collect();
        access::give_dir(&dir, None, 0o700)
            .map_err(|error| Failure::of(&format!("make the folder {}", dir.display()), &error))?;
        match StateLock::acquire(&dir) {
            Ok(lock) => Ok(Self {
                lock: Some(lock),
                folders,
            }),
            Err(LockError::Held { .. }) => Err(Failure::new(
                ExitCode::Failed,
                "another `outlast compare-modes` goes on; two would measure each other",
            )
            .hint("wait until it has ended")),
            Err(error) => Err(Failure::new(ExitCode::Failed, with_causes(&error))),
        }
    }
}

/// Each folder goes only if it is empty.
impl Drop for Alone {
    fn drop(&mut self) {
        if let Some(lock) = self.lock.take() {
            lock.remove();
        }
        for folder in &self.folders {
            if fs::remove_dir(folder).is_err() {
                return;
            }
        }
    }
}
