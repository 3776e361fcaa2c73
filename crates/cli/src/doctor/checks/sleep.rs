//! A laptop that sleeps, and all that it runs with it.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(_subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let what = match facts.is_portable() {
        Some(false) => return Vec::new(),
        None => "whether this machine sleeps at times is unknown".to_owned(),
        Some(true) => match sleeps(facts) {
            Some(when) if when.is_empty() => return Vec::new(),
            Some(when) => format!("this machine runs on a battery, and {}", when.join(" and ")),
            None => "this machine runs on a battery; when it sleeps is unknown".to_owned(),
        },
    };
    vec![Finding {
        id: "sleep",
        severity: Severity::Note,
        what,
        why: "nothing runs while a machine sleeps; services go on when it wakes".to_owned(),
        fix: "if they must go on: HandleLidSwitch=ignore in a file of /etc/systemd/logind.conf.d, or the power \
              settings of the system"
            .to_owned(),
    }]
}

/// When it sleeps, as logind is set; `None`: nobody knows.
fn sleeps(facts: &dyn Facts) -> Option<Vec<String>> {
    let policy = facts.login_policy()?;
    let is_sleep = |action: &str| {
        action.contains("suspend") || action.contains("hibernate") || action.contains("sleep")
    };
    let mut when = Vec::new();
    if is_sleep(&policy.lid_switch) || is_sleep(&policy.lid_switch_on_power) {
        let action = &policy.lid_switch;
        when.push(format!(
            "sleeps when its lid is shut (HandleLidSwitch={action})"
        ));
    }
    if is_sleep(&policy.idle_action) {
        let action = &policy.idle_action;
        when.push(format!("sleeps when nobody uses it (IdleAction={action})"));
    }
    Some(when)
}
