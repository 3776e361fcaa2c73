//! The end of a main process goes on record before anything that follows it.

use outlast_model::record::{Death, ServiceEntry};
use outlast_model::request::Urgency;
use outlast_model::service::RestartWhen;
use outlast_model::state::LastEnd;
use outlast_model::{AwakeTime, HealthPolicy, Pid};

use super::Exited;
use crate::step::Step;
use crate::ward::Ended;
use crate::wards::WardId;
use crate::wish::Wish;
use crate::{diagnosis, log_off};

/// What was known about a process before it ended.
#[derive(Clone, Copy)]
pub(super) struct Dying {
    pub(super) pid: Pid,
    pub(super) started: AwakeTime,
    /// Whether it had been asked to end.
    pub(super) asked: bool,
    /// Whether it was killed because it had not done so in time.
    pub(super) killed: bool,
}

/// Whether somebody will want to know why: not of what has done its work, and not of
/// what ended because somebody wanted that.
fn is_incident(step: &Step<'_>, id: WardId, dying: Dying, success: bool) -> bool {
    let ward = &step.world.wards[id];
    let goes_on = ward.wish == Wish::Run;
    let is_in_a_hurry = step.world.urgency() == Some(Urgency::Immediate);
    if dying.asked {
        goes_on || (dying.killed && !is_in_a_hurry)
    } else {
        goes_on && (!success || ward.spawned.restart.when == RestartWhen::Always)
    }
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
        verdict: None,
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
        memory: Vec::new(),
        last_output: Vec::new(),
    };
    step.record(id, ServiceEntry::Death(death));
    if is_incident(step, id, dying, success) {
        diagnosis::want(step, id, exited.instance);
    }
    if !dying.asked {
        log_off::on_death(step, id, exited.instance, exited.exit);
    }
}
