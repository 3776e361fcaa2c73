//! `outlast run`: become a guardian.

mod narration;
mod subject;

use std::path::{Path, PathBuf};

use outlast_config::Config;
use outlast_os::lock::{PidFile, PidFileError};
use outlast_os::manager_link::{self, Conclusion, Link, Notices};
use outlast_supervisor::{Ended, Guardian, RunError, Source, WhenAtRest};

use crate::args::{Global, ManagerWord, Run};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::{Failure, with_causes};
use crate::terminal;

pub(crate) use narration::Told;
pub(crate) use subject::{guardian_name, load};

pub(crate) fn perform(arguments: Run, global: &Global) -> Result<ExitCode, Failure> {
    let native = arguments.native;
    let (link, notices) = connect(native);
    let result = guard(arguments, global, (link.clone(), notices));
    if let Err(failure) = &result {
        narration::tell_failure(failure, native);
    }
    link.concluded(conclusion(&result));
    result
}

/// Without `--native` a manager may be there all the same: in a unit that
/// somebody has written by hand, or around a container.
fn connect(native: Option<ManagerWord>) -> (Link, Notices) {
    if native.is_none() && !manager_link::is_announced() {
        return manager_link::nobody();
    }
    manager_link::connect().unwrap_or_else(|error| {
        terminal::tell(&format!(
            "outlast: cannot speak to the native manager: {error}; services are supervised all the same"
        ));
        manager_link::nobody()
    })
}

fn guard(arguments: Run, global: &Global, manager: (Link, Notices)) -> Result<ExitCode, Failure> {
    let (config, source) = subject::configuration(&arguments, global)?;
    let lifetime = Lifetime::of(&arguments, &source);
    subject::check_surroundings(&config, lifetime)?;
    let state_dir = match &global.state_dir {
        Some(state_dir) => std::path::absolute(state_dir)
            .map_err(|error| Failure::of("find the state directory", &error))?,
        None => at_hand::own(&config.name)?,
    };
    let pid_file = arguments.pid_file.as_deref().map(claim).transpose()?;
    if arguments.native == Some(ManagerWord::Windows) {
        // The SCM starts its services in the system's own folder. If this one
        // cannot be entered, everything works all the same.
        let _ = std::env::set_current_dir(&state_dir);
    }
    let guardian = Guardian {
        narration: narration::of(&arguments, &config.name),
        name: config.name.clone(),
        services: config.into_services(),
        source,
        when_at_rest: lifetime.when_at_rest(),
        state_dir,
        manager,
    };
    drop(arguments);
    let result = match outlast_supervisor::run(guardian) {
        Ok(ended) => ended_as(&ended),
        Err(error) => Err(not_run(&error)),
    };
    if let Some(pid_file) = pid_file {
        pid_file.remove();
    }
    result
}

/// Guards the one command of `config`, until it is asked to end.
pub(crate) fn guard_command(
    config: Config,
    state_dir: PathBuf,
    told: Told,
) -> Result<ExitCode, Failure> {
    subject::check_surroundings(&config, Lifetime::Command)?;
    let guardian = Guardian {
        narration: narration::in_terminal(told),
        name: config.name.clone(),
        services: config.into_services(),
        source: Source::AdHoc,
        when_at_rest: WhenAtRest::Stay,
        state_dir,
        manager: manager_link::nobody(),
    };
    match outlast_supervisor::run(guardian) {
        Ok(ended) => ended_as(&ended),
        Err(error) => Err(not_run(&error)),
    }
}

fn claim(path: &Path) -> Result<PidFile, Failure> {
    let path = std::path::absolute(path)
        .map_err(|error| Failure::of("find the PID file's folder", &error))?;
    PidFile::claim(&path).map_err(|error| {
        let hint = match error {
            PidFileError::Held { .. } => "stop that one, or name another file",
            PidFileError::Foreign { .. } => "name another file",
            PidFileError::Io(_) => "its folder has to be there, and to be yours to write in",
        };
        Failure::new(ExitCode::Failed, with_causes(&error)).hint(hint)
    })
}

/// Who decides when the guardian ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lifetime {
    /// The one command that it guards.
    Command,
    /// Whoever has started it.
    User,
    /// The native manager, which would only start it again.
    Manager,
}

impl Lifetime {
    fn of(arguments: &Run, source: &Source) -> Self {
        match (arguments.native, source) {
            (Some(_), _) => Self::Manager,
            (None, Source::AdHoc) => Self::Command,
            (None, Source::File(_)) => Self::User,
        }
    }

    const fn when_at_rest(self) -> WhenAtRest {
        match self {
            Self::Command => WhenAtRest::End,
            Self::User | Self::Manager => WhenAtRest::Stay,
        }
    }
}

/// What the native manager sees of `result`.
fn conclusion(result: &Result<ExitCode, Failure>) -> Conclusion {
    let code = match result {
        Ok(code) => code.number(),
        Err(failure) => failure.code.number(),
    };
    match code {
        0 => Conclusion::Well,
        code => Conclusion::Failed(code.into()),
    }
}

fn ended_as(ended: &Ended) -> Result<ExitCode, Failure> {
    match ended {
        Ended::AsAsked => Ok(ExitCode::Ok),
        Ended::AdHoc(exit) => Ok(ExitCode::of_program(*exit)),
        Ended::NotStarted(failure) => Err(Failure::new(
            ExitCode::BadConfiguration,
            failure.message.clone(),
        )),
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
