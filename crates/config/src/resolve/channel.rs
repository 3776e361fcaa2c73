//! With whom services in sessions speak.

use outlast_model::{Service, ServiceName};

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::Text;
use crate::report::Report;
use crate::source::{Located, Span};
use crate::suggest;

/// What was said to be at the other end of each service's channel.
pub(super) type Written = Vec<Option<Located<Text>>>;

/// Finds the other ends, once every service is there.
pub(super) fn resolve(services: &mut [Service], written: &Written, report: &mut Report) {
    for index in 0..services.len() {
        let channel = match (&written[index], services[index].session.is_some()) {
            (Some(written), true) => named(written, services, report),
            (Some(written), false) => {
                let name = services[index].name.as_str();
                report.push(in_no_session(name, written.span));
                None
            }
            (None, true) => only_other(services),
            (None, false) => None,
        };
        services[index].channel = channel;
    }
}

fn named(
    written: &Located<Text>,
    services: &[Service],
    report: &mut Report,
) -> Option<ServiceName> {
    let wanted = &written.value.0;
    let found = services.iter().find(|other| other.name.as_str() == wanted);
    match found {
        Some(other) if other.session.is_none() && other.part_of.is_none() => {
            return Some(other.name.clone());
        }
        Some(_) => {
            let message = format!("{} cannot be the other end", quoted(wanted));
            report.push(
                Diagnostic::error(written.span, message)
                    .label("it runs in sessions itself")
                    .help("name the service that the ones in sessions speak with"),
            );
        }
        None => {
            let message = format!("there is no service {}", quoted(wanted));
            let known = services.iter().filter(|other| can_be_a_core(other));
            let known = known.map(|other| other.name.as_str());
            let meant = suggest::nearest(wanted, known.collect::<Vec<_>>());
            let diagnostic = Diagnostic::missing(written.span, message);
            report.push(match meant {
                Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
                None => diagnostic.help("name the service at the other end"),
            });
        }
    }
    None
}

fn in_no_session(name: &str, span: Span) -> Diagnostic {
    let message = format!("{} has a `channel` and no `session`", quoted(name));
    Diagnostic::error(span, message)
        .help("write it at the service that runs in sessions; it names the one that does not")
}

/// Nobody has to be named where only one is possible.
fn only_other(services: &[Service]) -> Option<ServiceName> {
    let mut cores = services.iter().filter(|other| can_be_a_core(other));
    match (cores.next(), cores.next()) {
        (Some(core), None) => Some(core.name.clone()),
        _ => None,
    }
}

const fn can_be_a_core(service: &Service) -> bool {
    service.session.is_none() && service.part_of.is_none()
}
