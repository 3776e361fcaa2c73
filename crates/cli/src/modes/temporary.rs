//! The native service that is there for one comparison: installed as any other, and
//! removed with everything that it has left.
//!
//! Its name is always the same, so that what a command that was killed has left is
//! found by the next one. A lock says that nobody else compares.

use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_model::GuardianName;
use outlast_native::register::{Register, Registration};
use outlast_native::{
    Definition, Installer, Machine, Manager, ManagerKind, NativeName, NativeState, Protocol, Purge,
    Request, Scope, StartType, transaction,
};
use outlast_os::account::Account;

use super::alone::Alone;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::installation::definition::{Place, definition, origin};
use crate::installation::settings;
use crate::installation::subject::{Source, Subject};
use crate::installation::{failed, register};
use crate::terminal;

/// What it is called.
const NAME: &str = "outlast-compare";

/// What it is told to do.
const VERB: &str = "__measure";

/// How long its manager may take to start it.
const START_PATIENCE: Duration = Duration::from_secs(60);

/// A service that has been asked to end does so at once.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// A service that is installed and runs, until it is [removed](Self::remove).
pub(crate) struct Temporary {
    registration: Registration,
    register: Register,
    state_dir: PathBuf,
    scope: Scope,
    is_removed: bool,
    _alone: Alone,
}

impl Temporary {
    /// Removes what an earlier comparison has left, installs the service with these
    /// `settings` (`KEY=VALUE`, as `install --set`) and starts it.
    pub(crate) fn install(scope: Scope, settings: &[String]) -> Result<Self, Failure> {
        let manager_kind = ManagerKind::detect().map_err(|error| no_manager(&error))?;
        check_rights(scope, manager_kind)?;
        let subject = subject(settings)?;
        let place = Place::new(manager_kind, scope, None, NAME)?;
        let definition = definition_at(&subject, &place)?;
        let alone = Alone::claim(&place.state_dir)?;
        let register = register(scope)?;
        let manager = manager_kind.manager();
        remove_leftovers(&register, &*manager, scope, &definition.name)?;
        let mut installer = Installer {
            register: &register,
            manager: &*manager,
            host: &mut Machine,
        };
        let plan = installer
            .install(&definition, origin(&subject, &place))
            .map_err(failed)?;
        let temporary = Self {
            registration: plan.registration,
            register,
            state_dir: place.state_dir,
            scope,
            is_removed: false,
            _alone: alone,
        };
        let started = manager.control(&temporary.registration, Request::Start, START_PATIENCE);
        match started {
            Ok(()) => Ok(temporary),
            Err(error) => {
                let dir = &temporary.registration.definition.dir;
                let hint = format!(
                    "the manager's log says more; it works in {}, as `outlast install` would have it here, which its account \
                     has to be able to enter",
                    dir.display()
                );
                temporary.remove()?;
                Err(Failure::from(error).hint(hint))
            }
        }
    }

    /// Where it listens.
    pub(crate) fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// How it was started, for people.
    pub(crate) fn how(&self) -> String {
        let whose = match self.scope {
            Scope::System => "as a service of the machine",
            Scope::User => "as a service of this user",
        };
        format!("by {}, {whose}", self.registration.manager_kind.word())
    }

    /// Why it will never listen, as its manager tells; `None`: it may yet.
    pub(crate) fn why_ended(&self) -> Option<String> {
        let manager = self.registration.manager_kind.manager();
        let name = &self.registration.definition.name;
        let status = manager.status(name, self.scope).ok()?;
        match status.state {
            NativeState::Failed | NativeState::Stopped | NativeState::Absent => {
                let remark = status.remark.map(|remark| format!(" ({remark})"));
                Some(format!(
                    "{} says that it is {}{}",
                    self.registration.manager_kind.word(),
                    status.state.word(),
                    remark.unwrap_or_default()
                ))
            }
            _ => None,
        }
    }

    /// Stops it and removes it, with its state directory.
    pub(crate) fn remove(mut self) -> Result<(), Failure> {
        self.is_removed = true;
        self.uninstall()
    }

    fn uninstall(&self) -> Result<(), Failure> {
        let manager = self.registration.manager_kind.manager();
        uninstall(
            &self.register,
            &*manager,
            self.scope,
            &self.registration.definition.name,
        )
        .map_err(|failure| {
            let hint = format!("remove it: outlast uninstall {NAME} --purge");
            Failure::new(
                failure.code,
                format!("cannot remove the service {NAME}: {}", failure.message),
            )
            .hint(hint)
        })
    }
}

/// For whatever way the command ends that is not a kill.
impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_removed
            && let Err(failure) = self.uninstall()
        {
            terminal::tell_error(&failure.message, failure.hint.as_deref());
        }
    }
}

fn uninstall(
    register: &Register,
    manager: &dyn Manager,
    scope: Scope,
    name: &NativeName,
) -> Result<(), Failure> {
    let mut installer = Installer {
        register,
        manager,
        host: &mut Machine,
    };
    installer
        .uninstall(name, scope, Purge::Remove)
        .map_err(failed)?;
    Ok(())
}

fn remove_leftovers(
    register: &Register,
    manager: &dyn Manager,
    scope: Scope,
    name: &NativeName,
) -> Result<(), Failure> {
    match register.get(name)? {
        Some(registration) if !is_workload(&registration) => {
            return Err(Failure::new(
                ExitCode::Failed,
                format!("a guardian is called {NAME}, which the service of a comparison has to be called"),
            )
            .hint("give it another name: uninstall it, and install it with --name"));
        }
        None if !transaction::is_half_done(register, name) => return Ok(()),
        _ => {}
    }
    uninstall(register, manager, scope, name)?;
    terminal::tell(&format!(
        "an earlier comparison was killed: its service {NAME} is removed"
    ));
    Ok(())
}

/// Whether it was installed for a comparison, and not by somebody who likes the name.
fn is_workload(registration: &Registration) -> bool {
    let arguments = &registration.definition.arguments;
    arguments.first().is_some_and(|verb| verb == VERB)
}

/// As `outlast install` would make it here, but for the program's arguments, when it
/// starts, and how long it may take to end. What measures cannot say meanwhile that it
/// is alive, so nobody waits for that.
fn definition_at(subject: &Subject, place: &Place) -> Result<Definition, Failure> {
    let definition = definition(subject, place)?;
    let state_dir = place.state_dir.to_str().ok_or_else(|| {
        Failure::new(
            ExitCode::Failed,
            format!("{} is not UTF-8", place.state_dir.display()),
        )
    })?;
    let arguments = [VERB, "--listen", "--state-dir", state_dir];
    Ok(Definition {
        arguments: arguments.map(str::to_owned).to_vec(),
        description: Some("Outlast's comparison of a session and a service".to_owned()),
        start: StartType::Manual,
        protocol: Protocol::Native { watchdog: None },
        stop_timeout: STOP_TIMEOUT,
        ..definition
    })
}

/// As if a command were to be installed in the current folder.
fn subject(changes: &[String]) -> Result<Subject, Failure> {
    let dir =
        std::env::current_dir().map_err(|error| Failure::of("find the current folder", &error))?;
    let name = GuardianName::new(NAME).map_err(|error| Failure::of("name the service", &error))?;
    Ok(Subject {
        name,
        source: Source::Command(Vec::new()),
        native: settings::of_command(&dir, changes)?,
        dir,
        services: Vec::new(),
    })
}

const HOW_WITHOUT: &str = "measure each half where it is, and compare the files:\n  \
     outlast compare-modes --only user --json > here.json\n  \
     outlast compare-modes --with here.json     (in the other place)";

fn no_manager(error: &outlast_native::Error) -> Failure {
    Failure::new(
        ExitCode::Failed,
        format!("cannot start the workload as a service: {error}"),
    )
    .hint(HOW_WITHOUT)
}

/// Without asking for an administrator's rights on the way: with them, the half in
/// the session would be another one.
fn check_rights(scope: Scope, manager_kind: ManagerKind) -> Result<(), Failure> {
    if scope == Scope::User || Account::is_privileged() {
        return Ok(());
    }
    let user = match manager_kind {
        ManagerKind::Systemd | ManagerKind::Launchd => {
            "; `outlast compare-modes --user` takes no rights"
        }
        _ => "",
    };
    Err(Failure::new(
        ExitCode::NoPermission,
        "no permission to start the workload as a service of this machine",
    )
    .hint(format!(
        "{}{user}; or {HOW_WITHOUT}",
        Account::how_to_be_privileged()
    )))
}
