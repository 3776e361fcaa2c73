//! From what the file says to what the services are.
//!
//! - `names`: the guardian's name, and names of services that clash
//! - `merge`: a service's own keys over `[defaults]`
//! - `service`: one service, key by key
//! - `restart`, `stop`, `log`, `limits`: the keys that must fit each other
//! - `sandbox`: how far it is shut off
//! - `secret`: what nobody else gets to know
//! - `health`: `ready`, `alive`, `watchdog`
//! - `listen`: the sockets that it is given
//! - `reaction`: what is done on occasions, and the services that are started then
//! - `part`: what runs once beside a service
//! - `on_failure`: what is done when a service has failed, and the services that are started then
//! - `schedule`: what runs now and then
//! - `session`: what runs in sessions of users
//! - `watch`: which files it follows, and the services that are started then
//! - `channel`: with whom that speaks
//! - `native`: the guardian as a native service
//! - `dependencies`: who needs whom
//! - `cycles`: who needs himself, by way of others

mod channel;
mod cycles;
mod dependencies;
mod health;
mod limits;
mod listen;
mod log;
mod merge;
mod names;
mod native;
pub(crate) mod on_failure;
mod part;
mod reaction;
mod restart;
mod sandbox;
mod schedule;
mod secret;
mod service;
mod session;
mod stop;
pub(crate) mod watch;

use std::path::Path;

use outlast_model::service::StopSequence;
use outlast_model::{GuardianName, Service, ServiceName};

use crate::file::File;
use crate::native::NativeKeys;
use crate::report::Report;
use crate::source::Span;

/// What a service's keys are resolved against.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The file's folder.
    pub(crate) folder: &'a Path,
    /// The OS's own stop sequence.
    pub(crate) stop: &'a StopSequence,
    /// What restarts the machine.
    pub(crate) reboot: &'a [String],
    /// What sends a webhook.
    pub(crate) webhook: &'a [String],
}

/// The file's content as the model has it. Where something was reported, parts
/// are missing.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) name: GuardianName,
    pub(crate) native: NativeKeys,
    pub(crate) services: Vec<Service>,
    /// For each service, in the same order.
    pub(crate) places: Vec<Places>,
}

/// Where those values of a service stand that only the machine can judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places {
    pub(crate) program: Span,
    pub(crate) dir: Span,
    pub(crate) user: Span,
    pub(crate) group: Span,
    pub(crate) capabilities: Span,
    pub(crate) umask: Span,
    pub(crate) limits: Span,
    pub(crate) env_file: Span,
    pub(crate) secrets: Span,
    pub(crate) sandbox: Span,
    pub(crate) reload: Span,
    pub(crate) ready: Span,
    pub(crate) alive: Span,
    pub(crate) told: Span,
    pub(crate) hang: Span,
    pub(crate) sleep: Span,
    pub(crate) throttle: Span,
    pub(crate) network: Span,
    pub(crate) session: Span,
    pub(crate) schedule: Span,
    pub(crate) restart: Span,
    pub(crate) listen: Span,
    pub(crate) fd_store: Span,
    pub(crate) depends_on: Span,
    pub(crate) on_failure: Span,
    /// Where a program stands that runs beside a service.
    pub(crate) part: Span,
}

pub(crate) fn resolve(file: File, context: Context<'_>, report: &mut Report) -> Resolved {
    let name = names::guardian(file.name.as_ref(), context.folder, report);
    let defaults = file.defaults.unwrap_or_default();
    let stop_timeout = file.native.as_ref().and_then(|native| native.stop_timeout);
    let native = native::resolve(file.native, context, report);
    let names = names::services(&file.services, report);
    let mut needs = dependencies::Needs::new(&file.services, &names);
    let mut services = Vec::with_capacity(names.len());
    let mut places = Vec::with_capacity(names.len());
    let mut channels = channel::Written::with_capacity(names.len());
    for (index, mut entry) in file.services.into_iter().enumerate() {
        watch::check_pair(&entry.keys, &defaults, report);
        merge::over(&mut entry.keys, &defaults);
        let needs_at = entry.keys.depends_on.as_ref().map(|needed| needed.span);
        let mut channel = entry.keys.channel.take();
        let depends_on = needs.add(index, entry.keys.depends_on.take(), report);
        let identity = service::Identity {
            name: names[index].clone(),
            copy_of: entry
                .copy_of
                .take()
                .and_then(|of| ServiceName::new(&of).ok()),
            depends_on,
        };
        if let Some(resolved) = service::resolve(identity, entry, context, report) {
            for (service, mut place) in resolved {
                place.depends_on = needs_at.unwrap_or(Span::START);
                services.push(service);
                places.push(place);
                channels.push(channel.take());
            }
        }
    }
    on_failure::mean_copies(&mut services);
    on_failure::check(&services, &places, report);
    names::check_reactions(&services, &places, report);
    session::check(&services, &places, report);
    schedule::check(&services, &places, report);
    listen::check(&services, &places, report);
    channel::resolve(&mut services, &channels, report);
    names::check_probes(&services, &places, report);
    names::check_secrets(&services, &places, report);
    needs.check(&services, report);
    native::check_time(stop_timeout, &services, report);
    Resolved {
        name,
        native,
        services,
        places,
    }
}
