//! A machine that saves energy.

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::Subject;

pub(super) fn check(_subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    if facts.is_saving() != Some(true) {
        return Vec::new();
    }
    vec![Finding {
        id: "battery-saver",
        severity: Severity::Note,
        what: "the battery saver is on".to_owned(),
        why: "programs that nobody sees get less of the processor, so what answers in time at other times may not now"
            .to_owned(),
        fix: "connect the machine to the mains, or raise the times that services are given to start and to stop"
            .to_owned(),
    }]
}
