//! The part in which somebody sets the wall clock, of one guardian only: by libfaketime.

use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log, is_installed};
use crate::test::Context;
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;

/// What comes with the library, and Debian's package that brings both.
pub(crate) const PACKAGES: [(&str, &str); 1] = [("faketime", "faketime")];

const TESTS_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Runs the tests that have a clock of their own.
pub(crate) fn run(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::skipped("libfaketime is used on Linux only"));
    }
    let missing = PACKAGES
        .into_iter()
        .find(|(program, _)| !is_installed(program));
    if let Some((_, package)) = missing {
        return Ok(Outcome::skipped(format!(
            "Debian's package {package} is not here"
        )));
    }
    let mut test = context.workspace.cargo();
    test.args(["test", "--locked", "--package", "outlast-cli"]);
    test.args(["--test", "clock_is_set", "--", "--ignored"]);
    process::run(&mut test, log, TESTS_LIMIT)?;
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}
