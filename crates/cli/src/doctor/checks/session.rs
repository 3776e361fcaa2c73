//! What services of Windows do not have, as they run in session 0: the drives
//! that a user has mapped, and a desktop.

use std::path::{Path, PathBuf};

use outlast_model::Service;
use outlast_native::ManagerKind;

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::programs;
use crate::doctor::subject::{Planned, Subject};

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let planned = &subject.planned;
    if planned.manager_kind != ManagerKind::Windows || !planned.is_the_machine_s() {
        return Vec::new();
    }
    let mut mapped: Vec<PathBuf> = paths(planned, facts);
    mapped.retain(|path| facts.is_on_mapped_drive(path));
    mapped.dedup();
    let drives = mapped.iter().map(|path| of_drive(path));
    let services = planned.services.iter();
    drives
        .chain(services.filter_map(|service| of_windows(service, planned, facts)))
        .collect()
}

fn paths(planned: &Planned<'_>, facts: &dyn Facts) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = vec![
        planned.definition.program.clone(),
        planned.definition.dir.clone(),
    ];
    paths.extend(planned.file.map(Path::to_owned));
    for service in planned.services {
        paths.push(service.dir.clone());
        paths.extend(service.environment.file.clone());
        paths.extend(programs::find(service, planned, facts).path());
        paths.extend(service.command.arguments.iter().map(PathBuf::from));
    }
    paths.sort();
    paths
}

fn of_drive(path: &Path) -> Finding {
    Finding {
        id: "mapped-drive",
        severity: Severity::Warning,
        what: format!("{} is on a mapped drive", path.display()),
        why: "the letter belongs to your session; a service has no such drive, and no rights to it either unless its \
              account has"
            .to_owned(),
        fix: r"use a local folder, or the share's own name (\\SERVER\SHARE) and an account that may read it"
            .to_owned(),
    }
}

fn of_windows(service: &Service, planned: &Planned<'_>, facts: &dyn Facts) -> Option<Finding> {
    let path = programs::find(service, planned, facts).path()?;
    facts.is_graphical(&path).then(|| Finding {
        id: "graphical-program",
        severity: Severity::Warning,
        what: format!("{} of the service {} is a program with windows", path.display(), service.name),
        why: "services run in session 0, where nobody sees a window: a message box waits there for ever"
            .to_owned(),
        fix: "use the program's console or service variant, or start it when a user logs on".to_owned(),
    })
}
