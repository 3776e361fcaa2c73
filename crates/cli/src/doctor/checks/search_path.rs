//! A program that is found in a terminal and not by a service.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::programs::{self, Found};
use crate::doctor::subject::Subject;

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let planned = &subject.planned;
    let services = planned.services.iter();
    services
        .filter(|service| service.environment.file.is_none())
        .filter_map(|service| {
            let Found::InSessionOnly(path) = programs::find(service, planned, facts) else {
                return None;
            };
            let (name, program) = (&service.name, &service.command.program);
            let path = path.display();
            Some(Finding {
                id: "session-path",
                severity: Severity::Warning,
                what: format!(
                    "{program} of the service {name} is found by your PATH only, in {path}"
                ),
                why: "the operating system gives services another PATH, so it will not start there"
                    .to_owned(),
                fix: format!(
                    "write the whole path into its command: {path}; or set PATH in its `env`"
                ),
            })
        })
        .collect()
}
