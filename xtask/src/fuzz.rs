//! `cargo xtask fuzz`: foreign bytes for every parser of them, guided by the code that they reach.
//!
//! The targets are `fuzz/fuzz_targets/*.rs`, laid out as cargo-fuzz wants them, and it can run them too. Here they are
//! built by the stable compiler with LLVM's coverage, which libFuzzer reads, and without AddressSanitizer, which takes
//! a nightly one: parsers have no unsafe code. Memory is bounded all the same, for the process as a whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::error::Error;
use crate::process::{self, describe, is_installed, output_of};
use crate::workspace::Workspace;

/// What `libfuzzer-sys` compiles libFuzzer with, unless `CXX` names another.
const COMPILER: &str = "c++";

/// What libFuzzer needs to see which code an input reaches: a counter for each edge, and the values of comparisons.
const COVERAGE: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    // One unit a crate: the counters of a function that two units have could not be linked.
    "-Ccodegen-units=1",
    // As cargo-fuzz does, for crates that ask.
    "--cfg=fuzzing",
];

/// What tests have of the same kind, by target: more to begin with than `fuzz/seeds`.
const SAMPLES: [(&str, &str); 4] = [
    ("config_file", "crates/config/tests/messages"),
    ("journal_events", "crates/journal/tests/samples/v1/events"),
    ("native_plist", "crates/native/tests/unix_services"),
    ("native_sh", "crates/native/tests/unix_services"),
];

/// Parsers are bounded; the counters, the corpus and a target's own copies of its input are in it too.
const MEMORY_LIMIT_MIB: u32 = 512;

/// One input, in seconds. The slowest parser takes a hundredth of it.
const INPUT_LIMIT_SECONDS: u32 = 10;

const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// What a run may take beside the time for inputs: to read the corpus of earlier runs, and to end.
const MARGIN: Duration = Duration::from_secs(10 * 60);

/// Which targets to run, and for how long.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run these targets only, one after the other.
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How long to run each.
    #[arg(long, default_value = "60", value_name = "N")]
    seconds: u32,
    /// Run this input only, as a run that failed has saved it.
    #[arg(long, value_name = "PATH")]
    input: Option<PathBuf>,
    /// Print the targets and end.
    #[arg(long, conflicts_with_all = ["targets", "input"])]
    list: bool,
}

/// Builds the targets and runs them, also after one has found something; the exit code tells whether one has.
pub(crate) fn run(arguments: &Arguments, workspace: &Workspace) -> Result<ExitCode, Error> {
    let known = targets(workspace)?;
    if arguments.list {
        known.iter().for_each(|name| println!("{name}"));
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = select(&known, &arguments.targets)?;
    let program_dir = build(&chosen, workspace)?;
    let mut failed = Vec::new();
    for name in chosen {
        let mut command = fuzzer(name, &program_dir, workspace);
        match &arguments.input {
            Some(path) => command.arg(path),
            None => endless(&mut command, name, arguments.seconds, workspace)?,
        };
        println!("$ {}", describe(&command));
        let limit = Duration::from_secs(arguments.seconds.into()) + MARGIN;
        if !process::wait(&mut command, limit)?.success() {
            failed.push(name);
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: something was found by {}", failed.join(", "));
    eprintln!(
        "hint: `cargo xtask fuzz TARGET --input PATH` runs the input that was saved for it once more"
    );
    Ok(ExitCode::FAILURE)
}

/// `cargo check` of the targets. It takes no libFuzzer, so it works where they cannot be built.
pub(crate) fn check(workspace: &Workspace) -> Command {
    let mut command = cargo(workspace, "check");
    command.arg("--no-default-features");
    command
}

fn targets(workspace: &Workspace) -> Result<BTreeSet<String>, Error> {
    let dir = workspace.root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&dir).map_err(|source| Error::File {
        attempt: "list",
        path: dir,
        source,
    })?;
    let paths = entries.flatten().map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect())
}

fn select<'a>(known: &'a BTreeSet<String>, wanted: &[String]) -> Result<Vec<&'a str>, Error> {
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(*name)) {
        return Err(Error::UnknownTarget {
            name: unknown.clone(),
            known: known.iter().cloned().collect::<Vec<_>>().join(", "),
        });
    }
    Ok(known
        .iter()
        .filter(|name| wanted.is_empty() || wanted.contains(name))
        .map(String::as_str)
        .collect())
}

/// Builds the targets and returns the directory that they are in then.
fn build(names: &[&str], workspace: &Workspace) -> Result<PathBuf, Error> {
    if std::env::var_os("CXX").is_none() && !is_installed(COMPILER) {
        return Err(Error::Missing {
            program: COMPILER,
            why: "to compile libFuzzer, which is C++",
            package: "g++",
        });
    }
    let triple = host_triple()?;
    let mut command = cargo(workspace, "build");
    // With a target named, build scripts and macros are compiled without RUSTFLAGS.
    command.args(["--release", "--target", &triple]);
    command.env("RUSTFLAGS", COVERAGE.join(" "));
    for name in names {
        command.args(["--bin", name]);
    }
    let status = process::wait(&mut command, BUILD_LIMIT)?;
    if status.success() {
        return Ok(target_dir(workspace).join(triple).join("release"));
    }
    Err(Error::Status {
        program: describe(&command),
        status,
    })
}

fn host_triple() -> Result<String, Error> {
    let mut command = Command::new("rustc");
    let version = output_of(command.arg("-vV")).unwrap_or_default();
    let triple = version.lines().find_map(|line| line.strip_prefix("host: "));
    triple.map(str::to_owned).ok_or(Error::Missing {
        program: "rustc",
        why: "to learn what it compiles for",
        package: "rustup",
    })
}

/// The targets are a workspace of their own, with a target directory of its own.
fn cargo(workspace: &Workspace, verb: &str) -> Command {
    let mut command = workspace.cargo();
    command.args([verb, "--locked", "--manifest-path", "fuzz/Cargo.toml"]);
    command.env("CARGO_TARGET_DIR", target_dir(workspace));
    command
}

fn target_dir(workspace: &Workspace) -> PathBuf {
    workspace.target_dir().join("fuzz")
}

/// The program of a target, with its bounds. What it finds is saved beside what is built.
fn fuzzer(name: &str, program_dir: &Path, workspace: &Workspace) -> Command {
    let mut command = Command::new(program_dir.join(name));
    command.current_dir(workspace.root());
    command.arg(format!("-rss_limit_mb={MEMORY_LIMIT_MIB}"));
    command.arg(format!("-timeout={INPUT_LIMIT_SECONDS}"));
    let saved_dir = target_dir(workspace).join("found").join(name);
    // A last slash: without it, it would be the beginning of a file's name.
    command.arg(format!("-artifact_prefix={}/", saved_dir.display()));
    command
}

/// Has the target run until its time is over: from what earlier runs reached, and from the seeds that are in the
/// repository.
fn endless<'a>(
    command: &'a mut Command,
    name: &str,
    seconds: u32,
    workspace: &Workspace,
) -> Result<&'a mut Command, Error> {
    let reached_dir = target_dir(workspace).join("reached").join(name);
    let saved_dir = target_dir(workspace).join("found").join(name);
    for dir in [&reached_dir, &saved_dir] {
        fs::create_dir_all(dir).map_err(|source| Error::File {
            attempt: "create",
            path: dir.clone(),
            source,
        })?;
    }
    let seeds_dir = workspace.root().join("fuzz/seeds").join(name);
    command.arg(format!("-max_total_time={seconds}"));
    // The figures at the end, and not a line for each input that reaches more.
    command.args(["-print_final_stats=1", "-verbosity=0"]);
    // Only the first is written to.
    command.arg(reached_dir);
    command.args(seeds_dir.is_dir().then_some(seeds_dir));
    let samples = SAMPLES.iter().filter(|(target, _)| *target == name);
    command.args(samples.map(|(_, dir)| workspace.root().join(dir)));
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_its_entry_in_the_manifest() {
        let workspace = Workspace::find();
        let path = workspace.root().join("fuzz/Cargo.toml");
        let manifest = fs::read_to_string(path).expect("it is there");
        let listed: BTreeSet<String> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/"))
            .filter_map(|rest| rest.strip_suffix(".rs\""))
            .map(str::to_owned)
            .collect();
        assert_eq!(listed, targets(&workspace).expect("they can be listed"));
    }

    #[test]
    fn seeds_belong_to_targets() {
        let workspace = Workspace::find();
        let known = targets(&workspace).expect("they can be listed");
        let seeds = fs::read_dir(workspace.root().join("fuzz/seeds")).expect("there are some");
        for entry in seeds {
            let name = entry.expect("it can be listed").file_name();
            assert!(known.contains(&*name.to_string_lossy()), "{name:?}");
        }
        for (name, dir) in SAMPLES {
            assert!(known.contains(name), "{name}");
            assert!(workspace.root().join(dir).is_dir(), "{dir}");
        }
    }

    #[test]
    fn a_target_that_is_not_there_is_an_error() {
        let known = BTreeSet::from(["a".to_owned(), "b".to_owned()]);
        assert_eq!(select(&known, &[]).expect("all"), ["a", "b"]);
        assert_eq!(select(&known, &["b".to_owned()]).expect("one"), ["b"]);
        assert!(select(&known, &["c".to_owned()]).is_err());
    }
}
