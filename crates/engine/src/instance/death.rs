//! The end of a main process goes on record before anything that follows it.

use outlast_model::record::{Death, ServiceEntry};
use outlast_model::state::LastEnd;
use outlast_model::{AwakeTime, HealthPolicy, Pid};

use super::Exited;
use crate::log_off;
use crate::step::Step;
use crate::ward::Ended;
use crate::wards::WardId;

/// What was known about a process before it ended.
#[derive(Clone, Copy)]
pub(super) struct Dying {
    pub(super) pid: Pid,
    pub(super) started: AwakeTime,
    /// Whether it had been asked to end.
    pub(super) asked: bool,
}

/// Records a death. If the instance had run long enough to be called healthy,
/// the next delay is the first again; where health is watched, that is known
/// already.
pub(super) fn record(step: &mut Step<'_>, id: WardId, dying: Dying, exited: &Exited) {
    let ran_for = step.now.awake.since(dying.started);
    let ward = &mut step.world.wards[id];
    let success = exited.exit.is_success(&ward.spawned.success_codes);
    if !dying.asked && !success {
        ward.exited_ok = false;
    }
    let is_watched = ward.spawned.health != HealthPolicy::default();
    if !is_watched && ran_for >= ward.spawned.restart.backoff.reset_after {
        ward.streak.reset();
    }
    ward.last_end = Some(Ended {
        instance: exited.instance,
        end: LastEnd::Exit(exited.exit),
        at: step.now.real,
        ran_for,
        reached: exited.reached.clone(),
    });
    let death = Death {
        instance: exited.instance,
        pid: dying.pid,
        exit: exited.exit,
        success,
        asked: dying.asked,
        ran_for,
        usage: exited.usage,
        reached: exited.reached.clone(),
        open_files: ward.spawned.limits.open_files,
        last_output: Vec::new(),
    };
    step.record(id, ServiceEntry::Death(death));
    if !dying.asked {
        log_off::on_death(step, id, exited.instance, exited.exit);
    }
}
