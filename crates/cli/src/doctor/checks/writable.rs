//! Programs, scripts and files that others than those they run as can change:
//! the classic way to become more than one is.

use std::io;
use std::path::PathBuf;

use outlast_native::ManagerKind;
use outlast_os::inspection::exposure::{Exposure, Power, PrincipalKind};

use super::quoted;
use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::programs;
use crate::doctor::runner::Runner;
use crate::doctor::subject::{Planned, Subject};

/// A file on which it depends what is done in the name of the runner.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    id: &'static str,
    /// What it is, as in "the program".
    noun: &'static str,
    path: PathBuf,
    runner: Runner,
}

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let planned = &subject.planned;
    let mut seen: Vec<Item> = Vec::new();
    for item in items(planned, facts) {
        let is_known =
            |known: &Item| known.path == item.path && known.runner.name == item.runner.name;
        if !seen.iter().any(is_known) {
            seen.push(item);
        }
    }
    seen.iter()
        .filter_map(|item| examine(item, planned, facts))
        .collect()
}

fn items(planned: &Planned<'_>, facts: &dyn Facts) -> Vec<Item> {
    let guardian = Runner::of_guardian(planned, facts);
    let item = |id, noun, path: PathBuf, runner: &Runner| Item {
        id,
        noun,
        path,
        runner: runner.clone(),
    };
    let mut items = vec![item(
        "writable-program",
        "the program",
        planned.definition.program.clone(),
        &guardian,
    )];
    if let Some(file) = planned.file {
        items.push(item(
            "writable-config",
            "the file",
            file.to_owned(),
            &guardian,
        ));
    }
    for service in planned.services {
        let runner = Runner::of_service(service, planned, facts);
        if let Some(path) = programs::find(service, planned, facts).path() {
            items.push(item("writable-program", "the program", path, &runner));
        }
        if let Some(path) = programs::script(service, facts) {
            items.push(item("writable-script", "the script", path, &runner));
        }
        if let Some(path) = &service.environment.file {
            let noun = "the environment file";
            items.push(item("writable-env-file", noun, path.clone(), &runner));
        }
    }
    items
}

fn examine(item: &Item, planned: &Planned<'_>, facts: &dyn Facts) -> Option<Finding> {
    let exposures = match facts.exposures(&item.path) {
        Ok(exposures) => exposures,
        // That it is missing is told by others.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => return Some(unknown(item, &error)),
    };
    let holes: Vec<Exposure> = exposures
        .into_iter()
        .filter(|exposure| !item.runner.is(&exposure.who))
        .collect();
    if holes.is_empty() {
        return None;
    }
    let is_one_person = |hole: &Exposure| hole.who.kind == PrincipalKind::Account;
    let severity = if item.runner.is_least && holes.iter().all(is_one_person) {
        Severity::Warning
    } else {
        Severity::Danger
    };
    Some(Finding {
        id: item.id,
        severity,
        what: format!(
            "{} {}, which {} {}, can be changed by {}",
            item.noun,
            item.path.display(),
            if item.id == "writable-program" || item.id == "writable-script" {
                "runs as"
            } else {
                "decides what runs as"
            },
            item.runner.name,
            joined(holes.iter().map(|hole| hole.who.name.clone())),
        ),
        why: format!(
            "whoever changes it does what {} may: {}",
            item.runner.name,
            joined(holes.iter().map(told)),
        ),
        fix: fix(item, &holes, planned),
    })
}

fn told(hole: &Exposure) -> String {
    let path = hole.path.display();
    let name = match hole.who.kind {
        PrincipalKind::Group => format!("the group {}", hole.who.name),
        _ => hole.who.name.clone(),
    };
    match hole.power {
        Power::Own => format!("{name} owns {path}"),
        Power::Write => format!("{name} can write to {path}"),
        Power::Replace => format!("{name} can replace what is in {path}"),
    }
}

fn fix(item: &Item, holes: &[Exposure], planned: &Planned<'_>) -> String {
    let commands = joined_by(holes.iter().map(|hole| command(hole, planned)), "; ");
    let mut people = holes
        .iter()
        .filter(|hole| hole.who.kind == PrincipalKind::Account)
        .map(|hole| &hole.who.name);
    let somebody = people.next();
    let is_one_s = somebody.is_some_and(|name| people.all(|other| other == name));
    match somebody {
        Some(name) if is_one_s && planned.is_all_powerful() && item.runner.name == "root" => {
            format!("{commands}; or run it as {name}: account = {name:?} in [native]")
        }
        _ => commands,
    }
}

fn command(hole: &Exposure, planned: &Planned<'_>) -> String {
    let path = quoted(&hole.path);
    let name = &hole.who.name;
    if planned.manager_kind == ManagerKind::Windows {
        return match hole.power {
            Power::Own => format!(
                "icacls {path} /setowner Administrators & icacls {path} /remove:g \"{name}\""
            ),
            _ => format!("icacls {path} /inheritance:d & icacls {path} /remove:g \"{name}\""),
        };
    }
    match (hole.power, hole.who.kind) {
        (Power::Own, _) => format!("chown root {path}"),
        (_, PrincipalKind::Everyone) => format!("chmod o-w {path}"),
        (_, PrincipalKind::Group) => format!("chmod g-w {path}"),
        (Power::Replace, PrincipalKind::Account) => {
            format!("move it out of {path}, where {name} may replace what is its own")
        }
        (Power::Write, PrincipalKind::Account) => format!("setfacl -x u:{name} {path}"),
    }
}

fn unknown(item: &Item, error: &io::Error) -> Finding {
    Finding {
        id: item.id,
        severity: Severity::Note,
        what: format!("who can change {} is unknown: {error}", item.path.display()),
        why: format!("it runs as {}", item.runner.name),
        fix: "run the same command as an administrator".to_owned(),
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    joined_by(parts, ", ")
}

/// Each part once.
fn joined_by(parts: impl Iterator<Item = String>, between: &str) -> String {
    let mut all: Vec<String> = Vec::new();
    for part in parts {
        if !all.contains(&part) {
            all.push(part);
        }
    }
    all.join(between)
}
