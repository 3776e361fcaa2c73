//! One step: an input goes in, effects come out.

use std::collections::VecDeque;

use outlast_model::record::{Entry, GuardianEntry, ServiceEntry};
use outlast_model::request::Outcome;
use outlast_model::{Effect, Event, Now, Record, Request, ServiceName, State};

use crate::diagnosis;
use crate::gap;
use crate::graph;
use crate::hang::Sampled;
use crate::health::{self, Answer};
use crate::inhibitor;
use crate::instance::{self, Exited, Stimulus};
use crate::kept;
use crate::network;
use crate::occasion;
use crate::requests;
use crate::schedule;
use crate::session;
use crate::ward::{self, Ward};
use crate::wards::WardId;
use crate::watched;
use crate::world::{Phase, World};

/// Something that happened, or that someone asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// It happened.
    Event(Event),
    /// Someone asks for it.
    Request(Request),
}

/// Takes one input at the moment `now` and gives what shall be done, in this
/// order. An event that fits no state (a stale one, of an earlier instance) is
/// ignored; so is everything once [`World::is_finished`].
///
/// `now.awake` shall not go back from step to step. `now.real` may do anything.
pub fn step(world: &mut World, input: Input, now: Now) -> Vec<Effect> {
    if world.is_finished() {
        return Vec::new();
    }
    let mut step = Step {
        world,
        now,
        effects: Vec::new(),
        replies: Vec::new(),
        queue: VecDeque::new(),
        touched: Vec::new(),
    };
    let slept = gap::account_for(&mut step);
    match input {
        Input::Event(Event::Machine(event)) => {
            occasion::after(&mut step, slept);
            occasion::on_machine_event(&mut step, &event);
        }
        // What has slept reacts to that, and a run that begins now has not.
        Input::Event(event @ Event::RunsFound { .. }) => {
            occasion::after(&mut step, slept);
            step.on_event(event);
        }
        // What happened to an instance may have happened before the sleep, and
        // one that is gone reacts to nothing.
        Input::Event(event) => {
            step.on_event(event);
            occasion::after(&mut step, slept);
        }
        Input::Request(request) => {
            occasion::after(&mut step, slept);
            requests::on_request(&mut step, request);
        }
    }
    schedule::look(&mut step, slept);
    step.execute();
    step.execute_due();
    inhibitor::adjust_touched(&mut step);
    kept::close_touched(&mut step);
    step.answer();
    occasion::allow_sleep(&mut step);
    step.adjust_timer();
    step.finish();
    step.effects.append(&mut step.replies);
    if step.world.is_finished() {
        step.effects.push(Effect::Finish);
    }
    step.effects
}

/// A step under way.
pub(crate) struct Step<'world> {
    pub(crate) world: &'world mut World,
    pub(crate) now: Now,
    pub(crate) effects: Vec<Effect>,
    /// Answers come last: whoever reads one finds the rest on record.
    pub(crate) replies: Vec<Effect>,
    /// Who has to look whether its state still fits its wish.
    queue: VecDeque<WardId>,
    /// Whose requests may have an answer, and for whom too much may be held.
    pub(crate) touched: Vec<WardId>,
}

impl Step<'_> {
    fn on_event(&mut self, event: Event) {
        match event {
            Event::Started {
                service,
                instance,
                pid,
            } => self.on_fact(&service, Stimulus::Started { instance, pid }),
            Event::StartFailed {
                service,
                instance,
                failure,
            } => self.on_fact(&service, Stimulus::StartFailed { instance, failure }),
            Event::Exited {
                service,
                instance,
                exit,
                usage,
                reached,
                tree,
            } => self.on_fact(
                &service,
                Stimulus::Exited(Exited {
                    instance,
                    exit,
                    usage,
                    reached,
                    tree,
                }),
            ),
            Event::TreeEmptied { service, instance } => {
                self.on_fact(&service, Stimulus::TreeEmptied { instance });
            }
            Event::Probed {
                service,
                instance,
                number,
                outcome,
            } => self.on_fact(
                &service,
                Stimulus::Probed(Answer {
                    instance,
                    number,
                    outcome,
                }),
            ),
            Event::Sampled {
                service,
                instance,
                number,
                sample,
            } => self.on_fact(
                &service,
                Stimulus::Sampled(Sampled {
                    instance,
                    number,
                    sample,
                }),
            ),
            Event::RunsFound {
                service,
                number,
                runs,
            } => schedule::on_runs(self, &service, number, runs),
            Event::Notified {
                service,
                instance,
                notice,
            } => self.on_fact(&service, Stimulus::Notified { instance, notice }),
            Event::LinePrinted { service, instance } => {
                self.on_fact(&service, Stimulus::LinePrinted { instance });
            }
            Event::Diagnosed {
                service,
                instance,
                verdict,
            } => diagnosis::on_verdict(self, &service, (instance, verdict)),
            Event::Watched { service, news } => watched::on_news(self, &service, news),
            Event::Inhibited { service, answer } => inhibitor::on_answer(self, &service, answer),
            Event::Sessions(sessions) => session::on_sessions(self, sessions),
            Event::Network(network) => network::on_network(self, network),
            // Whoever calls this has dealt with it.
            Event::Machine(_) | Event::Thawed => {}
            Event::TimerDue => self.world.timer.went_off(),
        }
    }

    fn on_fact(&mut self, service: &ServiceName, stimulus: Stimulus) {
        if let Some(id) = self.world.wards.find(service) {
            instance::on_stimulus(self, id, stimulus);
        }
    }

    /// The second phase: everyone in the queue does what its wish asks for and
    /// its neighbours allow. Ends, because nothing goes back without an event.
    fn execute(&mut self) {
        while let Some(id) = self.queue.pop_front() {
            if self.world.wards.get(id).is_some() {
                instance::on_stimulus(self, id, Stimulus::Wish);
            }
        }
    }

    /// What is due by now, whatever brought us here: a busy supervisor may come
    /// to its timer late.
    fn execute_due(&mut self) {
        while let Some(id) = self.world.timer.first_due(self.now.awake) {
            instance::on_stimulus(self, id, Stimulus::Due);
            self.execute();
        }
    }

    fn adjust_timer(&mut self) {
        let look = self
            .world
            .schedules
            .look_at((self.now.awake, self.now.real));
        let change = self.world.timer.adjust(self.now.awake, look);
        self.effects.extend(change);
    }

    fn finish(&mut self) {
        if self.world.live > 0 {
            return;
        }
        let Phase::ShuttingDown { requests, .. } = &mut self.world.phase else {
            return;
        };
        let requests = std::mem::take(requests);
        let left = self.world.wards.iter().filter(|ward| ward.is_unkillable());
        let left: Vec<ServiceName> = left.map(|ward| ward.name().clone()).collect();
        self.record_guardian(GuardianEntry::Stopped);
        for request in requests {
            let outcome = if left.is_empty() {
                Outcome::Done
            } else {
                Outcome::NotReached(left.clone())
            };
            self.reply(request, outcome);
        }
        self.world.phase = Phase::Finished;
    }

    /// Changes the state of a service and tells everyone whom that concerns.
    pub(crate) fn set_state(&mut self, id: WardId, state: State) {
        let ward = &self.world.wards[id];
        let was_live = ward.is_live();
        let is_live = ward::is_live(&state);
        let becomes_ready = ward::is_ready(&state) && !ward::is_ready(&ward.state);
        if health::is_open(&ward.state) && !matches!(state, State::Running(_)) {
            self.stop_probing(id);
        }
        let ward = &self.world.wards[id];
        let due = (ward::due(&ward.state), ward::due(&state));
        if was_live && !is_live {
            // While the instance still counts as live, its old definition is
            // asked for dependencies, too.
            self.enqueue_dependencies(id);
            self.world.live -= 1;
        } else if is_live && !was_live {
            self.world.live += 1;
        }
        self.world.wards[id].state = state;
        self.world.timer.change(id, due.0, due.1);
        self.touch(id);
        self.enqueue(id);
        if becomes_ready || was_live && !is_live {
            self.enqueue_waiting_dependants(id);
        }
    }

    /// Whoever does not run is asked nothing.
    fn stop_probing(&mut self, id: WardId) {
        let ward = &self.world.wards[id];
        if let Some(instance) = ward.state.instance() {
            let service = ward.name().clone();
            self.effects.push(Effect::StopProbing { service, instance });
        }
    }

    /// Nothing of a removed service is left.
    pub(crate) fn forget(&mut self, id: WardId) {
        self.all_goals_met(id);
        occasion::forget(self, id);
        self.enqueue_waiting_dependants(id);
        let waiting = self.world.wards[id].dependants.clone();
        self.touched.extend(waiting);
        inhibitor::adjust(self, id);
        schedule::end(self, id);
        if let Some(ward) = self.world.wards.remove(id) {
            debug_assert!(ward.wish.leaves());
            session::forgotten(self, &ward);
            self.effects.push(Effect::Forget(ward.name().clone()));
        }
    }

    pub(crate) fn touch(&mut self, id: WardId) {
        self.touched.push(id);
    }

    pub(crate) fn enqueue(&mut self, id: WardId) {
        self.queue.push_back(id);
    }

    pub(crate) fn enqueue_dependencies(&mut self, id: WardId) {
        let wards = &self.world.wards;
        let dependencies = graph::edges(&wards[id]);
        self.queue
            .extend(dependencies.filter_map(|edge| wards.find(&edge.service)));
    }

    pub(crate) fn enqueue_waiting_dependants(&mut self, id: WardId) {
        let wards = &self.world.wards;
        let dependants = wards[id].dependants.iter().copied();
        let waits = |id: &WardId| wards.get(*id).is_some_and(Ward::is_waiting);
        self.queue.extend(dependants.filter(waits));
    }

    pub(crate) fn record(&mut self, id: WardId, entry: ServiceEntry) {
        let service = self.world.wards[id].name().clone();
        self.effects.push(Effect::Record(Record {
            at: self.now.real,
            entry: Entry::Service { service, entry },
        }));
    }

    pub(crate) fn record_guardian(&mut self, entry: GuardianEntry) {
        self.effects.push(Effect::Record(Record {
            at: self.now.real,
            entry: Entry::Guardian(entry),
        }));
    }
}
