//! Which guardian is meant.
//!
//! The one named by `--state-dir` or `--file`; else the one of the current
//! folder's `outlast.toml`; else the only one that runs on this machine, or is
//! installed on it.

use std::path::{Path, PathBuf};

use outlast_api::v1::{Answer, Request, Target};
use outlast_model::GuardianName;
use outlast_os::paths;
use outlast_supervisor::ThisHost;

use crate::args::Global;
use crate::connection;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::meant::is_meant;
use crate::registered;

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

/// Understands `api`, `shop/api` and `shop/`, and `shop` when no service at hand
/// has that name. All have to mean one guardian.
pub(crate) fn address(targets: &[String], global: &Global) -> Result<Addressed, Failure> {
    if let [word] = targets
        && let Some(state_dir) = bare_guardian(word, global)?
    {
        return Ok(Addressed {
            state_dir,
            services: None,
        });
    }
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

/// The state directory of the installed guardian that a word without a slash
/// means, unless it means a service.
fn bare_guardian(word: &str, global: &Global) -> Result<Option<PathBuf>, Failure> {
    let Ok(name) = GuardianName::new(word) else {
        return Ok(None);
    };
    let Some(installed) = registered::by_name(&name)? else {
        return Ok(None);
    };
    // Nothing at hand has services that the word could mean.
    let Ok(at_hand) = state_dir(global) else {
        return Ok(Some(installed.state_dir));
    };
    let services = services_of(&at_hand, global);
    if !services.iter().any(|service| is_meant(word, service)) {
        return Ok(Some(installed.state_dir));
    }
    // A guardian of one command is named as its service is, and is that service.
    if services.len() == 1 && at_hand == installed.state_dir {
        return Ok(Some(installed.state_dir));
    }
    Err(usage(format!(
        "{word} is a service of the guardian at hand, and a guardian"
    ))
    .hint(format!(
        "`{}/{word}` is the service, `{word}/` is the guardian",
        name_of(&at_hand)
    )))
}

/// What the guardian's services are called: it knows best, and its file when it
/// does not run.
fn services_of(state_dir: &Path, global: &Global) -> Vec<String> {
    let request = Request::Status {
        target: Target::All,
    };
    if let Ok(Some(Answer::Status(status))) = connection::try_call(state_dir, &request) {
        return status
            .services
            .into_iter()
            .map(|service| service.name)
            .collect();
    }
    let config = file(global).and_then(|file| outlast_config::load(&file, &ThisHost::facts()).ok());
    config
        .into_iter()
        .flat_map(outlast_config::Config::into_services)
        .map(|service| service.name.to_string())
        .collect()
}

fn name_of(state_dir: &Path) -> String {
    match registered::by_state_dir(state_dir) {
        Ok(Some(installed)) => installed.name().to_string(),
        _ => state_dir
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
    }
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

/// The state directory of the guardian whose file that is.
pub(crate) fn of_file(file: &Path) -> Result<PathBuf, Failure> {
    let config = outlast_config::load(file, &ThisHost::facts()).map_err(|error| {
        Failure::new(
            ExitCode::BadConfiguration,
            error.render(crate::terminal::colour_of_stderr()),
        )
        .hint("--state-dir names a guardian without its file")
    })?;
    if let Some(installed) = installed_with(file)? {
        return Ok(installed);
    }
    // A guardian that root runs is meant, too, when this user runs none.
    let known = paths::state_dirs()
        .into_iter()
        .map(|parent| parent.join(config.name.as_str()))
        .find(|dir| dir.exists());
    known.map_or_else(|| own(&config.name), Ok)
}

/// The state directory of the native service whose file this is.
fn installed_with(file: &Path) -> Result<Option<PathBuf>, Failure> {
    let Ok(wanted) = file.canonicalize() else {
        return Ok(None);
    };
    let is_its = |installed: &registered::Installed| {
        let known = installed.file.as_deref();
        known.is_some_and(|file| file.canonicalize().is_ok_and(|file| file == wanted))
    };
    let found = registered::all()?.into_iter().find(is_its);
    Ok(found.map(|installed| installed.state_dir))
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
    if let Some(installed) = registered::by_name(&valid)? {
        return Ok(installed.state_dir);
    }
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

/// The only guardian that runs here; else the only one that is installed.
fn the_only_one() -> Result<PathBuf, Failure> {
    let mut found = running()?;
    if found.is_empty() {
        found = registered::all()?
            .into_iter()
            .map(|installed| installed.state_dir)
            .collect();
    }
    match found.len() {
        0 => Err(Failure::new(ExitCode::NotRunning, "no guardian is at hand").hint(
            "there is no outlast.toml in this folder and no guardian runs on this machine; --file or --state-dir names one",
        )),
        1 => Ok(found.remove(0)),
        _ => {
            let names: Vec<String> =
                found.iter().map(|dir| format!("{}/", name_of(dir))).collect();
            Err(usage(format!("several guardians are on this machine: {}", names.join(", ")))
                .hint("name one, as in `outlast status NAME/`"))
        }
    }
}

/// The state directories of the guardians that answer.
pub(crate) fn running() -> Result<Vec<PathBuf>, Failure> {
    let mut candidates: Vec<PathBuf> = paths::state_dirs()
        .into_iter()
        .flat_map(|parent| std::fs::read_dir(parent).into_iter().flatten())
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    for installed in registered::all()? {
        if !candidates.contains(&installed.state_dir) {
            candidates.push(installed.state_dir);
        }
    }
    candidates.retain(|dir| matches!(connection::try_call(dir, &Request::Ping), Ok(Some(_))));
    Ok(candidates)
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ExitCode::Program(2), message)
}
