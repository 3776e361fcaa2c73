//! What services in sessions of users cannot be as well.

use outlast_model::Service;
use outlast_model::name::MAX_NAME;

use crate::diagnostic::{Diagnostic, quoted};
use crate::report::Report;
use crate::resolve::Places;

/// What is left of a name for the user's.
const ROOM: usize = 20;

/// Checks what can only be seen when every service is there.
pub(super) fn check(services: &[Service], places: &[Places], report: &mut Report) {
    for (service, place) in services.iter().zip(places) {
        check_needs(service, services, (place, report));
        if service.session.is_some() {
            check_one(service, (place, report));
        }
    }
}

fn check_one(service: &Service, (place, report): (&Places, &mut Report)) {
    let name = service.name.as_str();
    if service.part_of.is_some() {
        let message = "a service in sessions cannot react with a command".to_owned();
        report.push(
            Diagnostic::error(place.part, message)
                .label("nobody could say in whose session it would run")
                .help("write \"stop\", \"restart\" or \"reload\", or let another service react"),
        );
        return;
    }
    if service.user.is_some() {
        let message = format!("{} cannot have a `user`", quoted(name));
        report.push(
            Diagnostic::error(place.user, message)
                .also(
                    place.session,
                    "in a session it runs as the user whose session it is",
                )
                .help("leave one of them out"),
        );
    }
    if service.group.is_some() || service.capabilities.is_some() {
        let message = format!("{} cannot have a `group` or `capabilities`", quoted(name));
        let place_of_it = match service.group {
            Some(_) => place.group,
            None => place.capabilities,
        };
        report.push(
            Diagnostic::error(place_of_it, message)
                .also(
                    place.session,
                    "in a session it has what the session's user has",
                )
                .help("leave one of them out"),
        );
    }
    if name.len() + 1 + ROOM > MAX_NAME {
        let message = format!("the name {} is too long", quoted(name));
        report.push(Diagnostic::error(place.session, message).help(format!(
            "in sessions it has the user's name as well (name@user): use at most {} characters",
            MAX_NAME - 1 - ROOM
        )));
    }
}

/// What is in sessions is not there when nobody has logged on.
fn check_needs(service: &Service, all: &[Service], (place, report): (&Places, &mut Report)) {
    for needed in &service.depends_on {
        let mut others = all.iter().filter(|other| other.session.is_some());
        if others.any(|other| other.name == needed.service) {
            let (name, needed) = (service.name.as_str(), needed.service.as_str());
            let message = format!("{} cannot depend on {}", quoted(name), quoted(needed));
            report.push(
                Diagnostic::error(place.depends_on, message)
                    .label("it runs in sessions, and there may be none or several")
                    .help("turn it round: what runs in sessions can depend on others"),
            );
        }
    }
}
