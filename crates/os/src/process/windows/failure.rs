//! Why a start failed, in words.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_BAD_EXE_FORMAT, ERROR_COMMITMENT_LIMIT, ERROR_DIRECTORY,
    ERROR_ELEVATION_REQUIRED, ERROR_EXE_MACHINE_TYPE_MISMATCH, ERROR_FILE_NOT_FOUND,
    ERROR_NOT_ENOUGH_MEMORY, ERROR_PATH_NOT_FOUND, ERROR_PRIVILEGE_NOT_HELD, ERROR_VIRUS_INFECTED,
    WIN32_ERROR,
};

use super::super::Spawn;

fn failure(step: StartStep, subject: &Path, error: &io::Error, message: String) -> StartFailure {
    StartFailure {
        step,
        subject: subject.to_owned(),
        os_error: error.raw_os_error(),
        message,
    }
}

pub(super) fn variable(spawn: &Spawn<'_>, name: &OsStr) -> StartFailure {
    StartFailure {
        step: StartStep::Prepare,
        subject: spawn.program.to_owned(),
        os_error: None,
        message: format!(
            "the variable {:?} cannot be in an environment: a name is not empty and has no '=', \
             and neither name nor value has a zero character",
            name.to_string_lossy()
        ),
    }
}

pub(super) fn streams(spawn: &Spawn<'_>, error: &io::Error) -> StartFailure {
    let message = format!("cannot prepare the standard streams of the new process: {error}");
    failure(StartStep::Prepare, spawn.program, error, message)
}

pub(super) fn attributes(spawn: &Spawn<'_>, error: &io::Error) -> StartFailure {
    let message = format!("cannot put the new process into its job: {error}");
    failure(StartStep::Prepare, spawn.program, error, message)
}

/// It would have more rights than it shall have.
pub(super) fn capabilities(spawn: &Spawn<'_>) -> StartFailure {
    StartFailure {
        step: StartStep::ChangeUser,
        subject: spawn.program.to_owned(),
        os_error: None,
        message: "cannot reduce the rights to `capabilities`: only Linux has such rights; \
                  name a `user` that may do less"
            .to_owned(),
    }
}

/// The job could not be made.
pub(crate) fn job(spawn: &Spawn<'_>, error: &io::Error) -> StartFailure {
    let message = format!("cannot make a job object: {error}");
    failure(StartStep::Prepare, spawn.program, error, message)
}

pub(super) fn image(spawn: &Spawn<'_>, error: &io::Error) -> StartFailure {
    let message = format!("cannot start {}: {error}", spawn.program.display());
    failure(StartStep::Execute, spawn.program, error, message)
}

pub(super) fn dir(spawn: &Spawn<'_>, error: &io::Error) -> StartFailure {
    let shown = spawn.dir.display();
    let message = if !spawn.dir.exists() {
        format!("the folder {shown} does not exist")
    } else if !spawn.dir.is_dir() {
        format!("{shown} is not a folder")
    } else {
        format!(
            "{shown} cannot be a working folder: {error} (Windows allows 258 characters, and \
             programs need the right to enter it)"
        )
    };
    failure(StartStep::EnterDir, spawn.dir, error, message)
}

/// What `CreateProcessW` meant. It gives one error for several causes, so the
/// files are looked at again.
pub(super) fn explain(spawn: &Spawn<'_>, error: &io::Error) -> StartFailure {
    let code = error.raw_os_error().map_or(0, |code| code as WIN32_ERROR);
    if code == ERROR_DIRECTORY || !spawn.dir.is_dir() {
        return dir(spawn, error);
    }
    let program = spawn.program;
    let (step, message) = match code {
        ERROR_NOT_ENOUGH_MEMORY | ERROR_COMMITMENT_LIMIT => (
            StartStep::Fork,
            format!("cannot make a process: {error} The machine is out of memory"),
        ),
        ERROR_PRIVILEGE_NOT_HELD => (
            StartStep::ChangeUser,
            format!("{} may not be given to a program: {error}", whoever(spawn)),
        ),
        _ => (StartStep::Execute, execute(spawn, code, error)),
    };
    failure(step, program, error, message)
}

fn whoever(spawn: &Spawn<'_>) -> String {
    spawn.logon.map_or_else(
        || "the guardian's user".to_owned(),
        |logon| format!("the account {:?}", logon.account().name()),
    )
}

fn execute(spawn: &Spawn<'_>, code: WIN32_ERROR, error: &io::Error) -> String {
    let program = spawn.program;
    let shown = program.display();
    match code {
        ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND if !program.exists() => {
            format!("{shown} does not exist")
        }
        ERROR_ACCESS_DENIED if program.is_dir() => format!("{shown} is a folder, not a program"),
        ERROR_ACCESS_DENIED => format!(
            "{} may not execute {shown}: its permissions, a policy or a virus scanner forbids it",
            whoever(spawn)
        ),
        ERROR_BAD_EXE_FORMAT | ERROR_EXE_MACHINE_TYPE_MISMATCH => {
            format!("{shown} is not a program for this machine: {error}")
        }
        ERROR_ELEVATION_REQUIRED => format!(
            "{shown} asks for administrator rights, which a guardian without them cannot give; \
             run the guardian as administrator or as a native service"
        ),
        ERROR_VIRUS_INFECTED => format!("a virus scanner forbids executing {shown}: {error}"),
        _ => format!("cannot execute {shown}: {error}"),
    }
}
