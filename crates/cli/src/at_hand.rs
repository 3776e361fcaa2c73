//! Which guardian is meant.
//!
//! The one named by `--state-dir` or `--file`; else the one of the current
//! folder's `outlast.toml`; else the only one that runs on this machine.

use std::path::{Path, PathBuf};

use outlast_api::v1::Request;
use outlast_model::GuardianName;
use outlast_os::paths;
use outlast_supervisor::ThisHost;

use crate::args::Global;
use crate::connection;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// The file of the current folder.
pub(crate) const DEFAULT_FILE: &str = "outlast.toml";

/// Services of one guardian, as the command line named them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Addressed {
    /// Where the guardian keeps its state.
    pub(crate) state_dir: PathBuf,
    /// Which services; `None`: the guardian as a whole.
    pub(crate) services: Option<Vec<String>>,
}

/// Understands `api`, `shop/api` and `shop/`. All have to mean one guardian.
pub(crate) fn address(targets: &[String], global: &Global) -> Result<Addressed, Failure> {
    let mut guardian: Option<&str> = None;
    let mut services = Vec::new();
    for target in targets {
        let (name, service) = target
            .split_once('/')
            .map_or((None, target.as_str()), |(name, service)| {
                (Some(name), service)
            });
        if let Some(name) = name {
            if guardian.is_some_and(|other| other != name)
                || (guardian.is_none() && !services.is_empty())
            {
                return Err(
                    usage("the targets are of several guardians").hint("give one command for each")
                );
            }
            guardian = Some(name);
        }
        if !service.is_empty() {
            services.push(service.to_owned());
        } else if targets.len() > 1 {
            return Err(usage(format!(
                "{target:?} means a whole guardian and cannot stand beside others"
            )));
        }
    }
    let state_dir = match guardian {
        Some(name) => of_name(name)?,
        None => state_dir(global)?,
    };
    Ok(Addressed {
        state_dir,
        services: (!services.is_empty()).then_some(services),
    })
}

/// The state directory of the guardian at hand.
pub(crate) fn state_dir(global: &Global) -> Result<PathBuf, Failure> {
    if let Some(state_dir) = &global.state_dir {
        return Ok(state_dir.clone());
    }
    if let Some(file) = &global.file {
        return of_file(file);
    }
    let here = Path::new(DEFAULT_FILE);
    if here.exists() {
        of_file(here)
    } else {
        the_only_one()
    }
}

/// The file that the guardian at hand has, when that is known without asking it.
pub(crate) fn file(global: &Global) -> Option<PathBuf> {
    global.file.clone().or_else(|| {
        let here = PathBuf::from(DEFAULT_FILE);
        here.exists().then_some(here)
    })
}

fn of_file(file: &Path) -> Result<PathBuf, Failure> {
    let config = outlast_config::load(file, &ThisHost::facts()).map_err(|error| {
        Failure::new(
            ExitCode::BadConfiguration,
            error.render(crate::terminal::colour_of_stderr()),
        )
        .hint("--state-dir names a guardian without its file")
    })?;
    // A guardian that root runs is meant, too, when this user runs none.
    let known = paths::state_dirs()
        .into_iter()
        .map(|parent| parent.join(config.name.as_str()))
        .find(|dir| dir.exists());
    known.map_or_else(|| own(&config.name), Ok)
}

/// Where the guardian called `name` would keep its state if this user ran it.
pub(crate) fn own(name: &GuardianName) -> Result<PathBuf, Failure> {
    paths::state_dir(name).map_err(|error| {
        Failure::of("find the state directory", &error).hint("name one: --state-dir DIR")
    })
}

fn of_name(name: &str) -> Result<PathBuf, Failure> {
    let valid = GuardianName::new(name)
        .map_err(|why| usage(format!("{name:?} is no name of a guardian: {why}")))?;
    let parents = paths::state_dirs();
    let found = parents
        .iter()
        .map(|parent| parent.join(valid.as_str()))
        .find(|dir| dir.exists());
    found.ok_or_else(|| {
        Failure::new(
            ExitCode::NotInstalled,
            format!("there is no guardian called {name} on this machine"),
        )
        .hint("--state-dir names one that keeps its state elsewhere")
    })
}

fn the_only_one() -> Result<PathBuf, Failure> {
    let mut running = running();
    match running.len() {
        0 => Err(Failure::new(ExitCode::NotRunning, "no guardian is at hand").hint(
            "there is no outlast.toml in this folder and no guardian runs on this machine; --file or --state-dir names one",
        )),
        1 => Ok(running.remove(0)),
        _ => {
            let names: Vec<String> =
                running.iter().filter_map(|dir| Some(format!("{}/", dir.file_name()?.to_str()?))).collect();
            Err(usage(format!("several guardians run on this machine: {}", names.join(", ")))
                .hint("name one, as in `outlast status NAME/`"))
        }
    }
}

fn running() -> Vec<PathBuf> {
    let candidates = paths::state_dirs()
        .into_iter()
        .flat_map(|parent| std::fs::read_dir(parent).into_iter().flatten());
    candidates
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|dir| matches!(connection::try_call(dir, &Request::Ping), Ok(Some(_))))
        .collect()
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ExitCode::Program(2), message)
}
