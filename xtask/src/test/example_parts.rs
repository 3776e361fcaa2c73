//! The parts about the programs in `examples/` that are written in other languages.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, Log, is_installed};
use crate::test::Context;
use crate::test::host_parts::count_tests;
use crate::test::outcome::Outcome;
use crate::test::strangers_part;

/// What runs each example, and Debian's package that brings it. Python is there wherever Debian is.
pub(crate) const LANGUAGES: [(&str, &str); 3] = [
    ("go", "golang-go"),
    ("node", "nodejs"),
    ("python3", "python3"),
];

/// A program in Go.
pub(crate) struct GoExample {
    /// Its folder in the repository.
    pub(crate) folder: &'static str,
    /// What is compiled there.
    pub(crate) source: &'static str,
    /// The program.
    pub(crate) name: &'static str,
}

const GO_EXAMPLES: [GoExample; 2] = [
    GoExample {
        folder: "examples/go-http",
        source: ".",
        name: "go-http",
    },
    GoExample {
        folder: "examples/heartbeat",
        source: "heartbeat.go",
        name: "heartbeat",
    },
];

/// What Node and a shell say how they are with, and Debian's package that brings it.
const NOTIFY: (&str, &str) = ("systemd-notify", "systemd");

/// Go compiles its standard library first, for two systems.
const GO_LIMIT: Duration = Duration::from_secs(15 * 60);
const TESTS_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Builds the Go programs for Linux and for Windows, into [`programs_dir`].
pub(crate) fn go_build(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if !is_installed("go") {
        return Ok(no_language("go", "golang-go"));
    }
    let dir = programs_dir(context);
    fs::create_dir_all(&dir).map_err(|source| Error::File {
        attempt: "create",
        path: dir.clone(),
        source,
    })?;
    for example in &GO_EXAMPLES {
        let vet = &mut go(context, example, &["vet", example.source]);
        process::run(vet, log, GO_LIMIT)?;
        build(context, example, ("linux", ""), log)?;
        build(context, example, ("windows", ".exe"), log)?;
    }
    if strangers_part::has_go_library() {
        build(context, &strangers_part::GO_PROGRAM, ("linux", ""), log)?;
    }
    Ok(Outcome::passed())
}

/// Guards the Go, the Python, the Node and the shell programs on this machine.
pub(crate) fn run(context: &Context<'_>, log: &Log) -> Result<Outcome, Error> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::skipped("the Go example is built for Linux"));
    }
    if let Some((program, package)) = LANGUAGES
        .into_iter()
        .chain([NOTIFY])
        .find(|(program, _)| !is_installed(program))
    {
        return Ok(no_language(program, package));
    }
    let mut test = context.workspace.cargo();
    test.args(["test", "--locked", "--package", "outlast-cli"]);
    test.args(["--test", "examples_guarded", "--", "--ignored"]);
    test.env("OUTLAST_TEST_PROGRAMS", programs_dir(context));
    process::run(&mut test, log, TESTS_LIMIT)?;
    Ok(Outcome::Passed {
        note: count_tests(&String::from_utf8_lossy(&log.bytes())),
    })
}

/// Where the examples that have to be compiled are found afterwards.
pub(crate) fn programs_dir(context: &Context<'_>) -> PathBuf {
    context.workspace.target_dir().join("examples")
}

/// Builds for a system, as Go calls it, whose programs have this extension.
fn build(
    context: &Context<'_>,
    example: &GoExample,
    (system, extension): (&str, &str),
    log: &Log,
) -> Result<(), Error> {
    let mut command = go(context, example, &["build", "-trimpath", "-o"]);
    let program = format!("{}{extension}", example.name);
    command.arg(programs_dir(context).join(program));
    command.arg(example.source);
    command.env("GOOS", system);
    process::run(&mut command, log, GO_LIMIT)
}

/// `go ARGUMENTS` on an example, at a low priority: it runs beside tests.
fn go(context: &Context<'_>, example: &GoExample, arguments: &[&str]) -> Command {
    let mut command = if cfg!(unix) {
        let mut nice = Command::new("nice");
        nice.arg("go");
        nice
    } else {
        Command::new("go")
    };
    command.args(arguments);
    command.current_dir(context.workspace.root().join(example.folder));
    // Neither a C compiler, nor another Go from the network, nor a folder outside of ours.
    command.env("CGO_ENABLED", "0").env("GOTOOLCHAIN", "local");
    command
        .env("GOFLAGS", "-mod=readonly")
        .env("GOPROXY", "off");
    command.env("GOCACHE", context.workspace.target_dir().join("go-cache"));
    command
}

fn no_language(program: &str, package: &str) -> Outcome {
    Outcome::skipped(format!(
        "there is no {program} here; Debian's package {package} brings it"
    ))
}
