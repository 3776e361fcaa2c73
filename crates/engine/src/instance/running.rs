//! An instance runs.

use outlast_model::event::Tree;
use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::request::Urgency;
use outlast_model::state::{LastEnd, MainProcess, Running};
use outlast_model::{InstanceId, Pid, State};

use super::death::{self, Dying};
use super::stopping::{self, Stop};
use super::{Exited, Stimulus};
use crate::ending::{self, Cause};
use crate::gap::Frozen;
use crate::graph;
use crate::step::Step;
use crate::wards::WardId;

pub(super) fn enter(step: &mut Step<'_>, id: WardId, instance: InstanceId, pid: Pid) {
    step.record(id, ServiceEntry::Started { instance, pid });
    let limit = step.world.wards[id].spawned.time_limit;
    let running = Running {
        since: step.now.real,
        started: step.now.awake,
        instance,
        pid,
        deadline: limit.map(|limit| step.now.awake.after(limit)),
    };
    step.set_state(id, State::Running(running));
}

/// Perhaps the instance was frozen, too.
pub(super) fn on_frozen(step: &mut Step<'_>, id: WardId, mut running: Running, frozen: Frozen) {
    running.deadline = running.deadline.map(|at| at.after(frozen.at_most));
    step.set_state(id, State::Running(running));
}

pub(super) fn on_stimulus(step: &mut Step<'_>, id: WardId, running: &Running, stimulus: &Stimulus) {
    match stimulus {
        Stimulus::Exited(exited) if exited.instance == running.instance => {
            on_exited(step, id, running, *exited);
        }
        Stimulus::Wish => on_wish(step, id, running),
        Stimulus::Exited(_) | Stimulus::Started { .. } | Stimulus::StartFailed { .. } => {}
        // The tree includes the main process, whose end is told first.
        Stimulus::TreeEmptied { .. } => {}
        Stimulus::Due => on_due(step, id, running),
    }
}

/// It has run for too long.
fn on_due(step: &mut Step<'_>, id: WardId, running: &Running) {
    let main = MainProcess::Alive(running.pid);
    let reason = StopReason::TimeLimit;
    begin_stop(step, id, running, Stop { main, reason });
}

fn on_exited(step: &mut Step<'_>, id: WardId, running: &Running, exited: Exited) {
    let dying = Dying {
        pid: running.pid,
        started: running.started,
        // Even if its end is wanted: nothing has been asked of the process yet,
        // so this is a death of its own.
        asked: false,
    };
    death::record(step, id, dying, exited);
    match exited.tree {
        Tree::Empty => ending::on_gone(step, id, (LastEnd::Exit(exited.exit), Cause::Own)),
        Tree::Populated => {
            let wish = step.world.wards[id].wish;
            let reason = wish.reason_to_stop().unwrap_or(StopReason::LeftBehind);
            let main = MainProcess::Ended {
                exit: exited.exit,
                asked: false,
            };
            begin_stop(step, id, running, Stop { main, reason });
        }
    }
}

fn on_wish(step: &mut Step<'_>, id: WardId, running: &Running) {
    let Some(reason) = step.world.wards[id].wish.reason_to_stop() else {
        return;
    };
    let at_once = step.world.urgency() == Some(Urgency::Immediate);
    if at_once || !graph::is_needed(&step.world.wards, id) {
        let main = MainProcess::Alive(running.pid);
        begin_stop(step, id, running, Stop { main, reason });
    }
}

fn begin_stop(step: &mut Step<'_>, id: WardId, running: &Running, stop: Stop) {
    stopping::enter(step, id, running, stop);
}
