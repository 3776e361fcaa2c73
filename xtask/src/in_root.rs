//! `cargo xtask in-root`: what cargo calls instead of a test program that changes `/etc`.
//!
//! The program sees another root directory, a fresh `/run` and `/tmp`, and no process but its own; whatever it leaves
//! running is killed with it.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::error::Error;
use crate::process;

const LIMIT: Duration = Duration::from_secs(8 * 60);

/// A program to run in another root directory.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory.
    #[arg(long)]
    root: PathBuf,
    /// The program and its arguments.
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    program: Vec<OsString>,
}

/// Process 1 of the namespace is this shell: it waits for orphans too, which OpenRC and start-stop-daemon rely on.
const INSIDE: &str = r#"
root=$1
shift
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind /dev "$root/dev"
OUTLAST_TEST_ROOT=1 chroot "$root" /test-program "$@"
exit $?
"#;

/// Runs the program with the standard streams of this process, and ends with its exit code.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let (program, rest) = arguments
        .program
        .split_first()
        .expect("clap requires one at least");
    let copy = arguments.root.join("test-program");
    fs::copy(program, &copy).map_err(|source| Error::File {
        attempt: "copy the test program to",
        path: copy,
        source,
    })?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child"]);
    command.args(["sh", "-c", INSIDE, "sh"]);
    command.arg(&arguments.root).args(rest);
    let status = process::wait(&mut command, LIMIT)?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
