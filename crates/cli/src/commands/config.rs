//! `outlast config`: how a guardian is installed, read and changed in place.

use outlast_model::GuardianName;
use outlast_native::Installer;
use outlast_native::register::Registration;
use outlast_native::transaction::Host as _;
use outlast_native::{Change, Plan};
use outlast_native::{Definition, Machine, Property, Step};
use serde_json::{Map, Value, json};

use crate::args::{ConfigAct, ConfigGet, ConfigSet, Global};
use crate::at_hand;
use crate::doctor::Planned;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::installation::definition::{Place, definition, with_changes};
use crate::installation::password::{self, supplied};
use crate::installation::subject::Subject;
use crate::installation::{self, check_rights, difference, failed, risks, settings, show};
use crate::registered::{self, Installed};
use crate::table;
use crate::terminal;

pub(crate) fn perform(act: &ConfigAct, global: &Global) -> Result<ExitCode, Failure> {
    match act {
        ConfigAct::Get(arguments) => get(arguments, global),
        ConfigAct::Set(arguments) => set(arguments, global),
    }
}

fn get(arguments: &ConfigGet, global: &Global) -> Result<ExitCode, Failure> {
    let (installed, key) = match arguments.what.as_slice() {
        [] => (at_hand(global)?, None),
        // One word is a guardian, or a key of the guardian at hand.
        [word] => match named(word)? {
            Some(installed) => (installed, None),
            None => (at_hand(global)?, Some(word)),
        },
        [name, key, ..] => (named(name)?.ok_or_else(|| unknown(name))?, Some(key)),
    };
    let properties = installed.manager().properties(&installed.registration)?;
    match key {
        None => print_all(&properties, arguments),
        Some(key) => print_one(&properties, key, arguments),
    }
}

fn print_all(properties: &[Property], arguments: &ConfigGet) -> Result<ExitCode, Failure> {
    if arguments.json {
        let values: Map<String, Value> = properties
            .iter()
            .map(|property| (property.name.to_owned(), json!(property.value)))
            .collect();
        terminal::print(&Value::Object(values).to_string())?;
        return Ok(ExitCode::Ok);
    }
    let rows: Vec<Vec<String>> = properties
        .iter()
        .map(|property| vec![property.name.to_owned(), property.value.clone()])
        .collect();
    for line in table::lines(&rows) {
        terminal::print(&line)?;
    }
    Ok(ExitCode::Ok)
}

fn print_one(
    properties: &[Property],
    key: &str,
    arguments: &ConfigGet,
) -> Result<ExitCode, Failure> {
    let Some(property) = properties.iter().find(|property| property.name == key) else {
        let names: Vec<&str> = properties.iter().map(|property| property.name).collect();
        return Err(
            Failure::new(ExitCode::Program(2), format!("there is no key {key}"))
                .hint(format!("there are {}", names.join(", "))),
        );
    };
    if arguments.json {
        terminal::print(&json!({ (property.name): property.value }).to_string())?;
    } else {
        terminal::print(&property.value)?;
    }
    Ok(ExitCode::Ok)
}

fn set(arguments: &ConfigSet, global: &Global) -> Result<ExitCode, Failure> {
    let (installed, changes) = match arguments.what.split_first() {
        Some((name, changes)) if !name.contains('=') => {
            (named(name)?.ok_or_else(|| unknown(name))?, changes)
        }
        _ => (at_hand(global)?, arguments.what.as_slice()),
    };
    if changes.is_empty() {
        return Err(
            Failure::new(ExitCode::Program(2), "nothing is to be changed")
                .hint("write KEY=VALUE, as in start=manual"),
        );
    }
    let (new, file) = changed(&installed, changes)?;
    let new = match account_of(changes) {
        true if !arguments.dry_run => {
            let from = if arguments.password_stdin {
                password::From::StandardInput
            } else {
                password::From::Terminal
            };
            supplied(new, installed.registration.manager_kind, from)?
        }
        _ => new,
    };
    let register = installation::register(installed.scope())?;
    let manager = installed.manager();
    let mut installer = Installer {
        register: &register,
        manager: &*manager,
        host: &mut Machine,
    };
    let origin = installed.registration.origin.clone();
    let plan = installer.plan(&new, origin.clone())?;
    if !arguments.json {
        print_difference(&installed.registration, &plan, file.as_ref())?;
    }
    if !arguments.dry_run {
        check_rights(installed.scope(), "change a service")?;
        let to_be = Planned {
            definition: &new,
            manager_kind: installed.registration.manager_kind,
            file: installed.file.as_deref(),
            services: &installed.services()?,
        };
        risks::check(to_be, &arguments.accepted)?;
        write(file.as_ref(), || {
            installer.install(&new, origin).map(drop).map_err(failed)
        })?;
    }
    tell(&installed, &plan, arguments)
}

/// Whether one of `changes` is about the account.
fn account_of(changes: &[String]) -> bool {
    changes
        .iter()
        .any(|change| matches!(settings::parts(change), Ok(("account", _))))
}

/// The changed definition, and the change of the file where there is one.
fn changed(
    installed: &Installed,
    changes: &[String],
) -> Result<(Definition, Option<Step>), Failure> {
    let Some(path) = &installed.file else {
        let old = &installed.registration.definition;
        let native = settings::of_command(&old.dir, changes)?;
        let keys: Vec<&str> = changes
            .iter()
            .map(|change| settings::parts(change).map(|(key, _)| key))
            .collect::<Result<_, _>>()?;
        return Ok((with_changes(old, &native, &keys), None));
    };
    let text = settings::changed(&settings::text_of(path)?, path, changes)?;
    let subject = Subject::of_file(path)?;
    let native = settings::applied(&subject, changes)?;
    let subject = Subject { native, ..subject };
    let place = Place {
        manager_kind: installed.registration.manager_kind,
        scope: installed.scope(),
        state_dir: installed.state_dir.clone(),
    };
    let step = Step::File {
        path: path.clone(),
        text,
        mode: outlast_os::access::mode_of(path)
            .map_err(|error| Failure::of(&format!("read {}", path.display()), &error))?,
    };
    Ok((definition(&subject, &place)?, Some(step)))
}

/// Writes the file and registers; when the latter fails the file is as before.
fn write(
    file: Option<&Step>,
    register: impl FnOnce() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Some(step) = file else { return register() };
    let back = Machine.inverse(step)?;
    Machine.take(step)?;
    register().inspect_err(|_| {
        for step in &back {
            if let Err(error) = Machine.take(step) {
                terminal::tell(&format!("warning: {}", crate::failure::with_causes(&error)));
            }
        }
    })
}

/// What differs, file by file and call by call.
fn print_difference(
    before: &Registration,
    plan: &Plan,
    file: Option<&Step>,
) -> Result<(), Failure> {
    let after = plan.registration.steps.iter().chain(file);
    for line in difference::lines(&before.steps, after) {
        terminal::print(&line)?;
    }
    show::fidelity(&plan.fidelity);
    Ok(())
}

fn tell(installed: &Installed, plan: &Plan, arguments: &ConfigSet) -> Result<ExitCode, Failure> {
    if arguments.json {
        terminal::print(&show::json(plan)?.to_string())?;
        return Ok(ExitCode::Ok);
    }
    let name = installed.name();
    terminal::print(&match (arguments.dry_run, plan.change) {
        (true, _) => "nothing was changed (--dry-run)".to_owned(),
        (false, Change::Same) => format!("{name} is so already"),
        (false, _) => format!(
            "changed {name}; it runs on as it was started, `outlast restart {name}/` makes it run so"
        ),
    })?;
    Ok(ExitCode::Ok)
}

fn at_hand(global: &Global) -> Result<Installed, Failure> {
    let state_dir = at_hand::state_dir(global)?;
    registered::by_state_dir(&state_dir)?.ok_or_else(|| {
        Failure::new(
            ExitCode::NotInstalled,
            format!("the guardian in {} is not installed", state_dir.display()),
        )
        .hint("`outlast install` makes it a native service")
    })
}

fn named(word: &str) -> Result<Option<Installed>, Failure> {
    let word = word.strip_suffix('/').unwrap_or(word);
    match GuardianName::new(word) {
        Ok(name) => registered::by_name(&name),
        Err(_) => Ok(None),
    }
}

fn unknown(name: &str) -> Failure {
    Failure::new(
        ExitCode::NotInstalled,
        format!("no guardian called {name} is installed"),
    )
    .hint("`outlast list` shows what is")
}
