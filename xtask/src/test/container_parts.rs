//! The parts that run the product under a real systemd, in containers.

use std::time::Duration;

use crate::debian;
use crate::debian_base;
use crate::error::Error;
use crate::process::{self, Log, is_installed};
use crate::test::Context;
use crate::test::example_parts::programs_dir;
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;

const RELEASE_LIMIT: Duration = Duration::from_secs(20 * 60);
const TESTS_LIMIT: Duration = Duration::from_secs(20 * 60);

/// Makes the file system that the machines of `systemd-tests` are copies of.
pub(crate) fn base(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if let Some(obstacle) = obstacle() {
        return Ok(Outcome::skipped(obstacle));
    }
    debian_base::prepare(context.workspace, log)?;
    Ok(Outcome::passed())
}

/// Builds what users get, and the library's examples in the same way.
pub(crate) fn release(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    let mut build = context.workspace.cargo();
    build.args(["build", "--locked", "--release", "--package", "outlast-cli"]);
    build.args(["--package", "outlast", "--bins", "--examples"]);
    process::run(&mut build, log, RELEASE_LIMIT)?;
    Ok(Outcome::passed())
}

/// Installs the release binary in containers, and programs with it.
pub(crate) fn tests(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if let Some(obstacle) = obstacle() {
        return Ok(Outcome::skipped(obstacle));
    }
    // Done already unless this part was chosen alone.
    let base = debian_base::prepare(context.workspace, log)?;
    release(context, log)?;
    let target_dir = context.workspace.target_dir();
    let mut test = context.workspace.cargo();
    test.args(["test", "--locked", "--package", "outlast-cli"]);
    test.args(["--test", "systemd_*", "--no-fail-fast"]);
    // Two machines at a time: more would only wait for each other.
    test.args(["--", "--ignored", "--test-threads=2"]);
    test.env("OUTLAST_TEST_CONTAINER", base);
    test.env("OUTLAST_TEST_BINARY", target_dir.join("release/outlast"));
    test.env("OUTLAST_TEST_PROGRAMS", programs_dir(context));
    process::run(&mut test, log, TESTS_LIMIT)?;
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}

/// Why no container can be booted here, or nothing when one can.
fn obstacle() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("systemd is Linux's".to_owned());
    }
    if let Some(obstacle) = debian::obstacle() {
        return Some(format!("a container cannot be made here: {obstacle}"));
    }
    debian_base::PACKAGES
        .into_iter()
        .find(|(program, _)| !is_installed(program))
        .map(|(program, package)| {
            format!("there is no {program} here; Debian's package {package} brings it")
        })
}
