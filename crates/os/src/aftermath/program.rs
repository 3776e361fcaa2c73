//! Why a file could not be executed, as far as the file itself tells.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::sys;
use crate::process::machine_code;

/// So much of a program is read.
const HEAD: u64 = 64 * 1024;

/// Why a file could not be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// There is none of that name.
    Missing,
    /// It may not be executed by this account.
    NotExecutable,
    /// What it names to run it is missing: the interpreter of a script, the dynamic
    /// linker of a program.
    NoInterpreter(PathBuf),
    /// It is for another processor.
    OtherMachine {
        /// For which.
        of: String,
        /// What this one is.
        here: String,
    },
}

/// What keeps the file at `path` from being executed; `None`: nothing that this sees.
pub fn obstacle(path: &Path) -> Option<Obstacle> {
    let Ok(status) = path.metadata() else {
        return Some(Obstacle::Missing);
    };
    let mut head = Vec::new();
    if status.is_file()
        && let Ok(file) = File::open(path)
    {
        let _ = file.take(HEAD).read_to_end(&mut head);
    }
    if let Some(of) = machine_code::other_machine(&head) {
        let here = std::env::consts::ARCH.to_owned();
        return Some(Obstacle::OtherMachine { of, here });
    }
    let linker = || machine_code::interpreter(&head).map(PathBuf::from);
    let interpreter = script_interpreter(&head).or_else(linker);
    if let Some(missing) = interpreter.filter(|interpreter| !interpreter.exists()) {
        return Some(Obstacle::NoInterpreter(missing));
    }
    (!sys::may_execute(path)).then_some(Obstacle::NotExecutable)
}

/// The word after `#!` (execve(2)). A carriage return at its end belongs to it.
fn script_interpreter(head: &[u8]) -> Option<PathBuf> {
    let line = head
        .strip_prefix(b"#!")?
        .split(|&byte| byte == b'\n')
        .next()?;
    let text = String::from_utf8_lossy(line);
    let word = text
        .trim_start_matches([' ', '\t'])
        .split([' ', '\t'])
        .next()?;
    (!word.is_empty()).then(|| PathBuf::from(word))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn of(content: &[u8], mode: u32) -> Option<Obstacle> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("program");
        std::fs::write(&path, content).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
        obstacle(&path)
    }

    #[test]
    fn the_file_tells_what_is_in_its_way() {
        assert_eq!(of(b"#!/bin/sh\n", 0o755), None);
        assert_eq!(of(b"#!/bin/sh\n", 0o644), Some(Obstacle::NotExecutable));
        let missing = |path: &str| Some(Obstacle::NoInterpreter(path.into()));
        assert_eq!(of(b"#! /no/such -x\n", 0o755), missing("/no/such"));
        assert_eq!(of(b"#!/bin/sh\r\n", 0o755), missing("/bin/sh\r"));
        assert_eq!(obstacle(Path::new("/no/such")), Some(Obstacle::Missing));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_of_this_machine_has_its_linker() {
        let own = std::env::current_exe().expect("it has a path");
        assert_eq!(obstacle(&own), None);
        let mut bytes = std::fs::read(&own).expect("it can be read");
        bytes.truncate(HEAD as usize);
        let at = bytes
            .windows(10)
            .position(|part| part == b"ld-linux-x" || part == b"ld-linux-a");
        // Another processor's linker has another name.
        if let Some(at) = at {
            bytes[at..at + 10].copy_from_slice(b"ld-nothing");
            let found = of(&bytes, 0o755);
            assert!(
                matches!(found, Some(Obstacle::NoInterpreter(_))),
                "{found:?}"
            );
        }
        let machine: u16 = if cfg!(target_arch = "x86_64") {
            183
        } else {
            62
        };
        bytes[18..20].copy_from_slice(&machine.to_le_bytes());
        let found = of(&bytes, 0o755);
        assert!(
            matches!(found, Some(Obstacle::OtherMachine { .. })),
            "{found:?}"
        );
    }
}
