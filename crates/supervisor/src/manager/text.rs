//! How the services are, in one line.

use std::fmt::Write as _;

use outlast_engine::{ServiceView, World};
use outlast_model::state::{Stopped, WhyStopped};
use outlast_model::{Desired, State};

/// Names that are told for one state; there may be hundreds.
const MAX_NAMES: usize = 5;

/// For example `2 of 3 services run; backing off: api`.
pub(super) fn status_text(world: &World) -> String {
    let mut total = 0;
    let mut running = 0;
    let mut others: Vec<(&'static str, Vec<&str>)> = Vec::new();
    for service in world.services().filter(|service| counts(*service)) {
        total += 1;
        let Some(word) = word(service) else {
            running += 1;
            continue;
        };
        let name = service.definition.name.as_str();
        match others.iter_mut().find(|(other, _)| *other == word) {
            Some((_, names)) => names.push(name),
            None => others.push((word, vec![name])),
        }
    }
    let mut text = match total {
        1 => format!("{running} of 1 service runs"),
        _ => format!("{running} of {total} services run"),
    };
    for (word, names) in others {
        let _ = write!(text, "; {word}: {}", list(&names));
    }
    text
}

/// What nobody wants to run is no news while it does not, nor is what runs in
/// sessions while there is none.
fn counts(service: ServiceView<'_>) -> bool {
    let is_in_sessions = matches!(
        service.state,
        State::Stopped(Stopped {
            why: WhyStopped::InSessions,
            ..
        })
    );
    !is_in_sessions && (service.definition.enabled || service.desired == Desired::Running)
}

/// What is to be said of a service; `None`: it runs.
fn word(service: ServiceView<'_>) -> Option<&'static str> {
    match service.state {
        State::Running(_) => None,
        State::Stopped(Stopped {
            why: WhyStopped::Completed(_),
            ..
        }) => Some("done"),
        state => Some(state.word()),
    }
}

fn list(names: &[&str]) -> String {
    match names.split_at_checked(MAX_NAMES) {
        Some((told, rest)) if !rest.is_empty() => {
            format!("{} and {} more", told.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}
