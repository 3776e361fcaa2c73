//! What is to be guarded: the services of a file, or one command.

use std::path::Path;

use outlast_config::{Config, Severity};
use outlast_model::{GuardianName, ServiceName};
use outlast_os::account::Starter;
use outlast_supervisor::{Source, ThisHost};

use super::Lifetime;
use crate::args::{Global, Run};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

/// What the command line says is to be guarded.
pub(super) fn configuration(arguments: &Run, global: &Global) -> Result<(Config, Source), Failure> {
    if !arguments.command.is_empty() {
        return Ok((of_command(arguments)?, Source::AdHoc));
    }
    let path = arguments
        .path
        .clone()
        .or_else(|| global.file.clone())
        .unwrap_or_else(|| at_hand::DEFAULT_FILE.into());
    let config = load(&path)?;
    for warning in config.warnings().iter() {
        terminal::tell(
            config
                .source()
                .render(warning, terminal::colour_of_stderr())
                .trim_end(),
        );
    }
    let source = Source::File(config.path.clone());
    Ok((config, source))
}

fn of_command(arguments: &Run) -> Result<Config, Failure> {
    let dir = match &arguments.dir {
        Some(dir) => std::path::absolute(dir),
        None => std::env::current_dir(),
    };
    let dir = dir.map_err(|error| Failure::of("find the folder of the command", &error))?;
    let mut config =
        outlast_config::ad_hoc(&arguments.command, &dir, &ThisHost::facts()).map_err(|errors| {
            Failure::new(
                ExitCode::BadConfiguration,
                errors.render(terminal::colour_of_stderr()),
            )
        })?;
    if let Some(name) = &arguments.name {
        config.name = guardian_name(name)?;
    }
    Ok(config)
}

/// What somebody wants a guardian to be called.
pub(crate) fn guardian_name(name: &str) -> Result<GuardianName, Failure> {
    GuardianName::new(name).map_err(|why| {
        Failure::new(
            ExitCode::Program(2),
            format!("{name:?} is no name for a guardian: {why}"),
        )
        .hint("1 to 64 of a-z, 0-9 and hyphen, as in `--name my-server`")
    })
}

/// The configuration in the file `path`.
pub(crate) fn load(path: &Path) -> Result<Config, Failure> {
    outlast_config::load(path, &ThisHost::facts()).map_err(|error| {
        Failure::new(
            ExitCode::BadConfiguration,
            error.render(terminal::colour_of_stderr()),
        )
    })
}

/// Tells what this machine lacks for the services. It refuses to run only when
/// no service at all could be started: the others are worse off otherwise. A
/// native manager would start it again and again, so it stays and tries: what
/// is missing may come, like a drive of the network after a boot.
pub(super) fn check_surroundings(config: &Config, lifetime: Lifetime) -> Result<(), Failure> {
    let troubles = config.check_surroundings(&ThisHost(Starter::ThisProcess));
    let rendered = |trouble| {
        config
            .source()
            .render(trouble, terminal::colour_of_stderr())
    };
    let is_hopeless = |name: &ServiceName| {
        troubles
            .iter()
            .any(|(names, trouble)| names.contains(name) && trouble.severity == Severity::Error)
    };
    // What only runs for another would have nothing to run for.
    let mut own = (config.services.iter()).filter(|service| service.part_of.is_none());
    if lifetime != Lifetime::Manager && own.all(|service| is_hopeless(&service.name)) {
        let all: Vec<String> = troubles
            .iter()
            .map(|(_, trouble)| rendered(trouble))
            .collect();
        return Err(Failure::new(ExitCode::BadConfiguration, all.concat()));
    }
    for (_, trouble) in troubles
        .iter()
        .filter(|(_, trouble)| trouble.severity == Severity::Error)
    {
        terminal::tell(rendered(trouble).trim_end());
    }
    Ok(())
}
