//! The part in which a guardian's network comes and goes: in namespaces of their own.

use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log, is_installed, output_of};
use crate::test::Context;
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;

/// What makes namespaces, cables and routes, and Debian's package that has it.
pub(crate) const PACKAGES: [(&str, &str); 1] = [("ip", "iproute2")];

const TESTS_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Runs the tests that have a network of their own.
pub(crate) fn run(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::skipped("network namespaces are Linux' own"));
    }
    if !is_installed("ip") {
        return Ok(Outcome::skipped("iproute2 is not here"));
    }
    if output_of(Command::new("id").arg("-u")).as_deref() != Some("0") {
        return Ok(Outcome::skipped("not root"));
    }
    let mut test = context.workspace.cargo();
    test.args(["test", "--locked", "--package", "outlast-cli"]);
    test.args(["--test", "network_comes_and_goes", "--", "--ignored"]);
    process::run(&mut test, log, TESTS_LIMIT)?;
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}
