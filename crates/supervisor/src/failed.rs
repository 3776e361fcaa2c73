//! What a program gets to know that is started because a service has failed.

use std::ffi::OsString;

use outlast_api::v1::Time;
use outlast_api::v1::convert::why_failed;
use outlast_engine::{ServiceView, World};
use outlast_model::state::Failed;
use outlast_model::{GuardianName, Service, State};
use outlast_os::host;

use crate::diagnosis::Incident;
use crate::status;

/// The variables for an instance of `part`, made at its start: those of its definition
/// say of which service it is, but not how that has failed, nor of which user's session
/// it was. None but the guardian's name when the service is not failed: it has been
/// started again meanwhile, or somebody has started `part` by hand. None at all when it
/// is for something else.
pub(crate) fn variables(
    world: &World,
    guardian: &GuardianName,
    part: &Service,
) -> Vec<(OsString, OsString)> {
    let starters = starters(world, part);
    if starters.is_empty() {
        return Vec::new();
    }
    let mut variables = vec![("OUTLAST_GUARDIAN", guardian.to_string())];
    if let Some((view, failed)) = latest(starters) {
        variables.extend(of(view, failed));
    }
    let variables = variables.into_iter();
    variables
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

/// The end that `part` is started for, if it is for a failure.
pub(crate) fn incident(world: &World, part: &Service) -> Option<Incident> {
    let (view, _) = latest(starters(world, part))?;
    Some(Incident {
        service: view.definition.name.clone(),
        instance: view.last_end?.instance,
    })
}

/// The services whose failure starts `part`.
fn starters<'world>(world: &'world World, part: &Service) -> Vec<ServiceView<'world>> {
    if part.part_of.is_none() {
        return Vec::new();
    }
    let starts = |view: &ServiceView<'_>| view.definition.on_failure.start.contains(&part.name);
    world.services().filter(starts).collect()
}

/// Which of them has failed last.
fn latest<'world>(
    starters: Vec<ServiceView<'world>>,
) -> Option<(ServiceView<'world>, &'world Failed)> {
    let failed = starters.into_iter().filter_map(|view| match view.state {
        State::Failed(failed) => Some((view, failed)),
        _ => None,
    });
    failed.max_by_key(|(_, failed)| failed.since)
}

fn of(view: ServiceView<'_>, failed: &Failed) -> Vec<(&'static str, String)> {
    let mut variables = vec![
        ("OUTLAST_FAILED_SERVICE", view.definition.name.to_string()),
        ("OUTLAST_FAILED_REASON", reason(view, failed)),
        ("OUTLAST_FAILED_AT", Time(failed.since).to_string()),
        ("OUTLAST_FAILED_RESTARTS", view.restarts.to_string()),
    ];
    if let Some(verdict) = view.last_end.and_then(|last| last.verdict.as_deref()) {
        variables.extend([
            ("OUTLAST_FAILED_CAUSE", verdict.cause.clone()),
            ("OUTLAST_FAILED_WHY", verdict.sentence.clone()),
            ("OUTLAST_FAILED_CONFIDENCE", verdict.confidence.to_string()),
        ]);
    }
    let last = view.last_end.map(status::last_death);
    variables.extend(last.map(|last| ("OUTLAST_FAILED_EXIT", last.exit.text)));
    variables
}

fn reason(view: ServiceView<'_>, failed: &Failed) -> String {
    let of = (&**view.definition, view.breaker);
    why_failed(&failed.why, of, host::signal_name)
}
