//! Running a tool of a native manager, for managers without an API.

use std::time::Duration;

use outlast_os::process::run_tool;

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
    let attempt = || format!("run {tool}");
    let ended =
        run_tool(&tool.program, &tool.arguments, PATIENCE).map_err(|source| {
            match source.kind() {
                std::io::ErrorKind::TimedOut => Error::TimedOut {
                    attempt: attempt(),
                    patience: PATIENCE,
                },
                _ => Error::system(attempt(), source),
            }
        })?;
    if ended.is_success {
        return Ok(ended.stdout);
    }
    let told = if ended.stderr.trim().is_empty() {
        ended.stdout
    } else {
        ended.stderr
    };
    Err(Error::Refused {
        attempt: attempt(),
        reason: match told.trim() {
            "" => "it failed without a word".to_owned(),
            told => told.to_owned(),
        },
    })
}
