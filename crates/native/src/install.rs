//! Installing and removing a service: what `outlast install` and a program's own
//! `install` verb do alike.

use std::fs;
use std::time::Duration;

use crate::accounts;
use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, Manager, ManagerKind, NativeState, Request};
use crate::plan::{Plan, Purge, removal};
use crate::register::{Origin, Register, Registration};
use crate::step::Step;
use crate::transaction::{self, Exclusive, Failure, Host};

/// How much longer than the service's own stop time-out a removal waits for its
/// end: what the manager itself needs to kill the rest and to tell.
const STOP_MARGIN: Duration = Duration::from_secs(15);

/// Installs and removes services of one scope.
pub struct Installer<'a> {
    /// Where records are kept.
    pub register: &'a Register,
    /// The manager that services are registered with. One that is on record
    /// with another manager is stopped and removed there.
    pub manager: &'a dyn Manager,
    /// What takes the steps.
    pub host: &'a mut dyn Host,
}

/// What an [`Installer`] has removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// What was on record. `None`: there was only what a command that died
    /// halfway had left.
    pub registration: Option<Registration>,
    /// What was done.
    pub steps: Vec<Step>,
}

impl Installer<'_> {
    /// What installing `definition` would do. Changes nothing.
    ///
    /// # Errors
    /// When the manager cannot have such a service, an account is not there, the
    /// manager does not answer, or has one
    /// of this name that was not installed from here ([`Error::Taken`]).
    pub fn plan(&self, definition: &Definition, origin: Origin) -> Result<Plan, Error> {
        let name = &definition.name;
        let before = self.register.get(name)?;
        let rendered = self.manager.render(definition)?;
        // Windows' own module looks for its accounts, and knows more kinds.
        if self.manager.kind() != ManagerKind::Windows {
            accounts::check(definition)?;
        }
        // What died halfway is not there for long: `install` removes it first.
        if !transaction::is_half_done(self.register, name) {
            let known = before.as_ref();
            self.refuse_foreign_service(definition, known)?;
            refuse_foreign_files(name, &rendered.steps, known)?;
        }
        let registration = Registration {
            manager_kind: self.manager.kind(),
            definition: definition.clone(),
            origin,
            steps: rendered.steps,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let fidelity = rendered.fidelity;
        Ok(Plan::new(
            self.register,
            before.as_ref(),
            registration,
            fidelity,
        ))
    }

    /// Installs `definition`, or changes the installed service of that name to
    /// it, as a whole or not at all. Takes back first what an earlier command
    /// left half done. Starts nothing. Blocks.
    ///
    /// # Errors
    /// As [`plan`](Self::plan), and when a step fails. Everything is as it was
    /// then, unless the error says otherwise.
    pub fn install(&mut self, definition: &Definition, origin: Origin) -> Result<Plan, Failure> {
        let exclusive = Exclusive::acquire(self.register)?;
        let name = &definition.name;
        transaction::recover(self.host, self.register, name, &exclusive)?;
        let plan = self.plan(definition, origin)?;
        if let Some(before) = self.register.get(name)?
            && before.manager_kind != self.manager.kind()
        {
            self.stop(&before)?;
        }
        let steps = plan.all_steps();
        transaction::run(self.host, self.register, name, &steps, &exclusive)?;
        Ok(plan)
    }

    /// Stops the service of this name and removes it, as a whole or not at all.
    /// Blocks for the service's stop time-out and a margin at the most, and for
    /// what the manager takes to answer.
    ///
    /// # Errors
    /// [`Error::NotInstalled`]; [`Error::Taken`] when the manager has one of
    /// this name that was not installed from here; when it does not stop, and
    /// when a step fails. It is installed as before then, unless the error says
    /// otherwise.
    pub fn uninstall(
        &mut self,
        name: &NativeName,
        scope: Scope,
        purge: Purge,
    ) -> Result<Removed, Failure> {
        let exclusive = Exclusive::acquire(self.register)?;
        let was_half_done = transaction::recover(self.host, self.register, name, &exclusive)?;
        let Some(registration) = self.register.get(name)? else {
            if was_half_done {
                return Ok(Removed {
                    registration: None,
                    steps: Vec::new(),
                });
            }
            return Err(self.not_ours(name, scope)?.into());
        };
        self.stop(&registration)?;
        let steps = removal(self.register, &registration, purge);
        transaction::run(self.host, self.register, name, &steps, &exclusive)?;
        Ok(Removed {
            registration: Some(registration),
            steps,
        })
    }

    fn not_ours(&self, name: &NativeName, scope: Scope) -> Result<Error, Error> {
        Ok(match self.manager.status(name, scope)?.state {
            NativeState::Absent | NativeState::Unknown => Error::NotInstalled(name.clone()),
            _ => self.taken(name),
        })
    }

    fn taken(&self, name: &NativeName) -> Error {
        Error::Taken {
            name: name.clone(),
            place: format!("known to {}", self.manager.kind().word()),
        }
    }

    fn refuse_foreign_service(
        &self,
        definition: &Definition,
        before: Option<&Registration>,
    ) -> Result<(), Error> {
        if before.is_some_and(|before| before.manager_kind == self.manager.kind()) {
            return Ok(());
        }
        let name = &definition.name;
        match self.manager.status(name, definition.scope) {
            // What does not run this machine cannot be asked, and an installation
            // for later, or a look at one, need not ask.
            Err(_) if !self.manager.is_running_here() => Ok(()),
            Err(error) => Err(error),
            Ok(status) => match status.state {
                NativeState::Absent | NativeState::Unknown => Ok(()),
                _ => Err(self.taken(name)),
            },
        }
    }

    /// One that the manager does not know any more is as good as stopped, and so
    /// is one whose manager is no longer there.
    fn stop(&self, registration: &Registration) -> Result<(), Error> {
        let other = self.manager_of(registration.manager_kind);
        let manager = other.as_deref().unwrap_or(self.manager);
        let definition = &registration.definition;
        let status = match manager.status(&definition.name, definition.scope) {
            Err(_) if !manager.is_running_here() => return Ok(()),
            other => other?,
        };
        if matches!(
            status.state,
            NativeState::Absent | NativeState::Stopped | NativeState::Failed
        ) {
            return Ok(());
        }
        let patience = definition.stop_timeout + STOP_MARGIN;
        match manager.control(registration, Request::Stop, patience) {
            Err(Error::NotInstalled(_)) => Ok(()),
            other => other,
        }
    }

    /// `None`: the one that we have.
    fn manager_of(&self, manager_kind: ManagerKind) -> Option<Box<dyn Manager>> {
        (manager_kind != self.manager.kind()).then(|| manager_kind.manager())
    }
}

/// A manager may not have read yet what somebody has written for it.
fn refuse_foreign_files(
    name: &NativeName,
    steps: &[Step],
    before: Option<&Registration>,
) -> Result<(), Error> {
    let recorded = before.map_or(&[][..], |before| &before.steps);
    let foreign = steps.iter().find_map(|step| match step {
        Step::File { path, .. } | Step::Link { path, .. } => {
            let is_ours = recorded.iter().any(|old| old.path() == Some(path));
            (!is_ours && fs::symlink_metadata(path).is_ok()).then_some(path)
        }
        _ => None,
    });
    match foreign {
        None => Ok(()),
        Some(path) => Err(Error::Taken {
            name: name.clone(),
            place: path.display().to_string(),
        }),
    }
}
