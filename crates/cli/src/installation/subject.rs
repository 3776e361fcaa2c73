//! What is to be installed: the guardian of a file, or of one command.

use std::env;
use std::path::{Path, PathBuf};

use outlast_config::native::NativeKeys;
use outlast_config::{Config, Severity};
use outlast_model::{GuardianName, Service};
use outlast_os::account::Starter;
use outlast_supervisor::ThisHost;

use super::settings;
use crate::args::Install;
use crate::at_hand;
use crate::commands::{guardian_name, load};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

/// A guardian that is to be a native service.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: GuardianName,
    pub(crate) source: Source,
    /// The folder of the file, or the one in which the command works; absolute.
    pub(crate) dir: PathBuf,
    pub(crate) native: NativeKeys,
    pub(crate) services: Vec<Service>,
}

/// Where its definition is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// In this file; absolute.
    File(PathBuf),
    /// In the registration itself.
    Command(Vec<String>),
}

impl Subject {
    /// What the command line of `install` means. Everything about it is checked
    /// against this machine.
    pub(crate) fn of(arguments: &Install, file: Option<&Path>) -> Result<Self, Failure> {
        let subject = if arguments.command.is_empty() {
            let path = arguments.path.as_deref().or(file);
            Self::of_file(path.unwrap_or(Path::new(at_hand::DEFAULT_FILE)))?
        } else {
            Self::of_command(arguments)?
        };
        let native = settings::applied(&subject, &arguments.settings)?;
        Ok(Self { native, ..subject })
    }

    /// The guardian of the file at `path`.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Failure> {
        let path = absolute(path)?;
        let config = load(&path)?;
        for warning in config.warnings().iter() {
            tell(&config, warning);
        }
        check(&config)?;
        Ok(Self {
            name: config.name.clone(),
            dir: path.parent().unwrap_or(Path::new("/")).to_owned(),
            native: config.native.clone(),
            source: Source::File(path),
            services: config.into_services(),
        })
    }

    fn of_command(arguments: &Install) -> Result<Self, Failure> {
        let dir = match &arguments.dir {
            Some(dir) => absolute(dir)?,
            None => env::current_dir()
                .map_err(|error| Failure::of("find the current folder", &error))?,
        };
        let config = outlast_config::ad_hoc(&arguments.command, &dir, &ThisHost::facts()).map_err(
            |errors| {
                Failure::new(
                    ExitCode::BadConfiguration,
                    errors.render(terminal::colour_of_stderr()),
                )
            },
        )?;
        check(&config)?;
        let name = match &arguments.name {
            Some(name) => guardian_name(name)?,
            None => config.name.clone(),
        };
        Ok(Self {
            name,
            source: Source::Command(arguments.command.clone()),
            dir,
            native: config.native.clone(),
            services: config.into_services(),
        })
    }

    /// Its file, if it has one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path) => Some(path),
            Source::Command(_) => None,
        }
    }
}

/// The path as a native service would use it, whatever folder that is started
/// in: absolute, but with the links that the user has set up.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::of(&format!("find {}", path.display()), &error))
}

/// `run` lets the services go on that can be started. Nothing runs here yet, so
/// nobody is worse off when one that cannot is refused.
fn check(config: &Config) -> Result<(), Failure> {
    let troubles = config.check_surroundings(&ThisHost(Starter::NativeService));
    let mut refused = String::new();
    for (_, trouble) in &troubles {
        if trouble.severity == Severity::Error {
            refused += &config
                .source()
                .render(trouble, terminal::colour_of_stderr());
        } else {
            tell(config, trouble);
        }
    }
    if refused.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(ExitCode::BadConfiguration, refused))
    }
}

fn tell(config: &Config, trouble: &outlast_config::Diagnostic) {
    let text = config
        .source()
        .render(trouble, terminal::colour_of_stderr());
    terminal::tell(text.trim_end());
}
