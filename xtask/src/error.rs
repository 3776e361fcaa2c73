//! What can go wrong in the automation itself, and the text a reader gets.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// A step that could not be done. The cause, where there is one, is in `source()` only.
#[derive(Debug)]
pub(crate) enum Error {
    /// A program could not be started at all.
    Start { program: String, source: io::Error },
    /// A program ran and said that it failed.
    Status { program: String, status: ExitStatus },
    /// A program was still running when its time was over, and was killed.
    TimedOut { program: String, limit: Duration },
    /// A file or directory could not be used.
    File {
        attempt: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A program's output was not what it is documented to be.
    Output {
        program: String,
        source: serde_json::Error,
    },
    /// A name given to `--only` is not a part.
    UnknownPart { name: String, known: String },
    /// A name given to `fuzz` is not a target.
    UnknownTarget { name: String, known: String },
    /// A program that this machine lacks.
    Missing {
        program: &'static str,
        why: &'static str,
        package: &'static str,
    },
    /// `tidy` found something.
    Findings { count: usize },
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { program, .. } => write!(formatter, "start `{program}`; is it installed?"),
            Self::Status { program, status } => {
                write!(formatter, "`{program}` ended with {status}")
            }
            Self::TimedOut { program, limit } => {
                write!(
                    formatter,
                    "`{program}` was killed: still running after {} s",
                    limit.as_secs()
                )
            }
            Self::File { attempt, path, .. } => write!(formatter, "{attempt} {}", path.display()),
            Self::Output { program, .. } => {
                write!(formatter, "read the JSON that `{program}` printed")
            }
            Self::UnknownPart { name, known } => {
                write!(
                    formatter,
                    "there is no part `{name}`\nhint: the parts are {known}"
                )
            }
            Self::UnknownTarget { name, known } => {
                write!(
                    formatter,
                    "there is no target `{name}`\nhint: the targets are {known}"
                )
            }
            Self::Missing {
                program,
                why,
                package,
            } => {
                write!(
                    formatter,
                    "there is no `{program}` here, and it takes one {why}\nhint: install {package}"
                )
            }
            Self::Findings { count: 1 } => write!(formatter, "1 finding"),
            Self::Findings { count } => write!(formatter, "{count} findings"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start { source, .. } | Self::File { source, .. } => Some(source),
            Self::Output { source, .. } => Some(source),
            Self::Status { .. }
            | Self::TimedOut { .. }
            | Self::UnknownPart { .. }
            | Self::UnknownTarget { .. }
            | Self::Missing { .. }
            | Self::Findings { .. } => None,
        }
    }
}

/// The error and all its causes on one line: `a: b: c`.
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
