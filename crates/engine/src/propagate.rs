//! The first phase of a step: a wish about some services becomes wishes about
//! all that it concerns. Nothing is started or stopped here; everyone whose
//! wish changed is put into the queue for the second phase.
//!
//! One rule holds whenever this is done: if a live instance shall end, every
//! live instance that needs it to be ready shall end too (or is ending). The
//! second phase relies on it: it lets a service wait for the end of what
//! depends on it, and that end has to come.

use outlast_model::health::Breaker;
use outlast_model::record::StopReason;
use outlast_model::state::{Stopped, WhyStopped};
use outlast_model::{Service, State};

use crate::answers::Goal;
use crate::graph;
use crate::schedule;
use crate::step::Step;
use crate::wards::WardId;
use crate::wish::Wish;

/// Who wants a service to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// Someone who asked, for it or for a dependant. What has failed or is
    /// backing off begins anew.
    Request,
    /// A dependant that restarts by itself, or a new file. Giving up stays
    /// final, and what is to run already is left alone.
    Dependant,
}

impl Step<'_> {
    /// `roots` shall run, and all that they need.
    pub(crate) fn want_running(&mut self, roots: &[WardId], by: By) {
        for id in graph::needed_by(&self.world.wards, roots) {
            self.want_one_running(id, by);
        }
    }

    fn want_one_running(&mut self, id: WardId, by: By) {
        let ward = &self.world.wards[id];
        if ward.wish.leaves() || (by == By::Dependant && ward.wish.wants_to_run()) {
            return;
        }
        if by == By::Request {
            self.begin_anew(id);
        }
        self.wish(id, self.running_wish(id));
    }

    /// What the wish becomes when a service shall run. A live instance that was
    /// not asked to stop yet is kept if that is still possible.
    fn running_wish(&self, id: WardId) -> Wish {
        let ward = &self.world.wards[id];
        let replace = Wish::Replace(ward.wish.reason_to_stop().unwrap_or(StopReason::Restart));
        if ward.is_stopping() || ward.is_unkillable() {
            return replace;
        }
        if !ward.is_live() {
            return Wish::Run;
        }
        match ward.wish {
            Wish::Run | Wish::Replace(_) => ward.wish,
            Wish::Rest(_) | Wish::Leave(_) if ward.is_outdated() => {
                Wish::Replace(StopReason::Changed)
            }
            Wish::Rest(_) | Wish::Leave(_) => {
                if graph::depends_on_condemned(&self.world.wards, id) {
                    Wish::Replace(StopReason::Dependency)
                } else {
                    Wish::Run
                }
            }
        }
    }

    /// What has ended is treated as if it had never run: the delays begin again,
    /// and after giving up the starts are counted from zero.
    pub(crate) fn begin_anew(&mut self, id: WardId) {
        let ward = &mut self.world.wards[id];
        if ward.is_live() || ward.is_unkillable() {
            return;
        }
        if matches!(ward.state, State::Waiting(_)) {
            return;
        }
        ward.exited_ok = false;
        ward.streak.reset();
        ward.breaker = Breaker::default();
        if matches!(ward.state, State::Failed(_)) {
            ward.recent_starts.clear();
        }
        if matches!(ward.state, State::Failed(_) | State::BackingOff(_)) {
            self.set_state(
                id,
                State::Stopped(Stopped {
                    since: self.now.real,
                    why: WhyStopped::Requested,
                }),
            );
        }
    }

    /// `roots` shall not run, nor what depends on them.
    pub(crate) fn want_stopped(&mut self, roots: &[WardId], reason: StopReason) {
        let concerned = graph::dependants_of(&self.world.wards, roots);
        for &id in roots {
            self.want_one_stopped(id, reason);
        }
        for id in concerned {
            self.want_one_stopped(id, StopReason::Dependency);
        }
    }

    /// What of `roots`, and of what depends on them, is stopped only for an
    /// occasion, stays so when that is over.
    pub(crate) fn leave_stopped(&mut self, roots: &[WardId]) {
        let dependants = graph::dependants_of(&self.world.wards, roots);
        for &id in roots.iter().chain(&dependants) {
            self.world.wards[id].held = None;
        }
    }

    fn want_one_stopped(&mut self, id: WardId, reason: StopReason) {
        if self.world.wards[id].wish.wants_to_run() {
            self.wish(id, Wish::Rest(reason));
        }
    }

    /// `roots` shall run, in another instance than the present one. What runs
    /// and depends on them is stopped before and started again after.
    pub(crate) fn want_replaced(&mut self, roots: &[WardId], reason: StopReason) {
        let mut roots = roots.to_vec();
        // As with any other wish, what was removed does not come back by it.
        roots.retain(|id| !self.world.wards[*id].wish.leaves());
        for &id in &roots {
            let ward = &mut self.world.wards[id];
            ward.exited_ok = false;
            if ward.is_live() || ward.is_unkillable() {
                self.wish(id, Wish::Replace(reason));
            }
        }
        self.disturb_dependants(&roots);
        self.want_running(&roots, By::Request);
    }

    /// What runs and depends on `roots` shall be replaced.
    pub(crate) fn disturb_dependants(&mut self, roots: &[WardId]) {
        for id in graph::dependants_of(&self.world.wards, roots) {
            let ward = &self.world.wards[id];
            if ward.wish == Wish::Run && ward.is_live() && !ward.is_stopping() {
                self.wish(id, Wish::Replace(StopReason::Dependency));
            }
        }
    }

    /// `id` has another definition now. If it shall run, it shall run as that;
    /// what had failed under the old one is tried again. One that was about to be
    /// forgotten is as good as new. Gives whether it shall run.
    pub(crate) fn redefine(&mut self, id: WardId, definition: Service) -> bool {
        if schedule::is_scheduled(&definition) {
            self.redefine_scheduled(id, definition);
            return false;
        }
        let ward = &mut self.world.wards[id];
        let is_back = ward.wish.leaves();
        let was_enabled = ward.definition.enabled && !is_back;
        let is_enabled = definition.enabled;
        let was_scheduled = ward.scheduled.is_some();
        ward.redefine(definition);
        schedule::end(self, id);
        let ward = &self.world.wards[id];
        let shall_run = ward.wish.wants_to_run() || (is_enabled && (!was_enabled || was_scheduled));
        let is_there = ward.is_live() || ward.is_unkillable();
        if shall_run && is_there {
            self.wish(id, Wish::Replace(StopReason::Changed));
        } else if is_back {
            self.wish(id, Wish::Rest(StopReason::Changed));
        }
        shall_run
    }

    /// A run that is under way goes on as it began; what comes after is as the new
    /// definition has it. What ran all the time is stopped, and waits for its schedule.
    fn redefine_scheduled(&mut self, id: WardId, definition: Service) {
        let ward = &mut self.world.wards[id];
        let is_back = ward.wish.leaves();
        let was_scheduled = schedule::is_scheduled(&ward.definition) && !is_back;
        let was_in_force = match (&ward.scheduled, was_scheduled) {
            (scheduled, true) => scheduled.is_some(),
            (_, false) => ward.wish.wants_to_run() || ward.has_completed(),
        };
        let was_enabled = ward.definition.enabled && !is_back;
        ward.redefine(definition);
        // The next instance of one that backs off is another than it was.
        self.touch(id);
        let ward = &self.world.wards[id];
        if is_back || (!was_scheduled && ward.wish.wants_to_run()) {
            self.wish(id, Wish::Rest(StopReason::Changed));
        }
        schedule::end(self, id);
        if was_in_force || !was_enabled {
            schedule::begin(self, id);
        }
    }

    /// Changes one wish. Requests that wanted the opposite will not be met.
    pub(crate) fn wish(&mut self, id: WardId, wish: Wish) {
        let ward = &mut self.world.wards[id];
        ward.held = None;
        let before = std::mem::replace(&mut ward.wish, wish);
        if before == wish {
            return;
        }
        if !wish.wants_to_run() {
            self.world.wards[id].waited_in_vain = false;
        }
        let opposite: &[Goal] = match wish {
            Wish::Run | Wish::Replace(_) => &[Goal::Rests, Goal::Gone],
            Wish::Rest(_) => &[Goal::Runs, Goal::Gone],
            Wish::Leave(_) => &[Goal::Runs],
        };
        self.supersede(id, opposite);
        self.enqueue(id);
        // Whoever waits for this one's end may not have to any more. That
        // includes the end of an instance whose place another takes at once: it
        // stays live, and its successor may not depend on what it did.
        self.enqueue_dependencies(id);
        // Whoever waits for it to be ready may not have to any more.
        self.enqueue_waiting_dependants(id);
    }
}
