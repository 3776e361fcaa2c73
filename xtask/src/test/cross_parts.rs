//! The parts for other systems: what another toolchain builds, and what Wine runs.

use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::error::Error;
use crate::process::{self, Log, is_installed};
use crate::test::Context;
use crate::test::example_parts::programs_dir;
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;
use crate::toolchain::{CrossToolchain, Target, deny_warnings};
use crate::wine::{self, Prefix};

const DARWIN: Target = Target {
    triple: "aarch64-apple-darwin",
    dirname: "darwin",
};
const FREEBSD: Target = Target {
    triple: "x86_64-unknown-freebsd",
    dirname: "freebsd",
};
const WINDOWS: Target = Target {
    triple: "x86_64-pc-windows-gnu",
    dirname: "windows",
};

const BUILD_LIMIT: Duration = Duration::from_secs(25 * 60);
const WINDOWS_TESTS_LIMIT: Duration = Duration::from_secs(30 * 60);

/// For one test binary under Wine, so that one that hangs costs this much and the others still run.
const TEST_BINARY_LIMIT: Duration = Duration::from_secs(8 * 60);

/// Type-checks everything for macOS.
pub(crate) fn darwin(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    check(context, log, &DARWIN)
}

/// Type-checks everything for FreeBSD.
pub(crate) fn freebsd(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    check(context, log, &FREEBSD)
}

/// Compiles the programs and the tests for Windows.
pub(crate) fn windows_build(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    let Some(toolchain) = CrossToolchain::find() else {
        return Ok(no_toolchain());
    };
    if !is_installed(wine::COMPILER) {
        return Ok(Outcome::skipped(format!(
            "there is no {} to link with",
            wine::COMPILER
        )));
    }
    let mut programs = windows_programs(&toolchain, context);
    process::run(deny_warnings(&mut programs), log, BUILD_LIMIT)?;
    let mut tests = windows_test(&toolchain, context);
    tests.arg("--no-run");
    process::run(deny_warnings(&mut tests), log, BUILD_LIMIT)?;
    Ok(Outcome::passed())
}

/// Runs the Windows tests under Wine.
pub(crate) fn windows_tests(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if cfg!(windows) {
        return Ok(Outcome::skipped("this is Windows: `tests` has run them"));
    }
    let Some(toolchain) = CrossToolchain::find() else {
        return Ok(no_toolchain());
    };
    if !is_installed(wine::COMPILER) || !wine::is_wine_installed() {
        return Ok(Outcome::skipped(format!(
            "it takes {} and wine",
            wine::COMPILER
        )));
    }
    // Done already unless this part was chosen alone.
    let mut programs = windows_programs(&toolchain, context);
    process::run(&mut programs, log, BUILD_LIMIT)?;
    let prefix = Prefix::prepare(context.workspace, "wine", log)?;
    let mut test = windows_test(&toolchain, context);
    test.args([
        "--no-fail-fast",
        "--config",
        &runner_setting(context, &prefix),
    ]);
    let result = process::run(&mut test, log, WINDOWS_TESTS_LIMIT);
    prefix.end_all();
    result?;
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}

/// Drives a Windows under Wine from outside, through reboots.
pub(crate) fn windows_reboot(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if cfg!(windows) {
        return Ok(Outcome::skipped(
            "a test cannot reboot the Windows that it runs on",
        ));
    }
    let Some(toolchain) = CrossToolchain::find() else {
        return Ok(no_toolchain());
    };
    if !is_installed(wine::COMPILER) || !wine::is_wine_installed() || !is_installed("go") {
        return Ok(Outcome::skipped(format!(
            "it takes {}, wine and go",
            wine::COMPILER
        )));
    }
    // Done already unless this part was chosen alone.
    let mut programs = windows_programs(&toolchain, context);
    process::run(&mut programs, log, BUILD_LIMIT)?;
    let prefix = Prefix::prepare(context.workspace, "wine-reboot", log)?;
    let mut test = context.workspace.cargo();
    test.args(["test", "--locked", "--package", "outlast-cli"]);
    test.args(["--test", "windows_*", "--no-fail-fast", "--", "--ignored"]);
    let built = WINDOWS.dir(context.workspace).join(WINDOWS.triple);
    test.env("OUTLAST_TEST_WINE", prefix.dir());
    test.env("OUTLAST_TEST_WINDOWS_PROGRAMS", built.join("debug"));
    test.env("OUTLAST_TEST_PROGRAMS", programs_dir(context));
    let result = process::run(&mut test, log, WINDOWS_TESTS_LIMIT);
    prefix.end_all();
    result?;
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}

/// xtask's own tests are about this machine.
const WITHOUT_XTASK: [&str; 2] = ["--exclude", "xtask"];

fn check(context: &Context<'_>, log: &Log, target: &Target) -> Result<Outcome, Error> {
    let Some(toolchain) = CrossToolchain::find() else {
        return Ok(no_toolchain());
    };
    let mut command = toolchain.cargo(context.workspace, target, "check");
    command.arg("--all-targets");
    process::run(deny_warnings(&mut command), log, BUILD_LIMIT)?;
    Ok(Outcome::passed())
}

/// Builds what tests start as processes of their own; `cargo test --tests` would build only some of it.
fn windows_programs(toolchain: &CrossToolchain, context: &Context<'_>) -> Command {
    let mut command = toolchain.cargo(context.workspace, &WINDOWS, "build");
    command.args(WITHOUT_XTASK).args(["--bins", "--examples"]);
    command
}

/// `cargo test` without documentation tests: `--tests` means everything with a test harness.
fn windows_test(toolchain: &CrossToolchain, context: &Context<'_>) -> Command {
    let mut command = toolchain.cargo(context.workspace, &WINDOWS, "test");
    command.args(WITHOUT_XTASK).arg("--tests");
    command
}

/// Tells cargo to run test programs with `xtask wine-run`. An array, as a path may have spaces; JSON's is TOML's.
fn runner_setting(context: &Context<'_>, prefix: &Prefix) -> String {
    let limit = TEST_BINARY_LIMIT.as_secs().to_string();
    let runner = json!([
        context.xtask,
        "wine-run",
        "--limit",
        limit,
        "--prefix",
        prefix.dir(),
        "--"
    ]);
    format!("target.{}.runner={runner}", WINDOWS.triple)
}

fn no_toolchain() -> Outcome {
    Outcome::skipped(
        "no toolchain here has the source of its standard library; `rustup component add rust-src` brings it",
    )
}
