//! `cargo xtask test`: every check and every test, as parts that can be chosen by name.
//!
//! # Theory of operation
//! [`parts`] is the table: what there is, in which order, and what waits for what. [`schedule`] runs the table in two
//! lanes, one thread each: the front lane is what needs this machine's compiler and its undisturbed clock (the
//! tests), the back lane what another compiler builds, at low priority. A part answers with an [`Outcome`]; a part that
//! cannot be done here is skipped and says why, while one that fails does not keep the others from running.
//! [`report`] prints what a part printed only if the part failed.

mod clock_part;
mod container_parts;
mod corpus_part;
mod cross_parts;
mod example_parts;
mod host_parts;
mod logind_part;
mod network_part;
mod outcome;
mod parts;
mod report;
mod schedule;
mod selection;
mod strangers_part;
mod tools_part;
mod unix_parts;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::error::Error;
use crate::test::outcome::Outcome;
use crate::test::parts::PARTS;
use crate::workspace::Workspace;

/// Which parts to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run these parts only; parts that they build upon are not run but expected to be there.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// Print the parts and end.
    #[arg(long, conflicts_with = "only")]
    list: bool,
}

/// What every part may use.
pub(crate) struct Context<'a> {
    /// The repository and its target directories.
    workspace: &'a Workspace,
    /// This program, for cargo to call as a runner. Asked for before any part can replace the file.
    xtask: PathBuf,
}

/// Runs the chosen parts; the exit code tells whether all of them passed or were skipped.
pub(crate) fn run(arguments: &Arguments, workspace: &Workspace) -> Result<ExitCode, Error> {
    if arguments.list {
        report::list(PARTS);
        return Ok(ExitCode::SUCCESS);
    }
    let selected = selection::select(PARTS, &arguments.only)?;
    let source_error = |source| Error::File {
        attempt: "find the path of",
        path: "xtask".into(),
        source,
    };
    let context = Context {
        workspace,
        xtask: env::current_exe().map_err(source_error)?,
    };
    let finished = schedule::run_all(&selected, &context);
    report::summary(&finished);
    let failed = finished
        .iter()
        .any(|part| matches!(part.outcome, Outcome::Failed { .. }));
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
