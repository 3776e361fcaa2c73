//! What follows when files have changed that a service watches.
//!
//! A change starts again whatever runs, or has ended by itself: also what was given
//! up, as whoever mends a file means that. It starts nothing that somebody has
//! stopped, or that was never started.

use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::state::{Stopped, WhyStopped};
use outlast_model::watch::{FileChanges, OnChange, WatchNews};
use outlast_model::{Effect, ServiceName, State};

use crate::session;
use crate::step::Step;
use crate::ward::Ward;
use crate::wards::WardId;

pub(crate) fn on_news(step: &mut Step<'_>, service: &ServiceName, news: WatchNews) {
    let Some(id) = step.world.wards.find(service) else {
        return;
    };
    let ward = &step.world.wards[id];
    if step.world.is_shutting_down() || ward.wish.leaves() {
        return;
    }
    // A file may have been reloaded since.
    let Some(watch) = &ward.definition.watch else {
        return;
    };
    let then = watch.on_change.clone();
    match news {
        WatchNews::Changed(changes) => on_change(step, id, (changes, then)),
        WatchNews::Unusable(changes, reason) => {
            for id in concerned(step, id) {
                let changes = changes.clone();
                let reason = reason.clone();
                step.record(id, ServiceEntry::ChangeWithheld { changes, reason });
            }
        }
        WatchNews::Polled { every, reason } => {
            step.record(id, ServiceEntry::FilesPolled { every, reason });
        }
        WatchNews::Gathered { reports, pause } => {
            step.record(id, ServiceEntry::ChangesGathered { reports, pause });
        }
    }
}

fn on_change(step: &mut Step<'_>, id: WardId, (changes, then): (FileChanges, OnChange)) {
    let ids = concerned(step, id);
    for &id in &ids {
        let entry = ServiceEntry::FilesChanged {
            changes: changes.clone(),
            then: then.clone(),
        };
        step.record(id, entry);
    }
    let replaced = match then {
        OnChange::Restart => ids,
        OnChange::Reload => ids.into_iter().filter(|id| !reload(step, *id)).collect(),
        OnChange::Start(_) if ids.is_empty() => ids,
        OnChange::Start(other) => step.world.wards.find(&other).into_iter().collect(),
    };
    step.want_replaced(&replaced, StopReason::FilesChanged);
}

/// Gives whether there is an instance that can be told.
fn reload(step: &mut Step<'_>, id: WardId) -> bool {
    let State::Running(running) = &step.world.wards[id].state else {
        return false;
    };
    let instance = running.instance;
    let service = step.world.wards[id].name().clone();
    step.effects.push(Effect::Reload { service, instance });
    true
}

/// Whom of it a change concerns: itself, or what was made of it in sessions.
fn concerned(step: &Step<'_>, id: WardId) -> Vec<WardId> {
    let mut ids = vec![id];
    session::with_sessions(step, &mut ids);
    let wards = &step.world.wards;
    ids.retain(|id| !wards[*id].is_template() && is_concerned(&wards[*id]));
    ids
}

fn is_concerned(ward: &Ward) -> bool {
    let has_completed = matches!(
        ward.state,
        State::Stopped(Stopped {
            why: WhyStopped::Completed(_),
            ..
        })
    );
    ward.wish.wants_to_run() || has_completed && !ward.wish.leaves()
}

/// Somebody has asked for these to be stopped. What has ended by itself would be
/// started again by a change.
pub(crate) fn on_stop(step: &mut Step<'_>, ids: &[WardId]) {
    for &id in ids {
        let ward = &step.world.wards[id];
        let is_watched = ward.definition.watch.is_some();
        if is_watched && !ward.wish.wants_to_run() && is_concerned(ward) {
            let stopped = Stopped {
                since: step.now.real,
                why: WhyStopped::Requested,
            };
            step.set_state(id, State::Stopped(stopped));
        }
    }
}
