//! A logind that ends what a session leaves behind.

use outlast_native::ManagerKind;

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    // What is installed is no part of a session.
    if subject.is_installed() || subject.planned.manager_kind == ManagerKind::Windows {
        return Vec::new();
    }
    let (Some(user), Some(policy)) = (facts.own_account(), facts.login_policy()) else {
        return Vec::new();
    };
    if policy.kills(&user) != Some(true) {
        return Vec::new();
    }
    vec![Finding {
        id: "session-kill",
        severity: Severity::Note,
        what: format!(
            "logind ends everything that a session of {user} has started, when that ends (KillUserProcesses)"
        ),
        why: "`outlast run` in a terminal ends with the session and all services with it; nohup, screen and tmux do not help"
            .to_owned(),
        fix: "outlast install, which makes it a native service and no part of a session".to_owned(),
    }]
}
