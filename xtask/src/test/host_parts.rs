//! The parts that use this machine's own compiler.

use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::fuzz;
use crate::process::{self, Log, output_of};
use crate::test::Context;
use crate::test::outcome::Outcome;
use crate::tidy;

/// What tests of this machine run, and Debian's package that brings it. They say so where it is missing.
pub(crate) const PACKAGES: [(&str, &str); 1] = [("curl", "curl")];

const CHECK_LIMIT: Duration = Duration::from_secs(15 * 60);
const BUILD_LIMIT: Duration = Duration::from_secs(20 * 60);
const TESTS_LIMIT: Duration = Duration::from_secs(30 * 60);

/// `cargo fmt --check`, of the fuzz targets too.
pub(crate) fn fmt(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if let Some(skipped) = without_component(context, "fmt", "rustfmt") {
        return Ok(skipped);
    }
    process::run(
        context.workspace.cargo().args(["fmt", "--all", "--check"]),
        log,
        CHECK_LIMIT,
    )?;
    let mut targets = context.workspace.cargo();
    targets.args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]);
    process::run(&mut targets, log, CHECK_LIMIT)?;
    Ok(Outcome::passed())
}

/// The same as `cargo xtask tidy`.
pub(crate) fn tidy(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    let findings = tidy::check(context.workspace)?;
    for finding in &findings {
        log.line(&finding.to_string())?;
    }
    if findings.is_empty() {
        Ok(Outcome::passed())
    } else {
        Err(Error::Findings {
            count: findings.len(),
        })
    }
}

/// Every lint of the workspace's table, as an error.
pub(crate) fn clippy(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if let Some(skipped) = without_component(context, "clippy", "clippy") {
        return Ok(skipped);
    }
    let mut command = context.workspace.cargo();
    command.args([
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "--deny",
        "warnings",
    ]);
    process::run(&mut command, log, CHECK_LIMIT)?;
    Ok(Outcome::passed())
}

/// The fuzz targets, which are outside the workspace, type-check. `cargo xtask fuzz` runs them.
pub(crate) fn fuzz_targets(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    process::run(&mut fuzz::check(context.workspace), log, CHECK_LIMIT)?;
    Ok(Outcome::passed())
}

/// `cargo test --workspace`, after the programs that tests start as processes of their own.
pub(crate) fn tests(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    let mut build = context.workspace.cargo();
    build.args(["build", "--locked", "--workspace", "--bins", "--examples"]);
    process::run(&mut build, log, BUILD_LIMIT)?;
    let mut test = context.workspace.cargo();
    test.args(["test", "--locked", "--workspace", "--no-fail-fast"]);
    process::run(&mut test, log, TESTS_LIMIT)?;
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}

/// How many tests the harness's lines in `text` report, so that an empty suite does not look like a full one.
pub(crate) fn count_tests(text: &str) -> String {
    let results: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("test result: "))
        .collect();
    let sum = |word: &str| -> usize {
        results
            .iter()
            .filter_map(|result| number_before(result, word))
            .sum()
    };
    match sum("ignored") {
        0 => format!("{} tests", sum("passed")),
        ignored => format!("{} tests, {ignored} ignored", sum("passed")),
    }
}

fn number_before(result: &str, word: &str) -> Option<usize> {
    let counts = result.split(['.', ';']);
    counts
        .filter_map(|count| count.trim().strip_suffix(word)?.trim().parse().ok())
        .next()
}

fn without_component(context: &Context<'_>, verb: &str, component: &str) -> Option<Outcome> {
    let mut command: Command = context.workspace.cargo();
    match output_of(command.args([verb, "--version"])) {
        Some(_) => None,
        None => Some(Outcome::skipped(format!(
            "no {component} here; `rustup component add {component}` brings it"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::count_tests;

    #[test]
    fn adds_up_what_each_test_program_says() {
        let output = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.00s\n\
            \n\
            test result: ok. 40 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
        assert_eq!(count_tests(output), "42 tests, 3 ignored");
        assert_eq!(count_tests(""), "0 tests");
    }
}
