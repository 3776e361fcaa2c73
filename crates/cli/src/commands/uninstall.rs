//! `outlast uninstall`: remove a guardian's native service.

use std::path::Path;

use outlast_model::GuardianName;
use outlast_native::{Installer, Removed};
use outlast_native::{Machine, NativeName, Step};
use outlast_native::{Purge, removal};
use outlast_os::paths;
use serde_json::{Value, json};

use crate::args::{Global, Uninstall};
use crate::at_hand;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::installation::{self, check_rights, failed, show};
use crate::registered::{self, Installed};
use crate::terminal::{self, GOOD, styled};

pub(crate) fn perform(arguments: &Uninstall, global: &Global) -> Result<ExitCode, Failure> {
    let name = name(arguments, global)?;
    let Some(installed) = registered::by_name(&name)? else {
        return absent(&name, arguments);
    };
    let register = installation::register(installed.scope())?;
    if arguments.dry_run {
        let steps = removal(&register, &installed.registration, purge(arguments));
        return planned(&steps, arguments);
    }
    check_rights(installed.scope(), "remove a service")?;
    let manager = installed.manager();
    let mut installer = Installer {
        register: &register,
        manager: &*manager,
        host: &mut Machine,
    };
    let removed = installer
        .uninstall(installed.name(), installed.scope(), purge(arguments))
        .map_err(failed)?;
    done(&installed, &removed, arguments)
}

const fn purge(arguments: &Uninstall) -> Purge {
    if arguments.purge {
        Purge::Remove
    } else {
        Purge::Keep
    }
}

/// The guardian that is meant: the one that was named, else the one at hand.
fn name(arguments: &Uninstall, global: &Global) -> Result<GuardianName, Failure> {
    if let Some(word) = &arguments.guardian {
        let word = word.strip_suffix('/').unwrap_or(word);
        return GuardianName::new(word).map_err(|why| {
            Failure::new(
                ExitCode::Program(2),
                format!("{word:?} is no name of a guardian: {why}"),
            )
        });
    }
    let state_dir = at_hand::state_dir(global)?;
    let installed = registered::by_state_dir(&state_dir)?;
    let name = match &installed {
        Some(installed) => installed.name().to_string(),
        None => file_name(&state_dir),
    };
    GuardianName::new(&name).map_err(|_| {
        Failure::new(
            ExitCode::NotInstalled,
            format!(
                "no guardian with the state directory {} is installed",
                state_dir.display()
            ),
        )
    })
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// It is not installed. When a command died halfway over it, that is taken back;
/// when it was known once, what was asked for is done already; a name that
/// nobody has heard of is likely to be misspelt.
fn absent(name: &GuardianName, arguments: &Uninstall) -> Result<ExitCode, Failure> {
    for (scope, register) in registered::registers() {
        let native = NativeName::new(name.as_str())
            .map_err(|error| Failure::of("look for the guardian", &error))?;
        if !outlast_native::transaction::is_half_done(&register, &native) || arguments.dry_run {
            continue;
        }
        check_rights(scope, "remove a service")?;
        let manager_kind = installation::manager(None)?;
        let mut installer = Installer {
            register: &register,
            manager: &*manager_kind.manager(),
            host: &mut Machine,
        };
        installer
            .uninstall(&native, scope, purge(arguments))
            .map_err(failed)?;
        return already(name, arguments);
    }
    let left = state_dirs(name);
    if left.is_empty() {
        return Err(Failure::from(outlast_native::Error::NotInstalled(
            NativeName::new(name.as_str())
                .map_err(|error| Failure::of("look for the guardian", &error))?,
        )));
    }
    already(name, arguments)
}

fn state_dirs(name: &GuardianName) -> Vec<std::path::PathBuf> {
    let parents = paths::state_dirs().into_iter();
    parents
        .map(|parent| parent.join(name.as_str()))
        .filter(|dir| dir.exists())
        .collect()
}

fn already(name: &GuardianName, arguments: &Uninstall) -> Result<ExitCode, Failure> {
    if arguments.json {
        terminal::print(&json!({ "name": name.as_str(), "steps": [] }).to_string())?;
    } else {
        terminal::print(&format!("{name} is not installed"))?;
        for dir in state_dirs(name) {
            terminal::tell(&format!("its logs and journal are in {}", dir.display()));
        }
    }
    Ok(ExitCode::Ok)
}

fn planned(steps: &[Step], arguments: &Uninstall) -> Result<ExitCode, Failure> {
    if arguments.json {
        let steps: Vec<Value> = steps
            .iter()
            .map(show::step_json)
            .collect::<Result<_, _>>()?;
        terminal::print(&json!({ "steps": steps }).to_string())?;
    } else {
        for step in steps {
            terminal::print(&step.to_string())?;
        }
    }
    Ok(ExitCode::Ok)
}

fn done(
    installed: &Installed,
    removed: &Removed,
    arguments: &Uninstall,
) -> Result<ExitCode, Failure> {
    let kept = Some(&installed.state_dir).filter(|dir| dir.exists());
    if arguments.json {
        let steps: Vec<Value> = removed
            .steps
            .iter()
            .map(show::step_json)
            .collect::<Result<_, _>>()?;
        let value = json!({
            "name": installed.name().as_str(),
            "steps": steps,
            "kept": kept.map(|dir| dir.display().to_string()),
        });
        terminal::print(&value.to_string())?;
        return Ok(ExitCode::Ok);
    }
    terminal::print(&format!("{} {}", styled(GOOD, "removed"), installed.name()))?;
    for step in &removed.steps {
        terminal::print(&format!("  {step}"))?;
    }
    if let Some(dir) = kept {
        terminal::print(&format!(
            "kept its logs and journal in {} (--purge removes them, too)",
            dir.display()
        ))?;
    }
    Ok(ExitCode::Ok)
}
