//! `cargo xtask bench`: measures the release binary, beside its peers where the script for that is at hand.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use clap::ValueEnum;

use crate::error::Error;
use crate::process::{self, describe};
use crate::workspace::Workspace;

const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);
const BENCH_LIMIT: Duration = Duration::from_secs(60 * 60);

/// What to measure, and with what.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The figure of interest.
    #[arg(default_value = "all")]
    figure: Figure,
    /// The script that measures Outlast and other supervisors in one run; without it `cargo bench` runs.
    #[arg(long, env = "OUTLAST_PEERS", value_name = "PATH")]
    peers: Option<PathBuf>,
    /// More arguments for the script or for the benches.
    #[arg(last = true)]
    more: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Figure {
    /// From a crash to the service's next first instruction.
    Restart,
    /// PSS of all that is not the service.
    Memory,
    /// From the supervisor's start to the last service's first instruction.
    Start,
    /// What the supervisor burns while nothing happens.
    Idle,
    /// Throughput and CPU of captured output.
    Logs,
    /// All of them, one after another.
    All,
}

impl Figure {
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Restart => &["restart"],
            Self::Memory => &["memory"],
            Self::Start => &["start"],
            Self::Idle => &["idle"],
            Self::Logs => &["logs"],
            Self::All => &["restart", "memory", "start", "idle", "logs"],
        }
    }
}

/// Builds the release binary and measures it; all figures are tried, also after one has failed.
pub(crate) fn run(arguments: &Arguments, workspace: &Workspace) -> Result<ExitCode, Error> {
    let mut code = ExitCode::SUCCESS;
    let mut commands = match &arguments.peers {
        Some(peers) => {
            build_release(workspace)?;
            arguments
                .figure
                .names()
                .iter()
                .map(|figure| peers_command(workspace, peers, figure))
                .collect()
        }
        None => vec![bench_command(workspace, arguments.figure)],
    };
    for command in &mut commands {
        println!("$ {}", describe(command.args(&arguments.more)));
        if !process::wait(command, BENCH_LIMIT)?.success() {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

fn build_release(workspace: &Workspace) -> Result<(), Error> {
    let mut command = workspace.cargo();
    command.args(["build", "--locked", "--release", "--package", "outlast-cli"]);
    let status = process::wait(&mut command, BUILD_LIMIT)?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Status {
            program: describe(&command),
            status,
        })
    }
}

fn peers_command(workspace: &Workspace, peers: &PathBuf, figure: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(peers).arg(figure);
    command.env("OUTLAST", workspace.target_dir().join("release/outlast"));
    command
}

/// A bench is named after the figure it gives.
fn bench_command(workspace: &Workspace, figure: Figure) -> Command {
    let mut command = workspace.cargo();
    command.args(["bench", "--locked", "--workspace"]);
    match figure.names() {
        [name] => command.args(["--bench", name]),
        _ => command.arg("--benches"),
    };
    command.arg("--");
    command
}
