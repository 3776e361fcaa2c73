//! Names.

use std::collections::HashMap;
use std::path::Path;

use outlast_model::health::{Probe, ReadyBy};
use outlast_model::name::InvalidName;
use outlast_model::{GuardianName, SecretSource, Service, ServiceName};

use crate::diagnostic::{Diagnostic, quoted};
use crate::file::Entry;
use crate::read::Text;
use crate::report::Report;
use crate::resolve::Places;
use crate::source::{Located, Span};

/// The name that was written, or the one that `folder` suggests.
pub(super) fn guardian(
    written: Option<&Located<Text>>,
    folder: &Path,
    report: &mut Report,
) -> GuardianName {
    let suggested = || {
        let folder = folder.file_name().unwrap_or_default();
        GuardianName::nearest(&folder.to_string_lossy())
    };
    let Some(Located { value, span }) = written else {
        return suggested();
    };
    GuardianName::new(&value.0).unwrap_or_else(|reason| {
        let message = format!("{} cannot name a guardian", quoted(&value.0));
        report.push(
            Diagnostic::error(*span, message)
                .label(reason.to_string())
                .help(format!(
                    "write for example {:?}",
                    GuardianName::nearest(&value.0)
                )),
        );
        suggested()
    })
}

/// The names of `entries`, in their order; `None` for one that was refused.
pub(super) fn services(entries: &[Entry], report: &mut Report) -> Vec<Option<ServiceName>> {
    let mut seen: HashMap<String, Span> = HashMap::with_capacity(entries.len());
    entries
        .iter()
        .map(|entry| {
            // What is wrong with what the file says is told of that.
            let written = entry.copy_of.clone().unwrap_or(entry.name.value.clone());
            service(&Located::new(written, entry.name.span), report)?;
            let name = service(&entry.name, report)?;
            let folded = name.as_str().to_ascii_lowercase();
            match seen.insert(folded, entry.name.span) {
                None => Some(name),
                Some(first) => {
                    report.push(twins(&entry.name, first));
                    None
                }
            }
        })
        .collect()
}

fn service(name: &Located<String>, report: &mut Report) -> Option<ServiceName> {
    // Names with that are made of a service and a user.
    let valid = match ServiceName::new(&name.value) {
        Ok(name) if name.is_in_session() => Err(InvalidName::Character('@')),
        other => other,
    };
    valid
        .map_err(|reason| {
            let message = format!("{} cannot name a service", quoted(&name.value));
            report.push(
                Diagnostic::error(name.span, message)
                    .label(reason.to_string())
                    .help("a name becomes a folder: 1 to 64 of `A-Z a-z 0-9 . _ -`, a letter or digit first, no dot last"),
            );
        })
        .ok()
}

/// A service that is started on an occasion may be called as another one.
pub(super) fn check_reactions(services: &[Service], places: &[Places], report: &mut Report) {
    let is_taken = |name: &ServiceName| {
        let others = services.iter().filter(|other| other.part_of.is_none());
        let mut names = others.map(|other| other.name.as_str());
        names.any(|other| other.eq_ignore_ascii_case(name.as_str()))
    };
    for (service, place) in services.iter().zip(places) {
        if service.part_of.is_some() && is_taken(&service.name) {
            let message = format!(
                "the name {} is needed for this",
                quoted(service.name.as_str())
            );
            report.push(
                Diagnostic::error(place.part, message).help(
                    "what a reaction prints is kept under that name; rename the other service",
                ),
            );
        }
    }
}

/// A command that asks runs in a tree of its own.
pub(super) fn check_probes(services: &[Service], places: &[Places], report: &mut Report) {
    for (service, place) in services.iter().zip(places) {
        let ready = service.health.ready.as_ref().map(|ready| &ready.by);
        let alive = service.health.alive.as_ref().map(|alive| &alive.probe);
        let span = match (ready, alive) {
            (Some(ReadyBy::Probe(Probe::Exec(_))), _) => place.ready,
            (_, Some(Probe::Exec(_))) => place.alive,
            _ => continue,
        };
        check_tree((&format!("{}.probe", service.name), span), services, report);
    }
}

/// So does a command that tells a secret.
pub(super) fn check_secrets(services: &[Service], places: &[Places], report: &mut Report) {
    for (service, place) in services.iter().zip(places) {
        let mut sources = service.secrets.values().map(|secret| &secret.source);
        if sources.any(|source| matches!(source, SecretSource::Command { .. })) {
            let name = format!("{}.secret", service.name);
            check_tree((&name, place.secrets), services, report);
        }
    }
}

/// A tree needs a name of its own.
fn check_tree((name, span): (&str, Span), services: &[Service], report: &mut Report) {
    let mut others = services.iter().map(|other| other.name.as_str());
    let is_taken = others.any(|other| other.eq_ignore_ascii_case(name));
    if is_taken || ServiceName::new(name).is_err() {
        let message = format!("the name {} is needed for this", quoted(name));
        report.push(
            Diagnostic::error(span, message)
                .help("rename the service, or the other one that is called so"),
        );
    }
}

fn twins(name: &Located<String>, first: Span) -> Diagnostic {
    let message = format!("two services are called {}", quoted(&name.value));
    Diagnostic::error(name.span, message)
        .label("the second one")
        .also(first, "the first one")
        .help("names that differ only in case count as equal; rename one")
}
