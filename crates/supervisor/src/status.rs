//! How everything is: what the engine knows together with what the system and
//! the recorder tell.

use std::collections::HashSet;

use outlast_api::v1::convert::Observation;
use outlast_api::v1::{
    ErrorBody, ExitStatus, GuardianStatus, LastDeath, Reloaded, ServiceStatus, Time,
};
use outlast_engine::{Ended as LastInstance, ServiceView};
use outlast_model::request::Target;
use outlast_model::state::{Failed, LastEnd, Stopped, WhyFailed, WhyStopped};
use outlast_model::{Exit, ServiceName, State};
use outlast_os::tree::TreeUsage;
use outlast_os::{clock, host};
use tokio::sync::oneshot;

use crate::dispatcher::Dispatcher;
use crate::guardian::{Ended, Source};

/// Answers how the services of `target` are.
pub(crate) fn answer(
    dispatcher: &Dispatcher,
    target: &Target,
    answer: oneshot::Sender<Result<GuardianStatus, ErrorBody>>,
) {
    let _ = answer.send(observe(dispatcher, target));
}

fn observe(dispatcher: &Dispatcher, target: &Target) -> Result<GuardianStatus, ErrorBody> {
    let services = match target {
        Target::All => {
            let all = dispatcher.world.services().collect();
            without_templates(all)
                .into_iter()
                .filter(|service| !is_unused_reaction(*service))
                .map(|service| observe_service(dispatcher, service))
                .collect()
        }
        Target::Services(names) => {
            let mut found = Vec::new();
            for name in names {
                let named = named(dispatcher, name)?.into_iter();
                found.extend(named.map(|service| observe_service(dispatcher, service)));
            }
            found
        }
    };
    let identity = &dispatcher.identity;
    Ok(GuardianStatus {
        name: identity.name.to_string(),
        pid: identity.pid.0,
        version: identity.version.to_owned(),
        started: Time(identity.started),
        state_dir: identity.state_dir.display().to_string(),
        config_path: match &identity.source {
            Source::File(path) => Some(path.display().to_string()),
            Source::AdHoc => None,
        },
        journal: dispatcher.recorder.status(),
        services,
    })
}

/// A program that is a reaction is of no interest before it has run.
fn is_unused_reaction(service: ServiceView<'_>) -> bool {
    service.definition.part_of.is_some()
        && matches!(
            service.state,
            State::Stopped(Stopped {
                why: WhyStopped::NeverStarted,
                ..
            })
        )
}

/// The service called `name`, or what it has become in sessions; or else those that
/// were made of what is called so.
fn named<'world>(
    dispatcher: &'world Dispatcher,
    name: &ServiceName,
) -> Result<Vec<ServiceView<'world>>, ErrorBody> {
    let world = &dispatcher.world;
    let mut concerned: Vec<ServiceView<'_>> = match world.service(name) {
        Some(service) => vec![service],
        None => world
            .services()
            .filter(|service| service.definition.copy_of.as_ref() == Some(name))
            .collect(),
    };
    if concerned.is_empty() {
        return Err(ErrorBody::unknown_service(name.as_str()));
    }
    let made = world.services().filter(|other| {
        let of = made_of(*other);
        of.is_some_and(|of| concerned.iter().any(|it| it.definition.name == *of))
    });
    let made: Vec<ServiceView<'_>> = made.collect();
    concerned.extend(made);
    Ok(without_templates(concerned))
}

/// A service that runs in sessions is seen in these; where it runs in none, by
/// itself.
fn without_templates(mut services: Vec<ServiceView<'_>>) -> Vec<ServiceView<'_>> {
    let made = services.iter().filter_map(|service| made_of(*service));
    let shown: HashSet<ServiceName> = made.cloned().collect();
    services.retain(|service| !shown.contains(&service.definition.name));
    services
}

fn made_of(service: ServiceView<'_>) -> Option<&ServiceName> {
    service.definition.in_session().map(|(of, _)| of)
}

fn observe_service(dispatcher: &Dispatcher, service: ServiceView<'_>) -> ServiceStatus {
    let name = &service.definition.name;
    let slot = dispatcher
        .slots
        .get(name)
        .filter(|_| service.state.instance().is_some());
    let usage = slot.map_or_else(TreeUsage::default, |slot| slot.tree.usage());
    ServiceStatus::new(Observation {
        service: service.definition,
        desired: service.desired,
        state: service.state,
        now: clock::now(),
        restarts: service.restarts,
        last_death: service.last_end.map(last_death),
        memory: usage.memory_bytes,
        cpu: usage.cpu,
        dropped_output: dispatcher.recorder.dropped(name),
        breaker: service.breaker,
        schedule: service.schedule.map(|schedule| schedule.next),
        inhibitor: service.inhibitor,
        signal_name: host::signal_name,
    })
}

pub(crate) fn last_death(last: &LastInstance) -> LastDeath {
    let exit = match &last.end {
        LastEnd::Exit(exit) => ExitStatus::new(*exit, host::signal_name),
        LastEnd::StartFailure(failure) => ExitStatus {
            text: failure.message.clone(),
            code: None,
            signal: None,
            core_dumped: false,
        },
    };
    LastDeath {
        at: Time(last.at),
        instance: last.instance.0,
        exit,
        ran_for_seconds: last.ran_for.as_secs_f64(),
        reached: last.reached.iter().map(ToString::to_string).collect(),
        verdict: last.verdict.as_deref().map(Into::into),
    }
}

/// What a reload changed, as the wire has it.
pub(crate) fn reloaded(
    added: &[ServiceName],
    changed: &[ServiceName],
    removed: &[ServiceName],
) -> Reloaded {
    let names = |names: &[ServiceName]| names.iter().map(ToString::to_string).collect();
    Reloaded {
        added: names(added),
        changed: names(changed),
        removed: names(removed),
    }
}

/// How an ad-hoc command came to its end.
pub(crate) fn ad_hoc_end(service: ServiceView<'_>) -> Ended {
    match service.state {
        State::Stopped(Stopped {
            why: WhyStopped::Completed(exit),
            ..
        }) => Ended::AdHoc(*exit),
        State::Failed(Failed {
            why: WhyFailed::StartLimit(last) | WhyFailed::Ended(last),
            ..
        }) => match last {
            LastEnd::Exit(exit) => Ended::AdHoc(*exit),
            LastEnd::StartFailure(failure) => Ended::NotStarted(failure.clone()),
        },
        State::Failed(Failed {
            why: WhyFailed::Unkillable(_),
            ..
        }) => Ended::AdHoc(Exit::Unknown),
        _ => Ended::AsAsked,
    }
}
