//! The service is not started again until someone asks.
//!
//! One kind of failure is not the end: the tree of an unkillable service may
//! go at last. The stop that failed is then carried on from where it was.

use outlast_model::State;
use outlast_model::event::Tree;
use outlast_model::state::{Failed, LastEnd, MainProcess, WhyFailed};

use super::death::{self, Dying};
use super::{Exited, Stimulus};
use crate::ending::{self, Cause};
use crate::on_failure;
use crate::step::Step;
use crate::wards::WardId;

pub(crate) fn enter(step: &mut Step<'_>, id: WardId, why: WhyFailed) {
    let failed = Failed {
        since: step.now.real,
        why,
    };
    step.set_state(id, State::Failed(failed));
    on_failure::react(step, id);
}

pub(super) fn on_stimulus(step: &mut Step<'_>, id: WardId, stimulus: &Stimulus) {
    match stimulus {
        Stimulus::Exited(exited) => on_exited(step, id, exited),
        Stimulus::TreeEmptied { instance } => {
            let remains = step.world.wards[id].remains.as_deref();
            if let Some(remains) = remains
                && remains.instance == *instance
                && let MainProcess::Ended { exit, asked } = remains.main
            {
                ending::on_gone(step, id, (LastEnd::Exit(exit), Cause::of(asked)));
            }
        }
        Stimulus::Wish => on_wish(step, id),
        Stimulus::Started { .. } | Stimulus::StartFailed { .. } | Stimulus::Due => {}
        Stimulus::Probed(_) | Stimulus::Notified { .. } | Stimulus::LinePrinted { .. } => {}
        Stimulus::Sampled(_) => {}
    }
}

fn on_exited(step: &mut Step<'_>, id: WardId, exited: &Exited) {
    let remains = step.world.wards[id].remains.as_deref();
    let Some(remains) = remains.filter(|remains| remains.instance == exited.instance) else {
        return;
    };
    let MainProcess::Alive(pid) = remains.main else {
        return;
    };
    let dying = Dying {
        pid,
        started: remains.started,
        asked: true,
        killed: true,
    };
    death::record(step, id, dying, exited);
    match exited.tree {
        Tree::Empty => ending::on_gone(step, id, (LastEnd::Exit(exited.exit), Cause::Asked)),
        Tree::Populated => {
            if let Some(remains) = &mut step.world.wards[id].remains {
                remains.main = MainProcess::Ended {
                    exit: exited.exit,
                    asked: true,
                };
            }
        }
    }
}

fn on_wish(step: &mut Step<'_>, id: WardId) {
    let ward = &step.world.wards[id];
    if ward.wish.leaves() && !ward.is_unkillable() {
        step.forget(id);
    }
}
