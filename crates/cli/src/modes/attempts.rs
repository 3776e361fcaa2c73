//! Attempts at what is forbidden, each by a process of its own: that it crashes is
//! the result, and no end of anything else.

use std::io;
use std::process::{Command, Stdio};

use outlast_os::forbidden::{self, Access};
use outlast_os::process::own_program;

use super::document::{Attempt, Outcome};
use crate::exit_code::ExitCode;

/// How such a process ends when it was refused, and when it could not try. No other
/// end of this program has these codes.
const REFUSED: u8 = 40;
const UNKNOWN: u8 = 41;

/// Attempts everything. Takes some milliseconds for each.
pub(crate) fn all() -> Vec<Attempt> {
    Access::ALL.into_iter().map(one).collect()
}

fn one(access: Access) -> Attempt {
    let (outcome, why) = outcome(access).unwrap_or_else(|error| {
        let why = format!("no process could be started for it: {error}");
        (Outcome::Unknown, Some(why))
    });
    Attempt {
        access: access.word().to_owned(),
        outcome,
        why,
    }
}

fn outcome(access: Access) -> io::Result<(Outcome, Option<String>)> {
    let output = Command::new(own_program()?)
        .args(["__measure", "--attempt", access.word()])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let said = (!said.is_empty()).then_some(said);
    let code = output
        .status
        .code()
        .and_then(|code| u8::try_from(code).ok());
    Ok(match code {
        Some(0) => (Outcome::Succeeded, None),
        Some(REFUSED) => (Outcome::Stopped, said),
        Some(UNKNOWN) => (Outcome::Unknown, said),
        _ if forbidden::is_fault(output.status) => (
            Outcome::Stopped,
            Some(format!("a fault: {}", output.status)),
        ),
        _ => (Outcome::Unknown, Some(output.status.to_string())),
    })
}

/// The part of such a process: attempts what `word` names, and ends as that went.
pub(crate) fn make(word: &str) -> ExitCode {
    let Some(access) = Access::of_word(word) else {
        return ExitCode::Program(2);
    };
    match forbidden::attempt(access) {
        Ok(()) => ExitCode::Ok,
        Err(error) => {
            let refused = error.kind() == io::ErrorKind::PermissionDenied;
            // Whoever reads it has the code if this fails.
            let _ = crate::terminal::print(&error.to_string());
            ExitCode::Program(if refused { REFUSED } else { UNKNOWN })
        }
    }
}
