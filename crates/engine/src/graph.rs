//! Who depends on whom, and what follows from it. Questions only; nothing here
//! changes a state.

use std::collections::{BTreeSet, HashMap, HashSet};

use outlast_model::service::{Dependency, Until};
use outlast_model::{ServiceName, State};

use crate::ward::Ward;
use crate::wards::{WardId, Wards};
use crate::wish::Wish;

/// Works out who depends on whom, and who can ever start, from the definitions
/// in force and from those of live instances. Looks at every service.
pub(crate) fn rebuild(wards: &mut Wards) {
    let mut dependants: HashMap<WardId, BTreeSet<WardId>> = HashMap::new();
    for id in wards.ids() {
        for dependency in edges(&wards[id]) {
            if let Some(on) = wards.find(&dependency.service) {
                dependants.entry(on).or_default().insert(id);
            }
        }
    }
    for id in wards.ids() {
        let of_this = dependants.remove(&id).unwrap_or_default();
        wards[id].dependants = of_this.into_iter().collect();
    }
    mark_startable(wards);
}

/// Kahn's algorithm: whoever is left over stands on a cycle, depends on one, or
/// depends on nothing that exists. `outlast-config` refuses such files; here it
/// only matters that they neither start nor wait for each other's end.
fn mark_startable(wards: &mut Wards) {
    let ids = wards.ids();
    let mut open: HashMap<WardId, usize> = ids
        .iter()
        .map(|id| (*id, wards[*id].needs().len()))
        .collect();
    let mut ready: Vec<WardId> = ids.iter().copied().filter(|id| open[id] == 0).collect();
    for id in ids {
        wards[id].startable = false;
    }
    while let Some(id) = ready.pop() {
        wards[id].startable = true;
        for dependant in wards[id].dependants.clone() {
            let satisfied = count(wards[dependant].needs(), wards[id].name());
            let left = open.get_mut(&dependant).expect("every service was counted");
            if satisfied > 0 {
                *left -= satisfied;
                if *left == 0 {
                    ready.push(dependant);
                }
            }
        }
    }
}

fn count(dependencies: &[Dependency], name: &ServiceName) -> usize {
    let same = dependencies.iter().filter(|edge| edge.service == *name);
    same.count()
}

/// What `ward` depends on: by definition, and by that of its live instance if
/// it is another.
pub(crate) fn edges(ward: &Ward) -> impl Iterator<Item = &Dependency> {
    let of_instance = if ward.is_live() && ward.is_outdated() {
        ward.spawned.depends_on.as_slice()
    } else {
        &[]
    };
    ward.needs().iter().chain(of_instance)
}

/// The dependencies without which `id` cannot start now. When none is missing
/// but dependants are still being stopped (a restart goes through them first),
/// it is those.
pub(crate) fn missing(wards: &Wards, id: WardId) -> Vec<ServiceName> {
    let dependencies = wards[id].needs().iter();
    let mut missing: Vec<ServiceName> = dependencies
        .filter(|dependency| !is_met(wards, dependency))
        .map(|dependency| dependency.service.clone())
        .collect();
    missing.dedup();
    if missing.is_empty() {
        missing = condemned_dependants(wards, id);
    }
    missing
}

/// The dependencies that `id` lacks because they have completed or never ran.
/// What someone has stopped, or is stopping, is not among them: that stays until someone
/// asks.
pub(crate) fn asleep_dependencies(wards: &Wards, id: WardId) -> Vec<WardId> {
    let dependencies = wards[id].needs().iter();
    dependencies
        .filter(|dependency| !is_met(wards, dependency))
        .filter_map(|dependency| wards.find(&dependency.service))
        .filter(|on| matches!(wards[*on].wish, Wish::Rest(_)))
        .filter(|on| !wards[*on].was_stopped() && !wards[*on].is_live())
        .filter(|on| !wards[*on].is_unkillable())
        .collect()
}

/// Whether `dependency` is as far as it has to be.
pub(crate) fn is_met(wards: &Wards, dependency: &Dependency) -> bool {
    let Some(id) = wards.find(&dependency.service) else {
        return false;
    };
    let ward = &wards[id];
    ward.startable
        && match dependency.until {
            Until::Ready => ward.is_ready(),
            Until::ExitedOk => ward.exited_ok,
        }
}

fn condemned_dependants(wards: &Wards, id: WardId) -> Vec<ServiceName> {
    let name = wards[id].name();
    let others = wards[id].dependants.iter().filter(|other| **other != id);
    others
        .filter_map(|other| wards.get(*other))
        .filter(|other| other.is_condemned() && count(&other.spawned.depends_on, name) > 0)
        .map(|other| other.name().clone())
        .collect()
}

/// Whether a live instance of another service needs `id` to be ready. Only such
/// edges order stops: who waited for an end has had what it needed.
pub(crate) fn is_needed(wards: &Wards, id: WardId) -> bool {
    let name = wards[id].name();
    let others = wards[id].dependants.iter().filter(|other| **other != id);
    others
        .filter_map(|other| wards.get(*other))
        .filter(|other| other.is_live())
        .flat_map(|other| &other.spawned.depends_on)
        .any(|edge| edge.until == Until::Ready && edge.service == *name)
}

/// Everyone whom the end of `roots` concerns: their dependants and theirs,
/// without the roots. Who depends on a completed service having run is not
/// concerned.
pub(crate) fn dependants_of(wards: &Wards, roots: &[WardId]) -> Vec<WardId> {
    let mut seen: HashSet<WardId> = roots.iter().copied().collect();
    let mut open: Vec<WardId> = roots.to_vec();
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        for &dependant in &wards[id].dependants {
            if !seen.contains(&dependant) && concerns(wards, id, dependant) {
                seen.insert(dependant);
                open.push(dependant);
                found.push(dependant);
            }
        }
    }
    found
}

fn concerns(wards: &Wards, id: WardId, dependant: WardId) -> bool {
    let Some(dependant) = wards.get(dependant) else {
        return false;
    };
    let ward = &wards[id];
    edges(dependant)
        .filter(|edge| edge.service == *ward.name())
        .any(|edge| edge.until == Until::Ready || !ward.exited_ok)
}

/// `roots` and all that they need to start, dependencies first. What has
/// completed and is only needed to have done so is left out.
pub(crate) fn needed_by(wards: &Wards, roots: &[WardId]) -> Vec<WardId> {
    dependencies_first(roots, |id| {
        let needed = wards[id].needs().iter();
        needed
            .filter(|edge| edge.until == Until::Ready || !is_met(wards, edge))
            .filter_map(|edge| wards.find(&edge.service))
            .collect()
    })
}

/// Adds to `in_vain` those of `ids`, and of all that these wait for, which wait
/// in vain, because what they need has failed, was not asked for, does not
/// exist or waits in vain itself.
pub(crate) fn find_waiting_in_vain(wards: &Wards, ids: &[WardId], in_vain: &mut HashSet<WardId>) {
    let is_open = |id: &WardId| wards[*id].is_waiting() && !in_vain.contains(id);
    let roots: Vec<WardId> = ids.iter().copied().filter(|id| is_open(id)).collect();
    let order = dependencies_first(&roots, |id| {
        let needed = wards[id].needs().iter();
        needed
            .filter_map(|edge| wards.find(&edge.service))
            .filter(|id| is_open(id))
            .collect()
    });
    let mut hopeful: HashSet<WardId> = HashSet::new();
    for id in order {
        let mut unmet = wards[id].needs().iter();
        let hopeless = unmet.any(|edge| !is_met(wards, edge) && !may_come(wards, edge, &hopeful));
        if hopeless {
            in_vain.insert(id);
        } else {
            hopeful.insert(id);
        }
    }
}

/// Whether something is under way that can meet `dependency`. One that waits
/// must already be known to be hopeful; in a cycle none is.
fn may_come(wards: &Wards, dependency: &Dependency, hopeful: &HashSet<WardId>) -> bool {
    let Some(id) = wards.find(&dependency.service) else {
        return false;
    };
    match &wards[id].state {
        State::Waiting(_) => hopeful.contains(&id),
        State::Starting(_) | State::Running(_) | State::Stopping(_) => {
            wards[id].startable && wards[id].wish.wants_to_run()
        }
        State::Stopped(_) | State::BackingOff(_) | State::Failed(_) => false,
    }
}

/// Depth first, without recursion: a chain may be longer than the stack is
/// deep. A cycle is cut where it closes.
fn dependencies_first(roots: &[WardId], needs: impl Fn(WardId) -> Vec<WardId>) -> Vec<WardId> {
    let mut seen = HashSet::new();
    let mut order = Vec::new();
    for &root in roots {
        if !seen.insert(root) {
            continue;
        }
        let mut path = vec![(root, needs(root))];
        while let Some((id, open)) = path.last_mut() {
            match open.pop() {
                Some(next) if seen.insert(next) => path.push((next, needs(next))),
                Some(_) => {}
                None => {
                    order.push(*id);
                    path.pop();
                }
            }
        }
    }
    order
}

/// Whether the live instance of `id` needs a service that is about to be
/// stopped.
pub(crate) fn depends_on_condemned(wards: &Wards, id: WardId) -> bool {
    let mut needed = wards[id].spawned.depends_on.iter();
    needed.any(|edge| {
        edge.until == Until::Ready
            && wards
                .find(&edge.service)
                .is_some_and(|on| on != id && wards[on].is_condemned())
    })
}
