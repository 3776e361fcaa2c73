//! A user's service that ends when the user logs out.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    // Until then it does not matter, and `install` sees to it.
    if !subject.is_installed() || !subject.is_a_user_s_with_systemd() {
        return Vec::new();
    }
    let Some(user) = facts.own_account() else {
        return vec![unknown("this user")];
    };
    match facts.lingers(&user) {
        Some(true) => Vec::new(),
        None => vec![unknown(&user)],
        Some(false) => vec![without(&user, facts)],
    }
}

fn without(user: &str, facts: &dyn Facts) -> Finding {
    let kills = facts.login_policy().and_then(|policy| policy.kills(user));
    let more = match kills {
        Some(true) => "; KillUserProcesses=yes ends whatever else the session has left, too",
        _ => "",
    };
    Finding {
        id: "no-linger",
        severity: Severity::Warning,
        what: format!("{user} does not linger"),
        why: format!(
            "the service starts when {user} logs in, not with the machine, and ends with the last session{more}"
        ),
        fix: format!("loginctl enable-linger {user}"),
    }
}

fn unknown(user: &str) -> Finding {
    Finding {
        id: "no-linger",
        severity: Severity::Note,
        what: format!("whether the services of {user} go on after log-out is unknown"),
        why: "there is no logind on this machine that would say".to_owned(),
        fix: "install it as a service of the machine, with account in [native]".to_owned(),
    }
}
