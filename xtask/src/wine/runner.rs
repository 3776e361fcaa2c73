//! `cargo xtask wine-run`: what cargo calls instead of the test program itself.
//!
//! Each program gets a freshly started Windows, and none is left over when it ends: a survivor of one test binary
//! cannot disturb the next. A program that hangs is ended by its time limit.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::error::Error;
use crate::process;
use crate::wine::Prefix;

/// What `timeout` of coreutils says, so that a reader may recognise it.
const TIMED_OUT: u8 = 124;

/// A program to run under Wine.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The Wine prefix to run it in.
    #[arg(long)]
    prefix: PathBuf,
    /// End it, and all that it started, after this many seconds.
    #[arg(long)]
    limit: u64,
    /// The Windows program and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

/// Runs the program with the standard streams of this process, and ends with its exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let prefix = Prefix::at(arguments.prefix.clone());
    let mut command = prefix.command("wine");
    command.args(&arguments.program);
    let ended = process::wait(&mut command, Duration::from_secs(arguments.limit));
    prefix.end_all();
    match ended {
        // Windows has 32 bits of exit code, of which Wine gives Unix the last eight: enough for "not zero".
        Ok(status) => Ok(status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .map_or(ExitCode::FAILURE, ExitCode::from)),
        Err(error @ Error::TimedOut { .. }) => {
            eprintln!("error: {error}");
            Ok(ExitCode::from(TIMED_OUT))
        }
        Err(error) => Err(error),
    }
}
