//! Dangers that must be accepted by name.

use crate::doctor::{self, Finding, Planned, RISKS};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

/// Refuses to register `planned` while there is a danger that is not among the
/// `accepted` ones; those that are, are told.
pub(crate) fn check(planned: Planned<'_>, accepted: &[String]) -> Result<(), Failure> {
    if let Some(unknown) = accepted.iter().find(|name| !RISKS.contains(&name.as_str())) {
        return Err(Failure::new(
            ExitCode::Program(2),
            format!("there is no risk {unknown:?}"),
        )
        .hint(format!("there are {}", RISKS.join(", "))));
    }
    let (taken, refused): (Vec<Finding>, Vec<Finding>) = doctor::dangers(planned)
        .into_iter()
        .partition(|danger| accepted.iter().any(|name| name == danger.id));
    for danger in &taken {
        terminal::tell(&danger.lines().join("\n"));
    }
    if refused.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = refused.iter().flat_map(Finding::lines).collect();
    let mut flags: Vec<String> = refused
        .iter()
        .map(|danger| format!("--accept-risk {}", danger.id))
        .collect();
    flags.dedup();
    Err(Failure::new(
        ExitCode::Failed,
        format!(
            "it would be dangerous to install this:\n{}",
            lines.join("\n")
        ),
    )
    .hint(format!("to do it in spite of that: {}", flags.join(" "))))
}
