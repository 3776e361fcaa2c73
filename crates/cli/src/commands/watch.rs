//! `outlast watch`: run a command, and again whenever files have changed.
//!
//! It is a guardian of that one command, with the engine's `watch`, whose state
//! directory goes with it.

use std::path::PathBuf;

use outlast_config::{Config, Watched};
use outlast_model::GuardianName;
use outlast_supervisor::ThisHost;

use super::run::{self, Told};
use crate::args::{Global, Watch};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

pub(crate) fn perform(arguments: Watch, global: &Global) -> Result<ExitCode, Failure> {
    let told = if arguments.quiet {
        Told::Troubles
    } else {
        Told::Everything
    };
    let mut config = configuration(arguments)?;
    // Two of them may run the same program.
    config.name = GuardianName::nearest(&format!("watch-{}", std::process::id()));
    let (state_dir, is_own) = match &global.state_dir {
        Some(state_dir) => {
            let state_dir = std::path::absolute(state_dir)
                .map_err(|error| Failure::of("find the state directory", &error))?;
            (state_dir, false)
        }
        None => (at_hand::own(&config.name)?, true),
    };
    let result = run::guard_command(config, state_dir.clone(), told);
    if is_own {
        // What is left is small, and the next one has another name.
        let _ = std::fs::remove_dir_all(state_dir);
    }
    result
}

fn configuration(arguments: Watch) -> Result<Config, Failure> {
    let dir =
        std::env::current_dir().map_err(|error| Failure::of("find the current folder", &error))?;
    let watched = Watched {
        paths: paths(&arguments.paths),
        ignore: arguments.ignore,
        gitignore: !arguments.no_gitignore,
        debounce: arguments.debounce,
        poll: arguments.poll,
    };
    outlast_config::ad_hoc_watching(&arguments.command, (&dir, watched), &ThisHost::facts())
        .map_err(|errors| {
            Failure::new(
                ExitCode::BadConfiguration,
                errors.render(terminal::colour_of_stderr()),
            )
        })
}

/// As the system's shell writes them; patterns have slashes everywhere.
fn paths(written: &[PathBuf]) -> Vec<String> {
    let text = |path: &PathBuf| {
        let text = path.to_string_lossy();
        match std::path::MAIN_SEPARATOR {
            '/' => text.into_owned(),
            separator => text.replace(separator, "/"),
        }
    };
    written.iter().map(text).collect()
}
