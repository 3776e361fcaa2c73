//! Running a tool of a native manager, for managers without an API.

use std::io::ErrorKind;
use std::time::Duration;

use outlast_os::process::{ToolEnded, run_tool};

use crate::manager::Error;
use crate::step::Tool;

/// A tool that takes longer does not answer. systemd's and OpenRC's own bounds
/// for a job are 90 s and 60 s.
pub(crate) const PATIENCE: Duration = Duration::from_secs(100);

/// Runs `tool` with nothing on its standard input and gives its standard
/// output. Blocks.
///
/// # Errors
/// When it cannot be run, does not end in time, or ends with another code than
/// 0: with what it printed.
pub(crate) fn run(tool: &Tool) -> Result<String, Error> {
    let ended = ask(tool, PATIENCE)?;
    if ended.is_success {
        return Ok(ended.stdout);
    }
    let told = if ended.stderr.trim().is_empty() {
        ended.stdout
    } else {
        ended.stderr
    };
    Err(Error::Refused {
        attempt: attempt(tool),
        reason: match told.trim() {
            "" => "it failed without a word".to_owned(),
            told => told.to_owned(),
        },
    })
}

/// Runs `tool` for `patience` at the most and tells how it ended, for tools that
/// answer by their exit code. Blocks.
///
/// # Errors
/// When it cannot be run or does not end in time.
pub(crate) fn ask(tool: &Tool, patience: Duration) -> Result<ToolEnded, Error> {
    run_tool(&tool.program, &tool.arguments, patience).map_err(|source| match source.kind() {
        ErrorKind::TimedOut => Error::TimedOut {
            attempt: attempt(tool),
            patience,
        },
        _ => Error::system(attempt(tool), source),
    })
}

fn attempt(tool: &Tool) -> String {
    format!("run {tool}")
}
