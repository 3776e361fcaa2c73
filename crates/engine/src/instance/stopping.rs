//! An instance, or what is left of its tree, is being ended: asked, step by
//! step, then killed. It is over when the tree is empty.

use std::time::Duration;

use outlast_model::effect::Scope;
use outlast_model::event::Tree;
use outlast_model::health::Notice;
use outlast_model::record::{ServiceEntry, StopReason};
use outlast_model::request::Urgency;
use outlast_model::service::Ask;
use outlast_model::state::{LastEnd, MainProcess, Running, StopPhase, Stopping, WhyFailed};
use outlast_model::{Effect, State};

use super::death::{self, Dying};
use super::{Exited, Stimulus, failed};
use crate::ending::{self, Cause};
use crate::gap::Frozen;
use crate::step::Step;
use crate::wards::WardId;

/// How long the system gets to take a killed tree away before the service is
/// called unkillable. Killing takes milliseconds; longer are only core dumps
/// of large processes and uninterruptible sleep. systemd waits the stop time
/// (90 s) once more; nobody at a prompt does.
pub const KILL_WAIT: Duration = Duration::from_secs(10);

/// A stop that begins.
#[derive(Clone, Copy)]
pub(super) struct Stop {
    pub(super) main: MainProcess,
    pub(super) reason: StopReason,
}

pub(super) fn enter(step: &mut Step<'_>, id: WardId, running: &Running, stop: Stop) {
    let instance = running.instance;
    let reason = stop.reason;
    step.record(id, ServiceEntry::Stopping { instance, reason });
    let stopping = Stopping {
        since: step.now.real,
        instance,
        started: running.started,
        main: stop.main,
        phase: StopPhase::Asked(0),
        deadline: step.now.awake,
    };
    take_step(step, id, stopping, 0);
}

pub(super) fn on_stimulus(
    step: &mut Step<'_>,
    id: WardId,
    stopping: Stopping,
    stimulus: &Stimulus,
) {
    match stimulus {
        Stimulus::Exited(exited) if exited.instance == stopping.instance => {
            on_exited(step, id, stopping, exited);
        }
        Stimulus::TreeEmptied { instance } if *instance == stopping.instance => {
            on_tree_emptied(step, id, &stopping);
        }
        Stimulus::Due => on_due(step, id, stopping),
        Stimulus::Wish => on_wish(step, id, stopping),
        Stimulus::Exited(_) | Stimulus::TreeEmptied { .. } => {}
        Stimulus::Notified { instance, notice } if *instance == stopping.instance => {
            on_notice(step, id, stopping, notice);
        }
        Stimulus::Started { .. } | Stimulus::StartFailed { .. } => {}
        Stimulus::Probed(_) | Stimulus::Notified { .. } | Stimulus::LinePrinted { .. } => {}
        Stimulus::Sampled(_) => {}
    }
}

/// It knows that it will need longer. Nobody waits for ever: whoever is in a
/// hurry shuts down at once.
fn on_notice(step: &mut Step<'_>, id: WardId, mut stopping: Stopping, notice: &Notice) {
    if let (Notice::Extend(time), StopPhase::Asked(_)) = (notice, stopping.phase) {
        stopping.deadline = step.now.awake.after(*time).max(stopping.deadline);
        step.set_state(id, State::Stopping(stopping));
    }
}

/// Perhaps the instance was frozen, too, so none of the time counts in which that
/// is possible.
pub(super) fn on_frozen(step: &mut Step<'_>, id: WardId, mut stopping: Stopping, frozen: Frozen) {
    stopping.deadline = stopping.deadline.after(frozen.at_most);
    step.set_state(id, State::Stopping(stopping));
}

fn on_exited(step: &mut Step<'_>, id: WardId, mut stopping: Stopping, exited: &Exited) {
    let MainProcess::Alive(pid) = stopping.main else {
        return;
    };
    let dying = Dying {
        pid,
        started: stopping.started,
        asked: true,
        killed: matches!(stopping.phase, StopPhase::Killed),
    };
    death::record(step, id, dying, exited);
    match exited.tree {
        Tree::Empty => ending::on_gone(step, id, (LastEnd::Exit(exited.exit), Cause::Asked)),
        Tree::Populated => {
            stopping.main = MainProcess::Ended {
                exit: exited.exit,
                asked: true,
            };
            if let StopPhase::Asked(index) = stopping.phase
                && let Some(ask) = ask_of(step, id, index)
            {
                ask_now(step, id, &stopping, ask);
            }
            step.set_state(id, State::Stopping(stopping));
        }
    }
}

fn on_tree_emptied(step: &mut Step<'_>, id: WardId, stopping: &Stopping) {
    match stopping.main {
        // The tree includes the main process, whose end is told first.
        MainProcess::Alive(_) => {}
        MainProcess::Ended { exit, asked } => {
            ending::on_gone(step, id, (LastEnd::Exit(exit), Cause::of(asked)));
        }
    }
}

fn on_due(step: &mut Step<'_>, id: WardId, stopping: Stopping) {
    match stopping.phase {
        StopPhase::Asked(index) => take_step(step, id, stopping, index + 1),
        StopPhase::Killed => give_up(step, id, stopping),
    }
}

/// A shutdown may have become immediate. Any other wish is about what comes
/// after the stop.
fn on_wish(step: &mut Step<'_>, id: WardId, stopping: Stopping) {
    let at_once = step.world.urgency() == Some(Urgency::Immediate);
    match stopping.phase {
        StopPhase::Asked(_) if at_once => kill(step, id, stopping),
        StopPhase::Asked(_) | StopPhase::Killed => {}
    }
}

fn take_step(step: &mut Step<'_>, id: WardId, mut stopping: Stopping, index: usize) {
    let at_once = step.world.urgency() == Some(Urgency::Immediate);
    let next = step.world.wards[id].spawned.stop.steps.get(index).cloned();
    match next {
        Some(next) if !at_once => {
            stopping.phase = StopPhase::Asked(index);
            stopping.deadline = step.now.awake.after(next.wait);
            ask_now(step, id, &stopping, next.ask);
            step.set_state(id, State::Stopping(stopping));
        }
        Some(_) | None => kill(step, id, stopping),
    }
}

fn ask_of(step: &Step<'_>, id: WardId, index: usize) -> Option<Ask> {
    let steps = &step.world.wards[id].spawned.stop.steps;
    steps.get(index).map(|step| step.ask)
}

fn ask_now(step: &mut Step<'_>, id: WardId, stopping: &Stopping, ask: Ask) {
    let scope = match stopping.main {
        MainProcess::Alive(_) => Scope::Main,
        MainProcess::Ended { .. } => Scope::Tree,
    };
    step.effects.push(Effect::Ask {
        service: step.world.wards[id].name().clone(),
        instance: stopping.instance,
        ask,
        scope,
    });
}

fn kill(step: &mut Step<'_>, id: WardId, mut stopping: Stopping) {
    let instance = stopping.instance;
    step.record(id, ServiceEntry::Killed { instance });
    step.effects.push(Effect::Kill {
        service: step.world.wards[id].name().clone(),
        instance,
    });
    stopping.phase = StopPhase::Killed;
    stopping.deadline = step.now.awake.after(KILL_WAIT);
    step.set_state(id, State::Stopping(stopping));
}

fn give_up(step: &mut Step<'_>, id: WardId, stopping: Stopping) {
    let instance = stopping.instance;
    step.record(id, ServiceEntry::Unkillable { instance });
    step.world.wards[id].remains = Some(Box::new(stopping));
    failed::enter(step, id, WhyFailed::Unkillable(instance));
}
