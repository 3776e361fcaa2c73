//! An account that may do more than is needed.

use outlast_native::ManagerKind;

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::{Planned, Subject};

/// Capabilities with which a program can make itself root (capabilities(7)).
const AS_GOOD_AS_ROOT: [&str; 12] = [
    "CAP_SYS_ADMIN",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_PTRACE",
    "CAP_SETUID",
    "CAP_SETGID",
    "CAP_SETFCAP",
    "CAP_CHOWN",
    "CAP_FOWNER",
    "CAP_DAC_OVERRIDE",
    "CAP_MKNOD",
    "CAP_BPF",
];

/// Ports below this are root's on Unix.
const FIRST_FREE_PORT: u16 = 1024;

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let planned = &subject.planned;
    if planned.is_all_powerful() {
        return of_account(subject, facts).into_iter().collect();
    }
    planned
        .definition
        .capabilities
        .iter()
        .filter(|name| AS_GOOD_AS_ROOT.contains(&name.as_str()))
        .map(|name| of_capability(name))
        .collect()
}

fn of_account(subject: &Subject<'_>, facts: &dyn Facts) -> Option<Finding> {
    let planned = &subject.planned;
    // To change to another account takes root.
    if planned
        .services
        .iter()
        .any(|service| service.user.is_some())
    {
        return None;
    }
    let listeners = subject.running().and_then(|pid| facts.listeners(pid));
    let port = listeners
        .iter()
        .flatten()
        .map(|listener| listener.address.port())
        .find(|&port| port < FIRST_FREE_PORT && planned.manager_kind != ManagerKind::Windows);
    Some(match port {
        Some(port) => for_a_port(port),
        None => without_need(planned),
    })
}

fn for_a_port(port: u16) -> Finding {
    Finding {
        id: "powerful-account",
        severity: Severity::Note,
        what: format!("it runs as root, and needs that perhaps only for port {port}"),
        why: "a hole in one of its services is a hole in the whole machine".to_owned(),
        fix: "an account of its own can have the port alone: account = \"…\" and capabilities = \
              [\"CAP_NET_BIND_SERVICE\"] in [native]"
            .to_owned(),
    }
}

fn without_need(planned: &Planned<'_>) -> Finding {
    let root = planned.all_powerful();
    let fix = match planned.manager_kind {
        ManagerKind::Windows => {
            "account = \"virtual\" in [native]: an account of just this service"
        }
        ManagerKind::Systemd => {
            "account = \"NAME\" in [native], or \"dynamic\": a user that systemd makes for it; or a `user` for each \
             service"
        }
        _ => "account = \"NAME\" in [native], or a `user` for each service",
    };
    Finding {
        id: "powerful-account",
        severity: Severity::Warning,
        what: format!("it runs as {root}, and nothing of it is seen to need that"),
        why: "a hole in one of its services is a hole in the whole machine".to_owned(),
        fix: fix.to_owned(),
    }
}

fn of_capability(name: &str) -> Finding {
    Finding {
        id: "powerful-capability",
        severity: Severity::Warning,
        what: format!("it has {name}"),
        why: "with it a program can make itself root".to_owned(),
        fix: "leave it out of capabilities in [native], or give it to a guardian of its own"
            .to_owned(),
    }
}
