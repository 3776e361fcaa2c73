//! Put another set of definitions in force: only the difference is acted on.

use std::collections::HashSet;

use outlast_model::record::{GuardianEntry, StopReason};
use outlast_model::{RequestId, Service, ServiceName};

use crate::answers::Goal;
use crate::graph;
use crate::propagate::By;
use crate::schedule;
use crate::session;
use crate::step::Step;
use crate::ward::Ward;
use crate::wards::WardId;
use crate::wish::Wish;

/// The services that an application of a file is about.
#[derive(Default)]
struct Difference {
    added: Vec<ServiceName>,
    changed: Vec<ServiceName>,
    removed: Vec<ServiceName>,
    /// Whose present instance has to end.
    ending: Vec<WardId>,
    /// Who shall run as it is defined now.
    starting: Vec<WardId>,
    goals: Vec<(WardId, Goal)>,
}

pub(super) fn on_request(step: &mut Step<'_>, request: RequestId, services: Vec<Service>) {
    let services = session::with_those_made_of(step, services);
    let mut difference = Difference::default();
    remove_missing(step, &services, &mut difference);
    let mut order = Vec::new();
    let mut seen = HashSet::new();
    for service in services {
        if seen.insert(service.name.clone()) {
            order.extend(put_in_force(step, service, &mut difference));
        }
    }
    step.world.wards.reorder(&order);
    graph::rebuild(&mut step.world.wards);
    step.disturb_dependants(&difference.ending);
    start(step, difference.starting);
    let Difference {
        added,
        changed,
        removed,
        goals,
        ..
    } = difference;
    let written = |mut names: Vec<ServiceName>| {
        names.retain(|name| !name.is_in_session());
        names
    };
    step.record_guardian(GuardianEntry::Reloaded {
        added: written(added),
        changed: written(changed),
        removed: written(removed),
    });
    step.answer_when(request, &goals);
}

fn remove_missing(step: &mut Step<'_>, services: &[Service], difference: &mut Difference) {
    let kept: HashSet<&ServiceName> = services.iter().map(|service| &service.name).collect();
    for id in step.world.wards.ids() {
        let ward = &mut step.world.wards[id];
        if kept.contains(ward.name()) || ward.wish.leaves() {
            continue;
        }
        ward.exited_ok = false;
        difference.removed.push(ward.name().clone());
        difference.goals.push((id, Goal::Gone));
        difference.ending.push(id);
        schedule::end(step, id);
        step.wish(id, Wish::Leave(StopReason::Changed));
    }
}

/// Gives the service's place; `None` cannot happen with different names.
fn put_in_force(
    step: &mut Step<'_>,
    service: Service,
    difference: &mut Difference,
) -> Option<WardId> {
    match step.world.wards.find(&service.name) {
        None => add(step, service, difference),
        Some(id) => {
            let ward = &step.world.wards[id];
            if ward.wish.leaves() {
                difference.added.push(service.name.clone());
                redefine(step, id, service, difference);
            } else if *ward.definition != service {
                difference.changed.push(service.name.clone());
                redefine(step, id, service, difference);
            }
            Some(id)
        }
    }
}

fn add(step: &mut Step<'_>, service: Service, difference: &mut Difference) -> Option<WardId> {
    let name = service.name.clone();
    let starts = service.enabled && !schedule::is_scheduled(&service);
    let ward = Ward::new(service, step.now.real);
    let id = step.world.wards.add(ward)?;
    difference.added.push(name);
    schedule::begin(step, id);
    if starts {
        difference.starting.push(id);
        difference.goals.push((id, Goal::Runs));
    }
    Some(id)
}

fn redefine(step: &mut Step<'_>, id: WardId, service: Service, difference: &mut Difference) {
    if step.redefine(id, service) {
        difference.starting.push(id);
        difference.goals.push((id, Goal::Runs));
    }
    if step.world.wards[id].is_condemned() {
        difference.ending.push(id);
    }
}

/// Dependencies that the file left as they were are woken, but what has failed
/// among them is not touched.
fn start(step: &mut Step<'_>, mut ids: Vec<WardId>) {
    for &id in &ids {
        step.begin_anew(id);
        step.enqueue(id);
    }
    // Who waits now may need something that this file has brought.
    for id in step.world.wards.ids() {
        if step.world.wards[id].is_waiting() {
            step.enqueue(id);
            step.touch(id);
            ids.push(id);
        }
    }
    step.want_running(&ids, By::Dependant);
}
