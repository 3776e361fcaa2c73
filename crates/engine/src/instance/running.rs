//! An instance runs.

use outlast_model::event::Tree;
use outlast_model::health::Health;
use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::request::Urgency;
use outlast_model::state::{LastEnd, MainProcess, Running};
use outlast_model::{Effect, InstanceId, Pid, State};

use super::death::{self, Dying};
use super::stopping::{self, Stop};
use super::{Exited, Stimulus};
use crate::breaker;
use crate::ending::{self, Cause};
use crate::gap::Frozen;
use crate::graph;
use crate::health::{self, Verdict};
use crate::network::{self, NETWORK_WAIT};
use crate::step::Step;
use crate::timer::{Due, Purpose};
use crate::wards::WardId;

pub(super) fn enter(step: &mut Step<'_>, id: WardId, instance: InstanceId, pid: Pid) {
    step.record(id, ServiceEntry::Started { instance, pid });
    let service = &step.world.wards[id].spawned;
    let limit = service.time_limit;
    let health = health::begin(service, step.now.awake, &mut step.world.random);
    let running = Running {
        since: step.now.real,
        started: step.now.awake,
        instance,
        pid,
        deadline: limit.map(|limit| step.now.awake.after(limit)),
        postponed: None,
        health,
    };
    step.set_state(id, State::Running(running));
}

/// When something of it is due.
pub(crate) fn due(running: &Running) -> Option<Due> {
    let limit = running.deadline.map(|at| Due {
        at,
        purpose: Purpose::Judging,
    });
    let postponed = running.postponed.map(|postponed| Due {
        at: postponed.until,
        purpose: Purpose::Starting,
    });
    let health = running.health.as_deref().and_then(health::due);
    health::earliest([limit, postponed, health].into_iter().flatten())
}

/// Perhaps the instance was frozen, too.
pub(super) fn on_frozen(step: &mut Step<'_>, id: WardId, mut running: Running, frozen: Frozen) {
    running.deadline = running.deadline.map(|at| at.after(frozen.at_most));
    if let Some(postponed) = &mut running.postponed {
        postponed.until = postponed.until.after(frozen.at_most);
    }
    if let Some(health) = &mut running.health {
        health::on_frozen(health, frozen, (step.now.awake, &mut step.world.random));
    }
    step.set_state(id, State::Running(running));
}

/// Whether it still works is asked at once.
pub(super) fn on_resumed(step: &mut Step<'_>, id: WardId, mut running: Running) {
    if let Some(postponed) = &mut running.postponed {
        postponed.until = step.now.awake.after(NETWORK_WAIT);
    }
    if let Some(health) = &mut running.health {
        let policy = &step.world.wards[id].spawned.health;
        health::on_resumed(health, policy, (step.now.awake, &mut step.world.random));
    }
    step.set_state(id, State::Running(running));
}

pub(super) fn on_stimulus(step: &mut Step<'_>, id: WardId, running: &Running, stimulus: &Stimulus) {
    match stimulus {
        Stimulus::Exited(exited) if exited.instance == running.instance => {
            on_exited(step, id, running, exited);
        }
        Stimulus::Wish => on_wish(step, id, running),
        Stimulus::Probed(answer) if answer.instance == running.instance => {
            look_after(step, id, running, |step, health| {
                health::on_answer(step, id, (health, running), answer)
            });
        }
        Stimulus::Notified { instance, notice } if *instance == running.instance => {
            look_after(step, id, running, |step, health| {
                health::on_notice(step, id, (health, running), notice)
            });
        }
        Stimulus::LinePrinted { instance } if *instance == running.instance => {
            look_after(step, id, running, |step, health| {
                health::on_line(step, id, health)
            });
        }
        Stimulus::Sampled(sampled) if sampled.instance == running.instance => {
            look_after(step, id, running, |step, health| {
                health::on_sample(step, health, sampled)
            });
        }
        Stimulus::Probed(_) | Stimulus::Notified { .. } | Stimulus::LinePrinted { .. } => {}
        Stimulus::Sampled(_) => {}
        Stimulus::Exited(_) | Stimulus::Started { .. } | Stimulus::StartFailed { .. } => {}
        // The tree includes the main process, whose end is told first.
        Stimulus::TreeEmptied { .. } => {}
        Stimulus::Due => on_due(step, id, running),
    }
}

/// It has run for too long, its restart has waited for too long, or something of its
/// health is due.
fn on_due(step: &mut Step<'_>, id: WardId, running: &Running) {
    if running.deadline.is_some_and(|at| at <= step.now.awake) {
        let main = MainProcess::Alive(running.pid);
        let reason = StopReason::TimeLimit;
        begin_stop(step, id, running, Stop { main, reason });
        return;
    }
    let postponed = running.postponed;
    if postponed.is_some_and(|postponed| postponed.until <= step.now.awake) {
        network::restart_in_vain(step, id);
        return;
    }
    look_after(step, id, running, |step, health| {
        health::on_due(step, id, health, running)
    });
}

/// Lets something change what is known of its health, and does what follows.
fn look_after(
    step: &mut Step<'_>,
    id: WardId,
    running: &Running,
    change: impl FnOnce(&mut Step<'_>, &mut Health) -> Verdict,
) {
    let mut running = running.clone();
    let Some(health) = &mut running.health else {
        return;
    };
    let verdict = change(step, health);
    match verdict {
        Verdict::Fine => step.set_state(id, State::Running(running)),
        Verdict::Ready => {
            let entry = ServiceEntry::Ready {
                instance: running.instance,
                after: step.now.awake.since(running.started),
            };
            step.record(id, entry);
            step.set_state(id, State::Running(running));
        }
        Verdict::Healthy => {
            breaker::close(step, id, running.instance);
            step.set_state(id, State::Running(running));
        }
        // What was seen goes on record before anything is done about it.
        Verdict::Failed(entry, reason) => {
            step.record(id, entry);
            breaker::open(step, id);
            step.effects.push(Effect::Gather {
                service: step.world.wards[id].name().clone(),
                instance: running.instance,
            });
            step.set_state(id, State::Running(running.clone()));
            let main = MainProcess::Alive(running.pid);
            begin_stop(step, id, &running, Stop { main, reason });
        }
    }
}

fn on_exited(step: &mut Step<'_>, id: WardId, running: &Running, exited: &Exited) {
    let dying = Dying {
        pid: running.pid,
        started: running.started,
        // Even if its end is wanted: nothing has been asked of the process yet,
        // so this is a death of its own.
        asked: false,
        killed: false,
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
