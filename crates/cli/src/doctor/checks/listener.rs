//! An all-powerful process that the network can reach.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let planned = &subject.planned;
    let Some(pid) = subject.running().filter(|_| planned.is_all_powerful()) else {
        return Vec::new();
    };
    let root = planned.all_powerful();
    let Some(listeners) = facts.listeners(pid) else {
        return vec![unknown(root)];
    };
    let mut addresses: Vec<String> = listeners
        .iter()
        .filter(|listener| listener.is_all_powerful && !listener.address.ip().is_loopback())
        .map(|listener| listener.address.to_string())
        .collect();
    addresses.sort();
    addresses.dedup();
    if addresses.is_empty() {
        return Vec::new();
    }
    vec![Finding {
        id: "powerful-listener",
        severity: Severity::Warning,
        what: format!(
            "a process that runs as {root} listens on {}",
            addresses.join(", ")
        ),
        why: "the network reaches it, and whoever takes it over owns the machine".to_owned(),
        fix: format!(
            "let it run as another account (`user` of the service, or account in [native]), or listen on \
             127.0.0.1 behind a proxy that does not run as {root}"
        ),
    }]
}

fn unknown(root: &str) -> Finding {
    Finding {
        id: "powerful-listener",
        severity: Severity::Note,
        what: format!("it runs as {root}; whether it listens on the network is unknown here"),
        why: "the network may reach a process that may do everything".to_owned(),
        fix:
            "run the same command as an administrator, or look with the system's own tool (netstat)"
                .to_owned(),
    }
}
