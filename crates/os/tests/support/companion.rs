//! The companion of the Windows tests (`examples/windows_companion.rs`).
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::PathBuf;

use crate::support::{Start, program};

/// Cargo builds the examples of a package with its tests, into the folder
/// beside that of the tests.
pub(crate) fn companion_path() -> PathBuf {
    let test = std::env::current_exe().expect("a running test knows its path");
    let profile_dir = test.ancestors().nth(2).expect("cargo's target directory");
    let path = profile_dir.join("examples").join("windows_companion.exe");
    assert!(
        path.exists(),
        "{} is not there; build the examples",
        path.display()
    );
    path
}

pub(crate) fn companion(arguments: &[&str]) -> Start {
    Start {
        arguments: arguments.iter().map(Into::into).collect(),
        ..program(companion_path())
    }
}
