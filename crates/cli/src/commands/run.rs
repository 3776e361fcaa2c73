//! `outlast run`: become a guardian.

use std::path::Path;

use outlast_config::{Config, Severity};
use outlast_journal::StoredRecord;
use outlast_model::{Exit, Record, ServiceName};
use outlast_os::clock;
use outlast_supervisor::{Ended, Guardian, Narration, RunError, Source, TellRecord, ThisHost};

use crate::args::{Global, Run};
use crate::at_hand;
use crate::describe;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, with_causes};
use crate::terminal;

pub(crate) fn perform(arguments: Run, global: &Global) -> Result<ExitCode, Failure> {
    let (config, source) = configuration(&arguments, global)?;
    check_surroundings(&config)?;
    let state_dir = match &global.state_dir {
        Some(state_dir) => std::path::absolute(state_dir)
            .map_err(|error| Failure::of("find the state directory", &error))?,
        None => at_hand::own(&config.name)?,
    };
    let guardian = Guardian {
        name: config.name.clone(),
        services: config.into_services(),
        source,
        state_dir,
        narration: Narration {
            record: (!arguments.quiet).then(narrate),
            complaint: Box::new(|complaint| terminal::tell(&format!("outlast: {complaint}"))),
        },
    };
    drop(arguments);
    match outlast_supervisor::run(guardian) {
        Ok(ended) => ended_as(&ended),
        Err(error) => Err(not_run(&error)),
    }
}

fn configuration(arguments: &Run, global: &Global) -> Result<(Config, Source), Failure> {
    if !arguments.command.is_empty() {
        let dir = std::env::current_dir()
            .map_err(|error| Failure::of("find the current folder", &error))?;
        let config = outlast_config::ad_hoc(&arguments.command, &dir, &ThisHost::facts()).map_err(
            |errors| {
                Failure::new(
                    ExitCode::BadConfiguration,
                    errors.render(terminal::colour_of_stderr()),
                )
            },
        )?;
        return Ok((config, Source::AdHoc));
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
/// no service at all could be started: the others are worse off otherwise.
fn check_surroundings(config: &Config) -> Result<(), Failure> {
    let troubles = config.check_surroundings(&ThisHost);
    let rendered = |trouble| {
        config
            .source()
            .render(trouble, terminal::colour_of_stderr())
    };
    let is_hopeless = |name: &ServiceName| {
        troubles
            .iter()
            .any(|(service, trouble)| service == name && trouble.severity == Severity::Error)
    };
    if config
        .services
        .iter()
        .all(|service| is_hopeless(&service.name))
    {
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

fn narrate() -> TellRecord {
    Box::new(|record: &Record| {
        if let Some(line) = describe::line(&StoredRecord::new(record, 0), clock::now().real) {
            terminal::tell(&line);
        }
    })
}

fn ended_as(ended: &Ended) -> Result<ExitCode, Failure> {
    match ended {
        Ended::AsAsked => Ok(ExitCode::Ok),
        Ended::AdHoc(exit) => Ok(program_code(*exit)),
        Ended::NotStarted(failure) => Err(Failure::new(
            ExitCode::BadConfiguration,
            failure.message.clone(),
        )),
    }
}

/// As a shell tells it: the code, or 128 and the signal's number.
fn program_code(exit: Exit) -> ExitCode {
    match exit {
        Exit::Code(code) => ExitCode::Program(u8::try_from(code).unwrap_or(1)),
        Exit::Signal { number, .. } => {
            ExitCode::Program(u8::try_from(128 + number).unwrap_or(u8::MAX))
        }
        Exit::Unknown => ExitCode::Failed,
    }
}

fn not_run(error: &RunError) -> Failure {
    let failure = Failure::new(ExitCode::Failed, with_causes(error));
    match error {
        RunError::AlreadyRunning { state_dir, .. } => failure.hint(format!(
            "`outlast status --state-dir {0}` shows it; guardians of different files need different names (`name` in \
             the file) or --state-dir",
            display(state_dir)
        )),
        RunError::System { .. } => failure,
    }
}

fn display(path: &Path) -> String {
    path.display().to_string()
}
