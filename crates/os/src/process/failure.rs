//! Why a start failed, in words.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;

use super::Spawn;
use super::child::{Failed, Step};

#[cfg(target_os = "linux")]
const BAD_LOADER: i32 = libc::ELIBBAD;
#[cfg(target_vendor = "apple")]
const BAD_LOADER: i32 = libc::EBADMACHO;
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
const BAD_LOADER: i32 = libc::EINVAL;

pub(super) fn null_device(error: &io::Error) -> StartFailure {
    StartFailure {
        step: StartStep::Prepare,
        subject: PathBuf::from("/dev/null"),
        os_error: error.raw_os_error(),
        message: format!("cannot open /dev/null: {error}"),
    }
}

pub(super) fn explain(failed: Failed, spawn: &Spawn<'_>) -> StartFailure {
    let error = io::Error::from_raw_os_error(failed.error);
    let (step, subject, message) = match failed.step {
        Step::Fork | Step::Stillborn => process(spawn, &error),
        Step::Group => group(spawn, &error),
        Step::Signals | Step::Session | Step::Descriptors => {
            preparation(failed.step, spawn, &error)
        }
        Step::OomScore | Step::Affinity | Step::Priority | Step::Core | Step::OpenFiles => {
            limit(failed.step, spawn, &error)
        }
        Step::Capabilities => capabilities(spawn, &error),
        Step::Groups | Step::GroupId | Step::UserId => account(spawn, &error),
        Step::Dir => dir(spawn, &error),
        Step::Namespaces | Step::Places | Step::Calls => confinement(failed.step, spawn, &error),
        Step::Execute => execute(spawn, &error),
    };
    StartFailure {
        step,
        subject,
        os_error: Some(failed.error),
        message,
    }
}

type Explanation = (StartStep, PathBuf, String);

fn process(spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let hint = match error.raw_os_error() {
        Some(libc::EAGAIN) => "; the limit of processes (ulimit -u, TasksMax, pids.max) is reached",
        Some(libc::ENOMEM) => "; the machine is out of memory",
        _ => "",
    };
    let message = format!("cannot make a process: {error}{hint}");
    (StartStep::Fork, spawn.program.to_owned(), message)
}

fn group(spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let message = format!("cannot put the process into its control group: {error}");
    (StartStep::Prepare, spawn.program.to_owned(), message)
}

fn preparation(step: Step, spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let what = match step {
        Step::Signals => "reset the signals of",
        Step::Session => "make a session for",
        _ => "set up the descriptors of",
    };
    let message = format!("cannot {what} the new process: {error}");
    (StartStep::Prepare, spawn.program.to_owned(), message)
}

fn confinement(step: Step, spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let (what, hint) = match (step, error.raw_os_error()) {
        (Step::Namespaces, Some(libc::EPERM | libc::ENOSPC)) => (
            "make the namespaces",
            "; only root may, or everybody where user namespaces are allowed",
        ),
        (Step::Namespaces, _) => ("make the namespaces", ""),
        (Step::Places, _) => ("mount what it may see", ""),
        _ => ("set the filter of system calls", ""),
    };
    let message = format!("cannot make its sandbox: cannot {what}: {error}{hint}");
    (StartStep::Confine, spawn.program.to_owned(), message)
}

fn limit(step: Step, spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let key = match step {
        Step::OomScore => "oom_score",
        Step::Affinity => "affinity",
        Step::Priority => "priority",
        Step::Core => "core",
        _ => "open_files",
    };
    let message = format!("cannot set `limits.{key}` for the new process: {error}");
    (StartStep::Prepare, spawn.program.to_owned(), message)
}

fn capabilities(spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let hint = match error.raw_os_error() {
        Some(libc::EPERM) => "; the guardian has to be root and to have them itself",
        Some(libc::ENOSYS) => "; only Linux has such rights",
        _ => "",
    };
    let message = format!("cannot reduce the rights to `capabilities`: {error}{hint}");
    (StartStep::ChangeUser, spawn.program.to_owned(), message)
}

fn account(spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let name = spawn.logon.map_or("", |logon| logon.account().name());
    let hint = match error.raw_os_error() {
        Some(libc::EPERM) => "; only root may start programs as another user",
        _ => "",
    };
    let message = format!("cannot become the user {name:?}: {error}{hint}");
    (StartStep::ChangeUser, PathBuf::from(name), message)
}

fn dir(spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let shown = spawn.dir.display();
    let message = match error.raw_os_error() {
        Some(libc::ENOENT) => format!("the folder {shown} does not exist"),
        Some(libc::ENOTDIR) => format!("{shown} is not a folder"),
        Some(libc::EACCES) => format!("{} may not enter the folder {shown}", whoever(spawn)),
        _ => format!("cannot enter the folder {shown}: {error}"),
    };
    (StartStep::EnterDir, spawn.dir.to_owned(), message)
}

fn execute(spawn: &Spawn<'_>, error: &io::Error) -> Explanation {
    let path = spawn.program;
    let shown = path.display();
    let message = match error.raw_os_error() {
        Some(libc::ENOENT) => missing(path),
        Some(libc::EACCES) => refused(spawn),
        Some(libc::ENOEXEC) => format!(
            "{shown} is not a program for this machine: no #! line, or another architecture's"
        ),
        Some(libc::ETXTBSY) => format!("{shown} is open for writing: it is being replaced"),
        Some(libc::E2BIG) => {
            format!("the arguments and the environment of {shown} are too large together")
        }
        Some(libc::EISDIR | BAD_LOADER) => {
            format!("the interpreter or loader that {shown} names is not a program")
        }
        _ => format!("cannot execute {shown}: {error}"),
    };
    (StartStep::Execute, path.to_owned(), message)
}

fn refused(spawn: &Spawn<'_>) -> String {
    let shown = spawn.program.display();
    if spawn.program.is_dir() {
        return format!("{shown} is a folder, not a program");
    }
    let who = whoever(spawn);
    match interpreter(spawn.program) {
        Some(interpreter) => format!(
            "{who} may not execute {shown}, or its interpreter {}",
            interpreter.display()
        ),
        None => format!(
            "{who} may not execute {shown}: its mode, a folder above it, or a file system \
             mounted noexec forbids it"
        ),
    }
}

fn whoever(spawn: &Spawn<'_>) -> String {
    spawn.logon.map_or_else(
        || "the guardian's user".to_owned(),
        |logon| format!("the user {:?}", logon.account().name()),
    )
}

/// `execve` says "no such file" of a file that is there when what it needs to
/// run is not.
fn missing(path: &Path) -> String {
    let shown = path.display();
    if !path.exists() {
        return format!("{shown} does not exist");
    }
    let Some(needed) = interpreter(path) else {
        return format!("what {shown} needs to run does not exist");
    };
    let named = needed.display();
    if named.to_string().ends_with('\r') {
        return format!(
            "{shown} has line ends of Windows, so that its first line names {named:?}, which \
             does not exist; convert it (dos2unix)"
        );
    }
    format!("the interpreter or loader that {shown} names, {named}, does not exist")
}

/// What the file at `path` names as the program to run it: in its `#!` line, or
/// as the loader of an ELF file.
fn interpreter(path: &Path) -> Option<PathBuf> {
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(4096).read_to_end(&mut start))
        .ok()?;
    named_in_script(&start)
        .or_else(|| named_in_elf(&start))
        .map(|name| PathBuf::from(OsString::from_vec(name)))
}

/// As `execve(2)` reads it: up to the first blank or the line's end.
pub(super) fn named_in_script(start: &[u8]) -> Option<Vec<u8>> {
    let line = start
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let name = line
        .split(|byte| matches!(byte, b' ' | b'\t'))
        .find(|word| !word.is_empty())?;
    Some(name.to_owned())
}

/// `PT_INTERP` of a 64-bit little-endian file, when it is in the first page, as
/// linkers put it.
fn named_in_elf(start: &[u8]) -> Option<Vec<u8>> {
    const PT_INTERP: u64 = 3;
    if !start.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let table = number(start, 32, 8)?;
    let size = number(start, 54, 2)?;
    let count = number(start, 56, 2)?;
    (0..count)
        .filter_map(|index| usize::try_from(table.checked_add(index * size)?).ok())
        .filter(|header| number(start, *header, 4) == Some(PT_INTERP))
        .find_map(|header| {
            let offset = usize::try_from(number(start, header.checked_add(8)?, 8)?).ok()?;
            let name = start.get(offset..)?.split(|byte| *byte == 0).next()?;
            Some(name.to_owned())
        })
}

fn number(bytes: &[u8], offset: usize, length: usize) -> Option<u64> {
    let field = bytes.get(offset..offset.checked_add(length)?)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_interpreter_of_a_script_is_its_first_word() {
        let named = |text: &[u8]| named_in_script(text);
        assert_eq!(named(b"#! /bin/sh -e\nx"), Some(b"/bin/sh".to_vec()));
        assert_eq!(named(b"#!/bin/sh\r\n"), Some(b"/bin/sh\r".to_vec()));
        assert_eq!(named(b"#!"), None);
        assert_eq!(named(b"plain"), None);
    }

    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    #[test]
    fn the_loader_of_this_very_program_is_found() {
        let own = std::env::current_exe().expect("known");
        let loader = interpreter(&own).expect("dynamically linked");
        assert!(loader.exists(), "{loader:?}");
    }

    proptest! {
        #[test]
        fn no_file_is_too_strange(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            named_in_elf(&bytes);
            named_in_script(&bytes);
            bytes.splice(0..0, *b"\x7fELF\x02\x01");
            named_in_elf(&bytes);
        }
    }
}
