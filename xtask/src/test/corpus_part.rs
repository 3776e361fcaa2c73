//! The part that provokes what programs die of, and looks whether that is what is found.

use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log};
use crate::test::Context;
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;

/// What compiles and runs the programs, and Debian's package that brings it; more of them
/// are installed for other parts. A case whose language is missing is left out, and told.
pub(crate) const PACKAGES: [(&str, &str); 5] = [
    ("gcc", "gcc"),
    ("g++", "g++"),
    ("javac", "openjdk-17-jdk-headless"),
    ("perl", "perl"),
    ("openssl", "openssl"),
];

const TESTS_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Runs all cases that can run here.
pub(crate) fn run(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::skipped("its programs are Linux's"));
    }
    let mut test: Command = context.workspace.cargo();
    test.args(["test", "--locked", "--package", "outlast-cli"]);
    test.args([
        "--test",
        "causes_are_found",
        "--",
        "--ignored",
        "--nocapture",
    ]);
    process::run(&mut test, log, TESTS_LIMIT)?;
    let bytes = log.bytes();
    let told = String::from_utf8_lossy(&bytes);
    let figures = told.lines().find(|line| line.contains(" cases: "));
    Ok(Outcome::Passed {
        note: figures.map_or_else(|| count_tests(&told), str::to_owned),
    })
}
