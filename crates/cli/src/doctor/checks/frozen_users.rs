//! What systemd freezes with all users when the machine sleeps, and what it has
//! left frozen.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let Some(systemd) = facts.systemd_sleep() else {
        return Vec::new();
    };
    let left = (systemd.are_users_frozen == Some(true)).then(left_frozen);
    let freezing = systemd.freezing.unwrap_or_default();
    let is_concerned = subject.is_a_user_s_with_systemd() && !freezing.is_empty();
    let would = (is_concerned && !systemd.is_masked).then(|| would_freeze(&freezing));
    left.into_iter().chain(would).collect()
}

/// A thawing after a sleep can fail (systemd's issue 33083).
fn left_frozen() -> Finding {
    Finding {
        id: "users-left-frozen",
        severity: Severity::Warning,
        what: "user.slice is frozen, although the machine runs".to_owned(),
        why: "no session and no user's service runs until it is thawed; systemd freezes it for a sleep and has not \
              thawed it afterwards"
            .to_owned(),
        fix: "systemctl thaw user.slice".to_owned(),
    }
}

fn would_freeze(services: &[String]) -> Finding {
    let paths: Vec<String> = services
        .iter()
        .map(|service| format!("/etc/systemd/system/{service}.d/outlast.conf"))
        .collect();
    Finding {
        id: "users-are-frozen",
        severity: Severity::Note,
        what: format!(
            "systemd freezes user services when the machine sleeps ({})",
            services.join(", ")
        ),
        why: "they stand still from before the sleep until after it, lingering or not; who speaks to them meanwhile \
              waits, and when the thawing fails they stay frozen"
            .to_owned(),
        fix: format!(
            "install it as a service of the machine; or write [Service] and \
             Environment=SYSTEMD_SLEEP_FREEZE_USER_SESSIONS=false into {}, then systemctl daemon-reload",
            paths.join(" and ")
        ),
    }
}
