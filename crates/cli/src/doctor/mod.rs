//! What an auditor would say about a guardian that is a native service, or is
//! to become one.
//!
//! # Theory of operation
//!
//! A [`Subject`] is what is looked at: the definition, the services, and, when
//! it is installed, its process and its files. [`Facts`] answers questions about
//! the machine; [`here::Here`] is this one, tests have another. Each file of
//! [`checks`] is one thing that is looked for: a function from subject and facts
//! to [`Finding`]s. [`prospect`] says from the same facts what will become of the
//! guardian at lock, at sleep, at log-off and at the next start of the machine.
//! Nothing here changes anything, and what cannot be found out is said to be
//! unknown.

mod checks;
mod facts;
mod finding;
mod here;
mod machine;
mod programs;
pub(crate) mod prospect;
mod runner;
pub(crate) mod secret;
mod subject;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod findings;
#[cfg(test)]
mod prospect_tests;

pub(crate) use facts::Facts;
pub(crate) use finding::{Finding, Severity};
pub(crate) use here::Here;
pub(crate) use machine::machine;
pub(crate) use prospect::{Prospect, prospects};
pub(crate) use subject::{Planned, Presence, Subject};

/// The dangers that there may be, by their names.
pub(crate) const RISKS: [&str; 5] = [
    "writable-program",
    "writable-config",
    "writable-script",
    "writable-env-file",
    "unquoted-path",
];

/// Everything that is found about `subject`, the worst first. Blocks on files
/// and on the directory of accounts.
pub(crate) fn examine(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = checks::ALL
        .iter()
        .flat_map(|check| check(subject, facts))
        .collect();
    findings.sort_by_key(|finding| finding.severity);
    findings
}

/// What must be accepted by name (`--accept-risk`) before `planned` is
/// installed on this machine.
pub(crate) fn dangers(planned: Planned<'_>) -> Vec<Finding> {
    let mut findings = examine(&Subject::planned(planned), &Here);
    findings.retain(|finding| finding.severity == Severity::Danger);
    findings
}
