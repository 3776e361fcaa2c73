//! The command in an empty folder, with no guardian anywhere near.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder, and the state directory that the command is told to use.
pub(crate) struct Alone {
    folder: TempDir,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) text: String,
    pub(crate) said: String,
}

impl Alone {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self { folder }
    }

    /// The same with this file in it.
    pub(crate) fn with(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.write(name, text);
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    pub(crate) fn outlast(&self, arguments: &[&str]) -> Came {
        self.outlast_with(arguments, &[])
    }

    /// The same with these variables.
    pub(crate) fn outlast_with(&self, arguments: &[&str], variables: &[(&str, &OsStr)]) -> Came {
        let output = Command::new(env!("CARGO_BIN_EXE_outlast"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env("OUTLAST_STATE_DIR", self.path("state"))
            .env_remove("NO_COLOR")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("the command can be run");
        Came {
            code: output.status.code(),
            text: String::from_utf8_lossy(&output.stdout).into_owned(),
            out: output.stdout,
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
