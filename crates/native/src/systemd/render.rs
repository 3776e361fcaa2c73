//! A definition as unit files.

use std::path::{Path, PathBuf};

use crate::definition::{Account, Definition, Network, Protocol, Scope, StartType, Trigger};
use crate::fidelity::Fidelity;
use crate::manager::{Error, Rendered};
use crate::script::below;
use crate::step::{Access, Call, Step};

use super::call::SystemdCall;
use super::folders::Folders;
use super::identity;
use super::sandbox;
use super::text::{Place, spell, spell_path};
use super::unit::{Unit, dependency, span, unit_name};

/// The steps that register `definition` in `folders`, and how exactly.
///
/// # Errors
/// [`Error::Inexpressible`] when systemd cannot have such a service.
pub(super) fn render(definition: &Definition, folders: &Folders) -> Result<Rendered, Error> {
    let mut fidelity = Fidelity::default();
    let service = unit_name(&definition.name, "service")?;
    let text = service_unit(definition, folders, &mut fidelity)?;
    let place = Placed::new(definition, folders)?;

    // systemd is told both before and after: the first call does its work when
    // the steps are taken back, the last one when they are taken.
    let reload = Step::Call(Call::Systemd(SystemdCall::Reload {
        scope: definition.scope,
    }));
    let mut steps = Vec::new();
    // First, as it starts the user's systemd, and ends it when it is taken back.
    if definition.scope == Scope::User {
        steps.push(Step::Call(Call::Systemd(SystemdCall::Linger {
            user: folders.user_name()?.to_owned(),
        })));
    }
    steps.push(reload.clone());
    steps.extend(state_dir(definition));
    steps.extend(place.folders());
    steps.push(place.unit(&service, text));
    match &definition.start {
        StartType::Auto | StartType::Delayed | StartType::Trigger(Trigger::Network) => {
            steps.push(place.wanted(&service));
        }
        StartType::Trigger(Trigger::Path(path)) => {
            let unit = unit_name(&definition.name, "path")?;
            steps.push(place.unit(&unit, path_unit(definition, path)?));
            steps.push(place.wanted(&unit));
        }
        StartType::Manual | StartType::Disabled => {}
    }
    steps.push(reload);
    Ok(Rendered { steps, fidelity })
}

/// Where the files of one definition go.
struct Placed<'a> {
    units: &'a Path,
    target: &'static str,
    scope: Scope,
}

impl<'a> Placed<'a> {
    fn new(definition: &Definition, folders: &'a Folders) -> Result<Self, Error> {
        Ok(Self {
            units: folders.units(definition.scope)?,
            target: boot_target(definition.scope),
            scope: definition.scope,
        })
    }

    fn wants_dir(&self) -> PathBuf {
        below(self.units, &format!("{}.wants", self.target))
    }

    /// Folders that a removal is to leave behind only with something in them.
    /// The machine's are there with systemd.
    fn folders(&self) -> Vec<Step> {
        if self.scope == Scope::System {
            return Vec::new();
        }
        let wants = self.wants_dir();
        let mut folders: Vec<&Path> = wants.ancestors().take(3).collect();
        folders.reverse();
        let access = Access {
            owner: None,
            mode: 0o755,
        };
        folders
            .into_iter()
            .map(|path| Step::Dir {
                path: path.to_owned(),
                access: access.clone(),
            })
            .collect()
    }

    fn unit(&self, unit: &str, text: String) -> Step {
        Step::File {
            path: below(self.units, unit),
            text,
            mode: 0o644,
        }
    }

    /// What `systemctl enable` makes: it needs no manager that answers, and is
    /// taken back like any file.
    fn wanted(&self, unit: &str) -> Step {
        Step::Link {
            path: below(self.wants_dir(), unit),
            target: below(self.units, unit),
        }
    }
}

/// What everything that starts with the machine (or with the user's manager) is
/// wanted by.
pub(super) const fn boot_target(scope: Scope) -> &'static str {
    match scope {
        Scope::System => "multi-user.target",
        Scope::User => "default.target",
    }
}

/// A dynamic user has no number before the service runs, so that systemd makes
/// the folder for it (`StateDirectory=`).
fn state_dir(definition: &Definition) -> Option<Step> {
    let owner = match &definition.account {
        Account::Dynamic => return None,
        Account::User { name, .. } if definition.scope == Scope::System => Some(name.clone()),
        _ => None,
    };
    let path = definition.state_dir.clone()?;
    Some(Step::Dir {
        path,
        access: Access { owner, mode: 0o700 },
    })
}

fn service_unit(
    definition: &Definition,
    folders: &Folders,
    fidelity: &mut Fidelity,
) -> Result<String, Error> {
    let mut unit = Unit::new(&definition.name);
    unit.section("Unit");
    describe(&mut unit, definition, fidelity)?;
    order(&mut unit, definition, fidelity)?;
    unit.section("Service");
    run(&mut unit, definition)?;
    supervise(&mut unit, definition);
    identity::identity(&mut unit, definition, folders, fidelity)?;
    sandbox::sandbox(&mut unit, definition, fidelity)?;
    if let StartType::Auto | StartType::Delayed | StartType::Trigger(Trigger::Network) =
        definition.start
    {
        unit.section("Install");
        unit.set("WantedBy", boot_target(definition.scope));
    }
    Ok(unit.into_text())
}

fn describe(
    unit: &mut Unit,
    definition: &Definition,
    fidelity: &mut Fidelity,
) -> Result<(), Error> {
    if definition.display_name.is_some() && definition.description.is_some() {
        fidelity.missing(
            "display_name",
            "systemd has one text for people, and shows the description",
        );
    }
    let text = definition
        .description
        .as_deref()
        .or(definition.display_name.as_deref())
        .unwrap_or(definition.name.as_str());
    unit.set("Description", &spell(text, Place::Line)?);
    Ok(())
}

/// When it is started, and after what.
fn order(unit: &mut Unit, definition: &Definition, fidelity: &mut Fidelity) -> Result<(), Error> {
    let mut wants = Vec::new();
    let mut after = Vec::new();
    // `Requires=` would stop the service with its dependency, and not start it
    // at boot when the dependency fails, although that may come up later.
    for name in &definition.depends_on {
        wants.push(dependency(name)?);
        after.push(dependency(name)?);
    }
    let is_on_network = definition.start == StartType::Trigger(Trigger::Network);
    if is_on_network {
        fidelity.approximated(
            "start",
            "systemd starts it at boot when the network is up, or after its own time-out for that",
        );
    }
    let needs_network = definition.network == Network::Online || is_on_network;
    match (definition.scope, needs_network) {
        (Scope::System, true) => {
            wants.push("network-online.target".to_owned());
            after.push("network-online.target".to_owned());
        }
        // An order and no wait: at shutdown it ends while there is a network.
        (Scope::System, false) => after.push("network.target".to_owned()),
        (Scope::User, true) => fidelity.missing(
            "network",
            "a user's systemd knows nothing of the network: it is started without waiting for it",
        ),
        (Scope::User, false) => {}
    }
    if definition.start == StartType::Delayed {
        after.push(boot_target(definition.scope).to_owned());
    }
    for (key, units) in [("Wants", wants), ("After", after)] {
        if !units.is_empty() {
            unit.set(key, &units.join(" "));
        }
    }
    if definition.start == StartType::Disabled {
        unit.set("RefuseManualStart", "yes");
    }
    // It never gives up; that is decided one layer above.
    unit.set("StartLimitIntervalSec", "0");
    Ok(())
}

/// What is started, and how.
fn run(unit: &mut Unit, definition: &Definition) -> Result<(), Error> {
    match definition.protocol {
        Protocol::Native { .. } => {
            unit.set("Type", "notify");
            unit.set("NotifyAccess", "main");
        }
        Protocol::Silent => unit.set("Type", "exec"),
    }
    let mut words = vec![spell_path(&definition.program, Place::Program)?];
    for argument in &definition.arguments {
        words.push(spell(argument, Place::Argument)?);
    }
    unit.set("ExecStart", &words.join(" "));
    if let Protocol::Native { .. } = definition.protocol {
        unit.set("ExecReload", "/bin/kill -HUP $MAINPID");
    }
    unit.set(
        "WorkingDirectory",
        &spell_path(&definition.dir, Place::PathLine)?,
    );
    for (name, value) in &definition.environment {
        if !is_variable(name) {
            return Err(super::text::inexpressible(format!(
                "{name:?} is no name for a variable: use ASCII letters, digits and '_'"
            )));
        }
        unit.set(
            "Environment",
            &spell(&format!("{name}={value}"), Place::Word)?,
        );
    }
    // Else the journal would call every guardian by the name of its program.
    unit.set("SyslogIdentifier", definition.name.as_str());
    Ok(())
}

fn is_variable(name: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty() && name.chars().all(is_word)
}

/// What happens when it ends, hangs, or is to end.
fn supervise(unit: &mut Unit, definition: &Definition) {
    unit.set("Restart", "always");
    unit.set("RestartSec", &span(definition.restart_delay));
    // The guardian itself says that it is up, after a bound of its own.
    unit.set("TimeoutStartSec", "infinity");
    unit.set("TimeoutStopSec", &span(definition.stop_timeout));
    // The guardian stops its services; systemd kills what is left afterwards.
    unit.set("KillMode", "mixed");
    if let Protocol::Native {
        watchdog: Some(interval),
    } = definition.protocol
    {
        unit.set("WatchdogSec", &span(interval));
        // What hangs cannot end in good order, and a stopped process would not
        // even notice SIGABRT, the default.
        unit.set("WatchdogSignal", "SIGKILL");
    }
    // A service that is killed for its memory must not end the others.
    unit.set("OOMPolicy", "continue");
    // The guardian gives each of its services a control group below its own.
    unit.set("Delegate", "yes");
}

/// The unit that starts the service when `path` comes into being.
fn path_unit(definition: &Definition, path: &Path) -> Result<String, Error> {
    let service = unit_name(&definition.name, "service")?;
    let mut unit = Unit::new(&definition.name);
    unit.section("Unit");
    unit.set("Description", &format!("What starts {service}"));
    unit.section("Path");
    unit.set("PathExists", &spell_path(path, Place::PathLine)?);
    unit.set("Unit", &service);
    unit.section("Install");
    unit.set("WantedBy", boot_target(definition.scope));
    Ok(unit.into_text())
}
