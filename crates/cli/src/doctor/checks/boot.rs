//! A machine that does not get as far as its services when it boots.

use outlast_native::{ManagerKind, StartType};
use outlast_os::inspection::boot::BootTarget;

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

/// Those that lead to `multi-user.target`, which native services are started by.
const LEADING: [&str; 2] = ["multi-user.target", "graphical.target"];

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let planned = &subject.planned;
    let starts_with_machine = matches!(
        planned.definition.start,
        StartType::Auto | StartType::Delayed
    );
    if planned.manager_kind != ManagerKind::Systemd
        || !planned.is_the_machine_s()
        || !starts_with_machine
    {
        return Vec::new();
    }
    let (severity, what) = match facts.boot_target() {
        Some(BootTarget::Named(name)) if LEADING.contains(&name.as_str()) => return Vec::new(),
        Some(BootTarget::Named(name)) => (
            Severity::Note,
            format!("this machine boots into {name}, which may not lead to multi-user.target"),
        ),
        Some(BootTarget::Missing) => (
            Severity::Warning,
            "this machine has no default.target to boot into".to_owned(),
        ),
        None => (
            Severity::Note,
            "where this machine boots to is unknown".to_owned(),
        ),
    };
    vec![Finding {
        id: "no-boot-target",
        severity,
        what,
        why: "services that start with the machine are started by multi-user.target".to_owned(),
        fix: "systemctl set-default multi-user.target".to_owned(),
    }]
}
