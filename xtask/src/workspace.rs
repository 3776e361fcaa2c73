//! Where things are: the repository's root and the directories builds go to.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checked-out repository that this xtask was built from.
pub(crate) struct Workspace {
    root: PathBuf,
    target_dir: PathBuf,
}

impl Workspace {
    /// Finds the repository; cannot fail, as cargo compiled its path into this program.
    pub(crate) fn find() -> Self {
        let manifest_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest_dir
            .parent()
            .expect("xtask is a directory inside the repository")
            .to_path_buf();
        let target_dir = match env::var_os("CARGO_TARGET_DIR") {
            Some(chosen) => env::current_dir()
                .unwrap_or_else(|_| root.clone())
                .join(chosen),
            None => root.join("target"),
        };
        Self { root, target_dir }
    }

    /// The same repository, built elsewhere.
    #[cfg(test)]
    pub(crate) fn with_target_dir(self, target_dir: PathBuf) -> Self {
        Self { target_dir, ..self }
    }

    /// The directory with the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where cargo puts what it builds for this machine.
    pub(crate) fn target_dir(&self) -> &Path {
        &self.target_dir
    }

    /// The cargo that runs this xtask, in the repository's root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root);
        command.env("CARGO_TARGET_DIR", &self.target_dir);
        command
    }
}
