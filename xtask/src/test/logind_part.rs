//! The part in which a guardian hears a logind that does as a test says: python-dbusmock's, on a bus of its own.

use std::path::Path;
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log, is_installed};
use crate::test::Context;
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;

/// The programs, and Debian's packages that bring them.
pub(crate) const PACKAGES: [(&str, &str); 2] =
    [("dbus-daemon", "dbus-daemon"), ("gdbus", "libglib2.0-bin")];

/// Has no program.
pub(crate) const MOCK_PACKAGE: &str = "python3-dbusmock";

const BUILD_LIMIT: Duration = Duration::from_secs(10 * 60);
const TESTS_LIMIT: Duration = Duration::from_secs(10 * 60);

/// Whether Debian's Python finds the mock.
pub(crate) fn is_mock_installed() -> bool {
    Path::new("/usr/lib/python3/dist-packages/dbusmock/__main__.py").exists()
}

/// Runs the tests that have a logind of their own.
pub(crate) fn run(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if let Some(obstacle) = obstacle() {
        return Ok(Outcome::skipped(obstacle));
    }
    let guardian = ["--package", "outlast-cli"];
    let library = ["--package", "outlast", "--features", "dbus"];
    let system = ["--package", "outlast-os", "--features", "bus"];
    // The programs under test, which `--test` does not build.
    for what in [library, system] {
        let mut build = context.workspace.cargo();
        build.args(["build", "--locked", "--examples"]).args(what);
        process::run(&mut build, log, BUILD_LIMIT)?;
    }
    for what in [&guardian[..], &library, &system] {
        let mut test = context.workspace.cargo();
        test.args(["test", "--locked"]).args(what);
        test.args(["--test", "logind_*", "--no-fail-fast", "--", "--ignored"]);
        process::run(&mut test, log, TESTS_LIMIT)?;
    }
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}

fn obstacle() -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("logind is Linux's".to_owned());
    }
    let program = PACKAGES
        .into_iter()
        .find(|(program, _)| !is_installed(program));
    let missing = program.map(|(_, package)| package);
    let missing = missing.or_else(|| (!is_mock_installed()).then_some(MOCK_PACKAGE))?;
    Some(format!("Debian's package {missing} is not here"))
}
