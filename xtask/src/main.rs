//! Outlast's automation: `cargo xtask test`, `tidy`, `fuzz` and `bench`.
//!
//! Everything a developer or CI runs lives here, so that both run the same thing. Start reading at
//! [`test`] (the parts and how they are scheduled) or [`tidy`] (the invariants that no compiler checks).

mod bench;
mod debian;
mod debian_base;
mod error;
mod fuzz;
mod in_root;
mod process;
mod test;
mod tidy;
mod toolchain;
mod wine;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::{Error, error_chain};
use crate::workspace::Workspace;

/// Outlast's automation.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run every check and every test; install what they need where that is possible.
    Test(test::Arguments),
    /// Check the invariants of the source tree that the compiler does not.
    Tidy,
    /// Give foreign bytes to every parser of them.
    Fuzz(fuzz::Arguments),
    /// Measure the release binary.
    Bench(bench::Arguments),
    /// Run one program in another root directory; cargo calls this.
    #[command(hide = true)]
    InRoot(in_root::Arguments),
    /// Run one Windows program under Wine; cargo calls this.
    #[command(hide = true)]
    WineRun(wine::runner::Arguments),
}

fn main() -> ExitCode {
    let workspace = Workspace::find();
    match run(Arguments::parse().verb, &workspace) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", error_chain(&error));
            ExitCode::from(2)
        }
    }
}

fn run(verb: Verb, workspace: &Workspace) -> Result<ExitCode, Error> {
    match verb {
        Verb::Test(arguments) => test::run(&arguments, workspace),
        Verb::Tidy => tidy::run(workspace),
        Verb::Fuzz(arguments) => fuzz::run(&arguments, workspace),
        Verb::Bench(arguments) => bench::run(&arguments, workspace),
        Verb::InRoot(arguments) => in_root::run(&arguments),
        Verb::WineRun(arguments) => wine::runner::run(&arguments),
    }
}
