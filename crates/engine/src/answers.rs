//! Requests that have not been answered yet.
//!
//! A request waits for goals, one for each of its services. A service knows
//! which requests wait for it, so that a step looks at no other. The answer is
//! given when no goal is open.

use std::collections::btree_map::Entry as BTreeEntry;
use std::collections::{BTreeMap, HashSet};

use outlast_model::request::Outcome;
use outlast_model::state::{Failed, Stopped, WhyFailed, WhyStopped};
use outlast_model::{Effect, RequestId, ServiceName, State};

use crate::graph;
use crate::step::Step;
use crate::ward::Ward;
use crate::wards::WardId;

/// Numbers open requests: whoever asks chooses the [`RequestId`]s, and nothing
/// here shall depend on their being different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// What a request wants of one service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// It runs and is meant to, or has completed.
    Runs,
    /// Nothing of it runs and nothing will.
    Rests,
    /// It has been forgotten.
    Gone,
}

/// A goal and the request that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Awaited {
    ticket: Ticket,
    goal: Goal,
}

/// What became of a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Met,
    NotReached,
    Superseded,
}

#[derive(Debug, Default)]
pub(crate) struct Answers {
    open: BTreeMap<Ticket, Open>,
    next: u64,
}

#[derive(Debug)]
struct Open {
    request: RequestId,
    goals_left: usize,
    not_reached: Vec<ServiceName>,
    superseded: Vec<ServiceName>,
}

impl Open {
    fn outcome(mut self) -> Outcome {
        self.superseded.sort();
        self.not_reached.sort();
        if !self.superseded.is_empty() {
            Outcome::Superseded(self.superseded)
        } else if !self.not_reached.is_empty() {
            Outcome::NotReached(self.not_reached)
        } else {
            Outcome::Done
        }
    }
}

impl Step<'_> {
    pub(crate) fn reply(&mut self, request: RequestId, outcome: Outcome) {
        self.replies.push(Effect::Reply { request, outcome });
    }

    /// `request` will be answered when each of `goals` is met or cannot be.
    pub(crate) fn answer_when(&mut self, request: RequestId, goals: &[(WardId, Goal)]) {
        if goals.is_empty() {
            self.reply(request, Outcome::Done);
            return;
        }
        let answers = &mut self.world.answers;
        let ticket = Ticket(answers.next);
        answers.next += 1;
        answers.open.insert(
            ticket,
            Open {
                request,
                goals_left: goals.len(),
                not_reached: Vec::new(),
                superseded: Vec::new(),
            },
        );
        for &(id, goal) in goals {
            self.world.wards[id].awaited.push(Awaited { ticket, goal });
            self.touch(id);
        }
    }

    /// A later wish makes these goals of `id` impossible.
    pub(crate) fn supersede(&mut self, id: WardId, goals: &[Goal]) {
        self.judge(id, |goal| {
            goals.contains(&goal).then_some(Verdict::Superseded)
        });
    }

    /// An attempt to start `id` failed, even if the next one follows at once.
    pub(crate) fn attempt_failed(&mut self, id: WardId) {
        self.judge(id, |goal| {
            (goal == Goal::Runs).then_some(Verdict::NotReached)
        });
    }

    /// Nothing is left of `id`.
    pub(crate) fn all_goals_met(&mut self, id: WardId) {
        self.judge(id, |_| Some(Verdict::Met));
    }

    /// The end of a step: looks at the goals of every service whose state
    /// changed, and of those that now wait for it in vain.
    pub(crate) fn answer(&mut self) {
        let mut open = std::mem::take(&mut self.touched);
        if self.world.answers.open.is_empty() {
            return;
        }
        let mut in_vain = HashSet::new();
        let mut seen = HashSet::new();
        while !open.is_empty() {
            open.retain(|id| seen.insert(*id) && self.world.wards.get(*id).is_some());
            graph::find_waiting_in_vain(&self.world.wards, &open, &mut in_vain);
            for &id in &open {
                let facts = Facts::of(&self.world.wards[id], in_vain.contains(&id));
                self.judge(id, |goal| facts.verdict(goal));
            }
            open = self.dependants_in_doubt(&open, &in_vain);
        }
    }

    /// Who waits for those of `open` that will not come.
    fn dependants_in_doubt(&self, open: &[WardId], in_vain: &HashSet<WardId>) -> Vec<WardId> {
        let wards = &self.world.wards;
        open.iter()
            .filter(|id| in_vain.contains(id) || !wards[**id].is_under_way())
            .flat_map(|id| &wards[*id].dependants)
            .copied()
            .filter(|dependant| wards.get(*dependant).is_some_and(Ward::is_waiting))
            .collect()
    }

    /// Closes the goals of `id` for which there is a verdict, and answers the
    /// requests that have no goal left.
    fn judge(&mut self, id: WardId, verdict: impl Fn(Goal) -> Option<Verdict>) {
        let ward = &mut self.world.wards[id];
        if ward.awaited.is_empty() {
            return;
        }
        let name = ward.name().clone();
        let mut closed = Vec::new();
        ward.awaited.retain(|awaited| match verdict(awaited.goal) {
            None => true,
            Some(verdict) => {
                closed.push((awaited.ticket, verdict));
                false
            }
        });
        for (ticket, verdict) in closed {
            self.close(ticket, &name, verdict);
        }
    }

    fn close(&mut self, ticket: Ticket, name: &ServiceName, verdict: Verdict) {
        let BTreeEntry::Occupied(mut open) = self.world.answers.open.entry(ticket) else {
            return;
        };
        match verdict {
            Verdict::Met => {}
            Verdict::NotReached => open.get_mut().not_reached.push(name.clone()),
            Verdict::Superseded => open.get_mut().superseded.push(name.clone()),
        }
        open.get_mut().goals_left -= 1;
        if open.get().goals_left == 0 {
            let open = open.remove();
            self.reply(open.request, open.outcome());
        }
    }
}

/// What decides about the goals of one service.
#[derive(Clone, Copy)]
struct Facts {
    wants_to_run: bool,
    is_ready: bool,
    situation: Situation,
}

/// A state, as far as goals go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Situation {
    UnderWay,
    AtRest,
    Completed,
    InVain,
    Unkillable,
}

impl Facts {
    fn of(ward: &Ward, in_vain: bool) -> Self {
        Self {
            wants_to_run: ward.wish.wants_to_run(),
            // Of a template no more can be had than that it is in force.
            is_ready: ward.is_ready()
                || ward.is_template() && ward.wish.wants_to_run() && !ward.is_live(),
            situation: situation(&ward.state, in_vain),
        }
    }

    fn verdict(self, goal: Goal) -> Option<Verdict> {
        match goal {
            Goal::Runs => self.runs(),
            Goal::Rests => self.rests(),
            // Being forgotten is the last thing that is judged, by itself.
            Goal::Gone => (self.situation == Situation::Unkillable).then_some(Verdict::NotReached),
        }
    }

    fn runs(self) -> Option<Verdict> {
        if self.is_ready {
            return Some(Verdict::Met);
        }
        match self.situation {
            Situation::UnderWay => None,
            Situation::Completed => Some(Verdict::Met),
            Situation::InVain | Situation::Unkillable => Some(Verdict::NotReached),
            Situation::AtRest if self.wants_to_run => None,
            Situation::AtRest => Some(Verdict::NotReached),
        }
    }

    fn rests(self) -> Option<Verdict> {
        match self.situation {
            Situation::UnderWay => None,
            Situation::Unkillable => Some(Verdict::NotReached),
            // A service that has failed does not run, and that was asked for.
            Situation::AtRest | Situation::Completed | Situation::InVain => Some(Verdict::Met),
        }
    }
}

fn situation(state: &State, waits_in_vain: bool) -> Situation {
    match state {
        State::Stopped(Stopped {
            why: WhyStopped::Completed(_),
            ..
        }) => Situation::Completed,
        State::Stopped(_) => Situation::AtRest,
        State::Waiting(_) if waits_in_vain => Situation::InVain,
        State::Waiting(_) | State::Starting(_) | State::Running(_) | State::Stopping(_) => {
            Situation::UnderWay
        }
        State::Failed(Failed {
            why: WhyFailed::Unkillable(_),
            ..
        }) => Situation::Unkillable,
        State::BackingOff(_) | State::Failed(_) => Situation::InVain,
    }
}
