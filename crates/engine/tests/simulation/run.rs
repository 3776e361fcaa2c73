//! Runs one case: the engine against the simulated system, with every step
//! checked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use outlast_engine::{FREEZE, Input, PULSE, World, step};
use outlast_model::request::{Urgency, Verb};
use outlast_model::{AwakeTime, Effect, Event, InstanceId, Now, RealTime, Request, RequestId};

use crate::case::{Action, Case, Frozen, Manners};
use crate::checker::Checker;
use crate::host::Host;
use crate::watched::files_changed;

/// A case is hurried to its end after this many steps, so that a service that
/// restarts without delay does not take all of them.
const LONG: u64 = 3_000;

/// What was violated, and all that happened.
pub(crate) struct Failure {
    pub(crate) what: String,
    pub(crate) history: Vec<String>,
}

/// Gives the number of steps.
pub(crate) fn run(case: &Case) -> Result<u64, String> {
    attempt(case, &mut |_, _, _| {})
}

/// Runs a case that fails once more, to tell what happened.
pub(crate) fn explain(case: &Case) -> Option<Failure> {
    let mut history = Vec::new();
    let what = attempt(case, &mut |input, now, effects| {
        history.push(format!("{:?} {input:?}", now.awake.since_origin()));
        history.extend(
            effects
                .iter()
                .map(|effect| format!("    {}", brief(effect))),
        );
    });
    let what = what.err()?;
    Some(Failure { what, history })
}

/// All effects of a case that does not fail.
pub(crate) fn effects(case: &Case) -> Vec<Effect> {
    let mut all = Vec::new();
    let outcome = attempt(case, &mut |_, _, effects| all.extend_from_slice(effects));
    outcome.expect("the case does not fail");
    all
}

/// A definition is long and stands above.
fn brief(effect: &Effect) -> String {
    match effect {
        Effect::Spawn { service, instance } => format!("Spawn {} {instance}", service.name),
        other => format!("{other:?}"),
    }
}

type Observer<'observer> = &'observer mut dyn FnMut(&Input, Now, &[Effect]);

fn attempt(case: &Case, observer: Observer<'_>) -> Result<u64, String> {
    let mut run = Run::new(case, observer);
    match catch_unwind(AssertUnwindSafe(|| run.all(case))) {
        Ok(result) => result.map(|()| run.steps),
        Err(_) => Err("the engine panicked".to_owned()),
    }
}

struct Run<'observer> {
    world: World,
    host: Host,
    checker: Checker,
    now: Now,
    steps: u64,
    long: u64,
    next_request: u64,
    observer: Observer<'observer>,
}

impl<'observer> Run<'observer> {
    fn new(case: &Case, observer: Observer<'observer>) -> Self {
        Self {
            world: World::new(case.services.clone(), case.seed, InstanceId(1)),
            host: Host::new(case.seed, case.manners),
            checker: Checker::new(&case.services),
            now: Now::default(),
            steps: 0,
            // Who behaves well restarts nothing.
            long: match case.manners {
                Manners::Bad => LONG,
                Manners::Good | Manners::GoodUntilTheyHang => u64::MAX,
            },
            next_request: 0,
            observer,
        }
    }

    fn all(&mut self, case: &Case) -> Result<(), String> {
        for (gap, action) in &case.actions {
            let at = self.now.awake.after(*gap);
            self.live_until(at)?;
            self.act(action)?;
        }
        if !self.world.is_shutting_down() {
            self.request(Verb::Shutdown(Urgency::Orderly))?;
        }
        self.live_until(self.checker.must_be_finished_at())?;
        if !self.world.is_finished() {
            return Err("the shutdown did not end in time".to_owned());
        }
        self.checker.at_the_end()?;
        self.request_after_the_end()
    }

    fn live_until(&mut self, end: AwakeTime) -> Result<(), String> {
        while let Some(at) = self.host.next_at().filter(|at| *at <= end) {
            if self.world.is_finished() {
                return Ok(());
            }
            if self.steps > self.long && !self.world.is_shutting_down() {
                return Ok(());
            }
            self.move_to(at);
            if let Some(event) = self.host.happen() {
                self.step(&Input::Event(event))?;
            }
        }
        self.move_to(end);
        Ok(())
    }

    fn move_to(&mut self, at: AwakeTime) {
        let passed = at.since(self.now.awake);
        self.now.real = self.now.real.after(passed);
        self.now.awake = self.now.awake.after(passed);
    }

    fn act(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Ask(verb) => self.request(verb.clone()),
            Action::SetClock(seconds) => {
                let nanos = self.now.real.unix_nanos() + seconds * 1_000_000_000;
                self.now.real = RealTime::from_unix_nanos(nanos);
                Ok(())
            }
            Action::Sleep(time) => {
                self.now.suspended += *time;
                self.now.real = self.now.real.after(*time);
                self.checker.slept(*time);
                self.host.upset_questions();
                Ok(())
            }
            Action::Freeze(time, frozen) => {
                self.move_to(self.now.awake.after(*time));
                if *frozen == Frozen::All {
                    self.host.freeze(*time);
                }
                self.checker.froze(*time);
                if *time > FREEZE + PULSE {
                    self.host.upset_questions();
                }
                Ok(())
            }
            Action::Tell(event) => self.step(&Input::Event(Event::Machine(event.clone()))),
            Action::Sessions(sessions) => {
                self.step(&Input::Event(Event::Sessions(sessions.clone())))
            }
            Action::Network(network) => self.step(&Input::Event(Event::Network(*network))),
            Action::FilesChanged(service) => self.step(&Input::Event(files_changed(service))),
            Action::Stray(event) => self.step(&Input::Event(event.clone())),
        }
    }

    fn request(&mut self, verb: Verb) -> Result<(), String> {
        self.next_request += 1;
        let id = RequestId(self.next_request);
        self.step(&Input::Request(Request { id, verb }))
    }

    fn step(&mut self, input: &Input) -> Result<(), String> {
        self.steps += 1;
        let was_finished = self.world.is_finished();
        if !was_finished {
            self.checker.before(input, self.now);
        }
        let effects = step(&mut self.world, input.clone(), self.now);
        (self.observer)(input, self.now, &effects);
        if was_finished && !effects.is_empty() {
            return Err("something came after the end".to_owned());
        }
        for effect in &effects {
            self.checker.effect(effect)?;
            self.host.perform(self.now.awake, effect);
        }
        if !was_finished && effects.contains(&Effect::Finish) != self.world.is_finished() {
            return Err("finished without saying so".to_owned());
        }
        self.checker.after(&self.world)
    }

    fn request_after_the_end(&mut self) -> Result<(), String> {
        self.move_to(self.now.awake.after(Duration::from_secs(1)));
        let steps = self.steps;
        while self.steps < steps + 3 && self.host.next_at().is_some() {
            if let Some(event) = self.host.happen() {
                self.step(&Input::Event(event))?;
            }
        }
        Ok(())
    }
}
