//! What a service does in each of its states: one file a state.
//!
//! Each has `enter`, which comes into the state, and `on_stimulus`, whose match
//! names every stimulus, so that the compiler asks for a decision wherever a
//! state or a stimulus is added. What a file ignores is what cannot happen
//! there, or what belongs to an instance that is no more.

mod backing_off;
mod death;
mod failed;
mod running;
mod starting;
mod stopped;
mod stopping;
mod waiting;

use outlast_model::event::Tree;
use outlast_model::exit::Usage;
use outlast_model::health::Notice;
use outlast_model::limits::Reached;
use outlast_model::{Exit, InstanceId, Pid, StartFailure, State};

use crate::gap::Frozen;
use crate::hang::Sampled;
use crate::health::Answer;
use crate::step::Step;
use crate::wards::WardId;

pub(crate) use backing_off::enter as back_off;
pub(crate) use failed::enter as fail;
pub(crate) use running::due as running_due;
pub(crate) use starting::attempt as attempt_start;
pub(crate) use stopped::enter as come_to_rest;
pub use stopping::KILL_WAIT;

/// What a state may have to react to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stimulus {
    /// The instance runs.
    Started { instance: InstanceId, pid: Pid },
    /// The instance could not be started.
    StartFailed {
        instance: InstanceId,
        failure: StartFailure,
    },
    /// The main process ended.
    Exited(Exited),
    /// The last process of the tree ended.
    TreeEmptied { instance: InstanceId },
    /// It was asked how it is.
    Probed(Answer),
    /// What it has done was looked at.
    Sampled(Sampled),
    /// It tells something of itself.
    Notified {
        instance: InstanceId,
        notice: Notice,
    },
    /// It has printed the line by which it is ready.
    LinePrinted { instance: InstanceId },
    /// The state's time is over.
    Due,
    /// The wish, or something that its fulfilment depends on, may have changed.
    Wish,
}

/// The end of a main process.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exited {
    pub(crate) instance: InstanceId,
    pub(crate) exit: Exit,
    pub(crate) usage: Option<Usage>,
    pub(crate) reached: Vec<Reached>,
    pub(crate) tree: Tree,
}

/// The guardian was kept from running: whoever has until some moment, has longer.
/// What is not judged does not matter, as it is late already.
pub(crate) fn on_frozen(step: &mut Step<'_>, id: WardId, frozen: Frozen) {
    match &step.world.wards[id].state {
        State::Stopping(stopping) => {
            let stopping = stopping.clone();
            stopping::on_frozen(step, id, stopping, frozen);
        }
        State::BackingOff(backing_off) => {
            let backing_off = backing_off.clone();
            backing_off::on_frozen(step, id, backing_off, frozen);
        }
        State::Running(running) => {
            let running = running.clone();
            running::on_frozen(step, id, running, frozen);
        }
        State::Waiting(waiting) => {
            let waiting = waiting.clone();
            waiting::on_frozen(step, id, waiting, frozen);
        }
        State::Stopped(_) | State::Starting(_) | State::Failed(_) => {}
    }
}

/// The machine has slept.
pub(crate) fn on_resumed(step: &mut Step<'_>, id: WardId) {
    match &step.world.wards[id].state {
        State::Running(running) => {
            let running = running.clone();
            running::on_resumed(step, id, running);
        }
        State::Waiting(waiting) => {
            let waiting = waiting.clone();
            waiting::on_resumed(step, id, waiting);
        }
        State::Stopped(_)
        | State::Starting(_)
        | State::Stopping(_)
        | State::BackingOff(_)
        | State::Failed(_) => {}
    }
}

/// Lets the present state of a service react.
pub(crate) fn on_stimulus(step: &mut Step<'_>, id: WardId, stimulus: Stimulus) {
    match &step.world.wards[id].state {
        State::Stopped(_) => stopped::on_stimulus(step, id, &stimulus),
        State::Waiting(_) => waiting::on_stimulus(step, id, &stimulus),
        State::Starting(starting) => {
            let starting = starting.clone();
            starting::on_stimulus(step, id, &starting, stimulus);
        }
        State::Running(running) => {
            let running = running.clone();
            running::on_stimulus(step, id, &running, &stimulus);
        }
        State::Stopping(stopping) => {
            let stopping = stopping.clone();
            stopping::on_stimulus(step, id, stopping, &stimulus);
        }
        State::BackingOff(_) => backing_off::on_stimulus(step, id, &stimulus),
        State::Failed(_) => failed::on_stimulus(step, id, &stimulus),
    }
}
