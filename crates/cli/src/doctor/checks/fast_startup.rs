//! A shutdown of Windows that is none for services.

use outlast_native::ManagerKind;

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let planned = &subject.planned;
    if planned.manager_kind != ManagerKind::Windows {
        return Vec::new();
    }
    let what = match facts.has_fast_startup() {
        Some(false) => return Vec::new(),
        Some(true) => "Fast Startup is on".to_owned(),
        None => "whether Fast Startup is on is unknown".to_owned(),
    };
    vec![Finding {
        id: "fast-startup",
        severity: Severity::Note,
        what,
        why: "with it, a shutdown hibernates services: after power on they go on where they were, and nothing is \
              started anew; a restart does start everything anew"
            .to_owned(),
        fix: "if a shutdown has to end them: powercfg /hibernate off (which ends hibernation, too), or in the registry \
              HiberbootEnabled=0 below HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Power"
            .to_owned(),
    }]
}
