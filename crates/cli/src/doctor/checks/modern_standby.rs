//! A machine that is put to sleep by its screen.

use outlast_os::inspection::power::SleepKind;

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(_subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let kinds = facts.sleep_kinds().unwrap_or_default();
    if !kinds.contains(&SleepKind::ModernStandby) {
        return Vec::new();
    }
    vec![Finding {
        id: "modern-standby",
        severity: Severity::Warning,
        what: "this machine has Modern Standby".to_owned(),
        why: "when its screen goes dark, as it does after a lock, it may go to sleep without a word: programs of \
              sessions are suspended, services are suspended or run about a second in thirty, and on a battery nothing \
              keeps it awake for long"
            .to_owned(),
        fix: "if they must go on: powercfg /change standby-timeout-ac 0, and powercfg /change monitor-timeout-ac 0; \
              leave the lid open, and the machine on the mains"
            .to_owned(),
    }]
}
