//! Which guardians are installed as native services on this machine.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use outlast_config::{Config, ad_hoc};
use outlast_model::{GuardianName, Service};
use outlast_native::register::{Origin, Register, Registration};
use outlast_native::{Definition, Error, Manager, NativeName, NativeStatus, Scope};
use outlast_os::account::Account;
use outlast_supervisor::ThisHost;

use crate::commands;
use crate::failure::{Failure, with_causes};
use crate::terminal;

/// A guardian that the operating system's manager keeps.
#[derive(Debug)]
pub(crate) struct Installed {
    /// What is on record.
    pub(crate) registration: Registration,
    /// Its file; `None`: a command given once.
    pub(crate) file: Option<PathBuf>,
    /// Where it keeps its state.
    pub(crate) state_dir: PathBuf,
}

impl Installed {
    fn new(registration: Registration) -> Option<Self> {
        let Origin::Guardian { file, state_dir } = registration.origin.clone() else {
            return None;
        };
        Some(Self {
            registration,
            file,
            state_dir,
        })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &NativeName {
        &self.registration.definition.name
    }

    /// Whether it is the machine's or a user's.
    pub(crate) const fn scope(&self) -> Scope {
        self.registration.definition.scope
    }

    /// Its services, as its file has them now, or as its registration has its
    /// one command.
    pub(crate) fn services(&self) -> Result<Vec<Service>, Failure> {
        let definition = &self.registration.definition;
        match &self.file {
            Some(file) => Ok(commands::load(file)?.into_services()),
            None => Ok(services_of_command(definition)),
        }
    }

    /// Who keeps it.
    pub(crate) fn manager(&self) -> Box<dyn Manager> {
        self.registration.manager_kind.manager()
    }

    /// How its manager says that it is.
    pub(crate) fn status(&self) -> Result<NativeStatus, Failure> {
        Ok(self.manager().status(self.name(), self.scope())?)
    }
}

fn services_of_command(definition: &Definition) -> Vec<Service> {
    let words = definition.arguments.iter();
    let command: Vec<String> = words
        .skip_while(|word| *word != "--")
        .skip(1)
        .cloned()
        .collect();
    ad_hoc(&command, &definition.dir, &ThisHost::facts())
        .map(Config::into_services)
        .unwrap_or_default()
}

/// The registers that concern this user, the own one first.
pub(crate) fn registers() -> Vec<(Scope, Register)> {
    let order = if Account::is_privileged() {
        [Scope::System, Scope::User]
    } else {
        [Scope::User, Scope::System]
    };
    order
        .into_iter()
        .filter_map(|scope| Some((scope, Register::of(scope).ok()?)))
        .collect()
}

/// All of them. A record that cannot be understood is told, and costs no other;
/// so does a register that this user may not read.
pub(crate) fn all() -> Result<Vec<Installed>, Failure> {
    let mut found = Vec::new();
    for (_, register) in registers() {
        for record in if_readable(register.all())?.unwrap_or_default() {
            match record {
                Ok(registration) => found.extend(Installed::new(registration)),
                Err(error) => terminal::tell(&format!("warning: {}", with_causes(&error))),
            }
        }
    }
    Ok(found)
}

/// The one called `name`.
pub(crate) fn by_name(name: &GuardianName) -> Result<Option<Installed>, Failure> {
    let name = native_name(name)?;
    for (_, register) in registers() {
        let found = if_readable(register.get(&name))?.flatten();
        if let Some(installed) = found.and_then(Installed::new) {
            return Ok(Some(installed));
        }
    }
    Ok(None)
}

/// What was found in a register; `None`: this user may not read it, which is told
/// once. That must not keep him from his own guardian.
fn if_readable<T>(found: Result<T, Error>) -> Result<Option<T>, Failure> {
    static TOLD: AtomicBool = AtomicBool::new(false);
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error @ Error::NoPermission { .. }) => {
            if !TOLD.swap(true, Ordering::Relaxed) {
                terminal::tell(&format!(
                    "warning: {}: what is installed there is not known",
                    with_causes(&error)
                ));
            }
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

fn native_name(name: &GuardianName) -> Result<NativeName, Failure> {
    NativeName::new(name.as_str()).map_err(|error| Failure::of("look for the guardian", &error))
}

/// The one called `name` of those in `register`.
pub(crate) fn in_register(
    register: &Register,
    name: &GuardianName,
) -> Result<Option<Installed>, Failure> {
    Ok(register.get(&native_name(name)?)?.and_then(Installed::new))
}

/// The one that keeps its state in `state_dir`.
pub(crate) fn by_state_dir(state_dir: &Path) -> Result<Option<Installed>, Failure> {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let wanted = whole(state_dir);
    Ok(all()?
        .into_iter()
        .find(|installed| whole(&installed.state_dir) == wanted))
}
