//! A service as its manager has it: installed, removed, started, stopped.

use std::time::Duration;

use outlast_native::register::{Origin, Register, Registration};
use outlast_native::{
    Installer, Machine, ManagerKind, NativeName, NativeState, Plan, Purge, Request, Shortfall,
};
use outlast_os::account;

use crate::error::Error;
use crate::manager::Manager;
use crate::settings::{Scope, Settings};

/// What a manager needs beside the service's own time.
const MARGIN: Duration = Duration::from_secs(15);

/// Installs, removes, starts, stops and asks for a service of this very program.
/// Made by [`Service::control`](crate::Service::control).
///
/// Services that are installed by it stand beside those of `outlast install`:
/// `outlast list` shows them, `outlast uninstall` removes them. Everything
/// blocks until it is done, and for the service's time-outs at the most.
///
/// ```no_run
/// # fn main() -> Result<(), outlast::Error> {
/// let control = outlast::service("shop").arguments(["run"]).control();
/// match std::env::args().nth(1).as_deref() {
///     Some("install") => println!("{}", control.install()?.changes.join("\n")),
///     Some("uninstall") => control.uninstall(outlast::Data::Keep)?,
///     Some("start") => control.start()?,
///     Some("stop") => control.stop()?,
///     _ => println!("{:?}", control.status()?.state),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Control {
    name: String,
    settings: Settings,
}

/// What an installation has done, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Installed {
    /// The manager that has the service now.
    pub manager: Manager,
    /// What it was for the service.
    pub change: Change,
    /// What was done, each thing in a line for people.
    pub changes: Vec<String>,
    /// What the manager cannot express, each thing in a line for people.
    pub shortfalls: Vec<String>,
}

/// What an installation is for its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// It was not installed.
    New,
    /// It was, in another way.
    Update,
    /// It was, in just this way; what has been damaged since is repaired.
    Same,
}

/// What becomes of the data of a service that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Data {
    /// Its state directory stays, unless it is empty.
    Keep,
    /// Its state directory goes with everything in it.
    Remove,
}

/// How a service is, as its manager tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The state.
    pub state: State,
    /// Its process.
    pub pid: Option<u32>,
    /// Whether it is started with the machine; `None`: the manager cannot say.
    pub is_enabled: Option<bool>,
    /// What the manager or the service adds in words.
    pub remark: Option<String>,
}

/// The states of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// The manager knows no such service.
    NotInstalled,
    /// It does not run.
    Stopped,
    /// It runs and is not ready.
    Starting,
    /// It runs and is ready.
    Running,
    /// It is ending.
    Stopping,
    /// It ended in a way that was not wanted.
    Failed,
    /// The manager does not say.
    Unknown,
}

impl Control {
    pub(crate) const fn new(name: String, settings: Settings) -> Self {
        Self { name, settings }
    }

    /// Registers this program with the machine's manager, or changes an earlier
    /// registration to what is described now; as a whole or not at all. Starts
    /// nothing.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), outlast::Error> {
    /// let installed = outlast::service("shop").control().install()?;
    /// for line in &installed.shortfalls {
    ///     println!("note: {line}");
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When there is no manager, when this user may not, when the manager cannot
    /// have such a service or has a foreign one of this name. Nothing has changed
    /// then.
    pub fn install(&self) -> Result<Installed, Error> {
        self.check_rights("install a service")?;
        self.with_installer(|installer, manager_kind| {
            let definition = self.settings.definition(&self.name, manager_kind)?;
            let plan = installer.install(&definition, Origin::Program)?;
            Ok(Installed::of(&plan))
        })
    }

    /// What [`install`](Self::install) would do. Changes nothing and takes no
    /// rights.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), outlast::Error> {
    /// println!("{}", outlast::service("shop").control().plan()?.changes.join("\n"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`install`](Self::install).
    pub fn plan(&self) -> Result<Installed, Error> {
        self.with_installer(|installer, manager_kind| {
            let definition = self.settings.definition(&self.name, manager_kind)?;
            let plan = installer.plan(&definition, Origin::Program)?;
            Ok(Installed::of(&plan))
        })
    }

    /// Stops the service and removes it.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), outlast::Error> {
    /// outlast::service("shop").control().uninstall(outlast::Data::Keep)
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is not installed, when this user may not, when it does not stop.
    /// It is installed as before then.
    pub fn uninstall(&self, data: Data) -> Result<(), Error> {
        self.check_rights("remove a service")?;
        let purge = match data {
            Data::Keep => Purge::Keep,
            Data::Remove => Purge::Remove,
        };
        let name = self.native_name()?;
        self.with_installer(|installer, _| {
            installer.uninstall(&name, self.settings.scope.native(), purge)?;
            Ok(())
        })
    }

    /// Starts the service, and waits until it is ready. One that runs stays as it
    /// is.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), outlast::Error> {
    /// outlast::service("shop").control().start()
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is not installed, when this user may not, when it does not start.
    pub fn start(&self) -> Result<(), Error> {
        self.request(Request::Start, self.settings.start_timeout + MARGIN)
    }

    /// Stops the service, and waits until it has ended.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), outlast::Error> {
    /// outlast::service("shop").control().stop()
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is not installed, when this user may not, when it does not stop.
    pub fn stop(&self) -> Result<(), Error> {
        self.request(Request::Stop, self.settings.stop_timeout + MARGIN)
    }

    /// Stops the service and starts it again.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), outlast::Error> {
    /// outlast::service("shop").control().restart()
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`stop`](Self::stop) and [`start`](Self::start).
    pub fn restart(&self) -> Result<(), Error> {
        let patience = self.settings.stop_timeout + self.settings.start_timeout + MARGIN;
        self.request(Request::Restart, patience)
    }

    /// How the service is. One that is not installed is no error.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), outlast::Error> {
    /// let is_up = outlast::service("shop").control().status()?.state == outlast::State::Running;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// When there is no manager, or it does not answer.
    pub fn status(&self) -> Result<Status, Error> {
        let name = self.native_name()?;
        let manager_kind = match self.register()?.get(&name)? {
            Some(registration) => registration.manager_kind,
            None => ManagerKind::detect()?,
        };
        let status = manager_kind
            .manager()
            .status(&name, self.settings.scope.native())?;
        Ok(Status {
            state: state(status.state),
            pid: status.pid,
            is_enabled: status.is_enabled,
            remark: status.remark,
        })
    }

    fn request(&self, request: Request, patience: Duration) -> Result<(), Error> {
        let registration = self.registration()?;
        let manager = registration.manager_kind.manager();
        Ok(manager.control(&registration, request, patience)?)
    }

    fn registration(&self) -> Result<Registration, Error> {
        let name = self.native_name()?;
        match self.register()?.get(&name)? {
            Some(registration) => Ok(registration),
            None => Err(outlast_native::Error::NotInstalled(name).into()),
        }
    }

    fn with_installer<T>(
        &self,
        work: impl FnOnce(&mut Installer<'_>, ManagerKind) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let register = self.register()?;
        let manager_kind = ManagerKind::detect()?;
        let manager = manager_kind.manager();
        let mut installer = Installer {
            register: &register,
            manager: &*manager,
            host: &mut Machine,
        };
        work(&mut installer, manager_kind)
    }

    fn native_name(&self) -> Result<NativeName, Error> {
        Ok(NativeName::new(&self.name)?)
    }

    fn register(&self) -> Result<Register, Error> {
        Register::of(self.settings.scope.native())
            .map_err(|error| Error::io("find the register of services", error))
    }

    /// Refuses what this user may not do, before anything is begun.
    fn check_rights(&self, attempt: &str) -> Result<(), Error> {
        if self.settings.scope == Scope::User || account::Account::is_privileged() {
            return Ok(());
        }
        let hint = account::Account::how_to_be_privileged();
        Err(Error::not_privileged(attempt, hint))
    }
}

impl Installed {
    fn of(plan: &Plan) -> Self {
        Self {
            manager: plan.registration.manager_kind.into(),
            change: match plan.change {
                outlast_native::Change::New => Change::New,
                outlast_native::Change::Update => Change::Update,
                outlast_native::Change::Same => Change::Same,
            },
            changes: plan.all_steps().iter().map(ToString::to_string).collect(),
            shortfalls: plan.fidelity.shortfalls.iter().map(shortfall).collect(),
        }
    }
}

fn shortfall(shortfall: &Shortfall) -> String {
    match shortfall {
        Shortfall::Approximated { property, instead } => format!("{property}: {instead}"),
        Shortfall::Missing {
            property,
            consequence,
        } => format!("{property}: {consequence}"),
    }
}

const fn state(state: NativeState) -> State {
    match state {
        NativeState::Absent => State::NotInstalled,
        NativeState::Stopped => State::Stopped,
        NativeState::Starting => State::Starting,
        NativeState::Running => State::Running,
        NativeState::Stopping => State::Stopping,
        NativeState::Failed => State::Failed,
        NativeState::Unknown => State::Unknown,
    }
}
