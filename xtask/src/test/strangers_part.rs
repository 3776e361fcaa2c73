//! The part about programs that know nothing of Outlast and tell how they are all the same: daemons of Debian, and
//! programs that are written with Go's and Python's libraries for systemd.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log, is_installed};
use crate::test::Context;
use crate::test::example_parts::{GoExample, programs_dir};
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;

/// Go's library, as source: Debian has no other.
const GO_LIBRARY: &str = "/usr/share/gocode/src/github.com/coreos/go-systemd/daemon/sdnotify.go";
const GO_LIBRARY_PACKAGE: &str = "golang-github-coreos-go-systemd-dev";

/// What is written with it.
pub(crate) const GO_PROGRAM: GoExample = GoExample {
    folder: "crates/cli/tests/strangers/go-systemd",
    source: ".",
    name: "go-systemd",
};

const TESTS_LIMIT: Duration = Duration::from_secs(5 * 60);

/// Packages of Debian that bring what is missing here.
pub(crate) fn missing_packages() -> Vec<&'static str> {
    let found = [
        (is_installed("redis-server"), "redis-server"),
        (has_postgresql(), "postgresql"),
        (has_go_library(), GO_LIBRARY_PACKAGE),
        (has_module("systemd/daemon.py"), "python3-systemd"),
        (has_module("sdnotify/__init__.py"), "python3-sdnotify"),
    ];
    let missing = found.into_iter().filter(|(is_here, _)| !is_here);
    missing.map(|(_, package)| package).collect()
}

/// Whether [`GO_PROGRAM`] can be compiled.
pub(crate) fn has_go_library() -> bool {
    Path::new(GO_LIBRARY).exists()
}

/// Of Debian's Python.
fn has_module(path: &str) -> bool {
    Path::new("/usr/lib/python3/dist-packages")
        .join(path)
        .exists()
}

/// Its server is in no folder of `PATH`.
fn has_postgresql() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let mut versions = versions.into_iter().flatten().flatten();
    versions.any(|version| version.path().join("bin/postgres").exists())
}

/// Guards them.
pub(crate) fn run(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::skipped("they are Linux's"));
    }
    let missing = missing_packages();
    if !missing.is_empty() {
        return Ok(Outcome::skipped(format!(
            "missing here, as Debian's packages: {}",
            missing.join(" ")
        )));
    }
    if !programs_dir(context).join(GO_PROGRAM.name).exists() {
        return Ok(Outcome::skipped(
            "the program in Go is not built; the part go-examples does that",
        ));
    }
    let mut test: Command = context.workspace.cargo();
    test.args(["test", "--locked", "--package", "outlast-cli"]);
    test.args(["--test", "strangers_run_unchanged", "--", "--ignored"]);
    test.env("OUTLAST_TEST_PROGRAMS", programs_dir(context));
    process::run(&mut test, log, TESTS_LIMIT)?;
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}
