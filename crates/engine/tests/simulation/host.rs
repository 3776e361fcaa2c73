//! A simulated operating system: processes with bad habits and a timer that is
//! late, early, or goes off although it was moved.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use outlast_model::effect::Scope;
use outlast_model::event::Tree;
use outlast_model::exit::StartStep;
use outlast_model::hang::Sample;
use outlast_model::health::{Asked, Notice, ProbeFailure, ReadyBy, Symptom};
use outlast_model::inhibitor::{Denied, Grant, Keeper, Prevented};
use outlast_model::{
    AwakeTime, Effect, Event, Exit, InstanceId, Pid, Service, ServiceName, StartFailure, Verdict,
};

use crate::case::Manners;
use crate::random::Random;
use crate::schedule;

/// The most that the timer is late.
pub(crate) const LATE: Duration = Duration::from_millis(400);

/// The longest that the answer to a spawn takes.
pub(crate) const ANSWER: Duration = Duration::from_millis(2_000);

/// What one process will do.
#[derive(Clone, Debug)]
struct Behaviour {
    answer: Duration,
    start_fails: bool,
    /// After which time it ends by itself.
    lives: Option<Duration>,
    exit: Exit,
    /// How long it takes to obey; `None`: it does not.
    obeys: Option<Duration>,
    /// Whether others of its tree outlive it.
    leaves: bool,
    /// After which time they end by themselves.
    they_live: Option<Duration>,
    /// How long the system takes to kill it.
    kill: Duration,
    /// After which time it is ready; `None`: never.
    ready: Option<Duration>,
    /// After which time it hangs; `None`: never.
    hangs: Option<Duration>,
    /// Whether it turns in circles from then on.
    spins: bool,
    /// Whether it has something to do all the time.
    busy: bool,
    /// How often, in percent, it answers badly without reason.
    moody: u64,
}

#[derive(Clone, Debug)]
struct Process {
    service: ServiceName,
    behaviour: Behaviour,
    main: bool,
    others: bool,
    killed: bool,
    /// Whether it was asked to end, or killed.
    leaving: bool,
    started: AwakeTime,
    /// How long the host had stood still by then.
    frozen: Duration,
    /// How often it says that it works; `None`: not at all.
    beats: Option<Duration>,
    ready_by: Option<ReadyBy>,
}

#[derive(Clone, Debug)]
enum Coming {
    Answer(InstanceId),
    MainEnds(InstanceId, Exit),
    OthersEnd(InstanceId),
    Inhibited(ServiceName, u64),
    /// It does what makes it ready, or says something else.
    Tells(InstanceId, Option<Notice>),
    Beats(InstanceId),
    /// What came of a question.
    Probed(InstanceId, u32, Result<(), ProbeFailure>),
    /// It is looked at.
    Sampled(InstanceId, u32),
    /// Somebody has looked into the calendar.
    Found(Event),
    Timer(u64),
}

pub(crate) struct Host {
    seed: u64,
    manners: Manners,
    random: Random,
    spawned: HashMap<ServiceName, u64>,
    processes: HashMap<InstanceId, Process>,
    coming: BTreeMap<(AwakeTime, u64), Coming>,
    order: u64,
    timer: u64,
    /// How long it has stood still.
    frozen: Duration,
    /// Which answer about its inhibitor a service waits for.
    inhibitors: HashMap<ServiceName, u64>,
}

impl Host {
    pub(crate) fn new(seed: u64, manners: Manners) -> Self {
        Self {
            seed,
            manners,
            random: Random::new(!seed),
            spawned: HashMap::new(),
            processes: HashMap::new(),
            coming: BTreeMap::new(),
            order: 0,
            timer: 0,
            frozen: Duration::ZERO,
            inhibitors: HashMap::new(),
        }
    }

    pub(crate) fn next_at(&self) -> Option<AwakeTime> {
        self.coming.keys().next().map(|(at, _)| *at)
    }

    /// The next thing that happens, if it is something that the engine hears of.
    pub(crate) fn happen(&mut self) -> Option<Event> {
        let ((now, _), coming) = self.coming.pop_first()?;
        match coming {
            Coming::Answer(instance) => self.answer(now, instance),
            Coming::MainEnds(instance, exit) => self.main_ends(now, instance, exit),
            Coming::OthersEnd(instance) => self.others_end(instance),
            Coming::Inhibited(service, number) => self.inhibited(service, number),
            Coming::Tells(instance, notice) => self.tells(instance, notice),
            Coming::Beats(instance) => self.beats(now, instance),
            Coming::Probed(instance, number, outcome) => {
                let process = self.processes.get(&instance)?;
                Some(Event::Probed {
                    service: process.service.clone(),
                    instance,
                    number,
                    outcome,
                })
            }
            Coming::Found(event) => Some(event),
            Coming::Sampled(instance, number) => self.sampled(now, (instance, number)),
            // A timer that was moved may have gone off just before.
            Coming::Timer(number) => {
                (number == self.timer || self.random.chance(5)).then_some(Event::TimerDue)
            }
        }
    }

    /// All processes are kept from running for this time; the timer is not.
    pub(crate) fn freeze(&mut self, time: Duration) {
        self.frozen += time;
        let coming = std::mem::take(&mut self.coming);
        let later = coming.into_iter().map(|((at, order), coming)| {
            let at = match coming {
                Coming::Timer(_) => at,
                _ => at.after(time),
            };
            ((at, order), coming)
        });
        self.coming = later.collect();
    }

    /// A gap that the engine can see: who asks finds its own time-outs over, too,
    /// and may take that for no answer.
    pub(crate) fn upset_questions(&mut self) {
        let upset = self.random.chance(50);
        for coming in self.coming.values_mut() {
            if let Coming::Probed(_, _, outcome) = coming
                && upset
            {
                *outcome = Err(failure_of(Symptom::Silent));
            }
        }
    }

    pub(crate) fn perform(&mut self, now: AwakeTime, effect: &Effect) {
        match effect {
            Effect::Spawn { service, instance } => self.spawn(now, service, *instance),
            Effect::Ask {
                instance, scope, ..
            } => self.ask(now, *instance, *scope),
            Effect::Kill { instance, .. } => self.kill(now, *instance),
            Effect::SetTimer(at) => self.set_timer(now, *at),
            Effect::ClearTimer => self.timer += 1,
            Effect::Probe {
                service,
                instance,
                asked,
                number,
                timeout,
            } => {
                let outcome = self.outcome(now, service, (*instance, *asked));
                let at = match &outcome {
                    Err(failure) if failure.symptom == Symptom::Silent => now.after(*timeout),
                    _ => {
                        let percent = u32::try_from(self.random.below(100)).expect("small");
                        now.after(*timeout * percent / 100)
                    }
                };
                self.schedule(at, Coming::Probed(*instance, *number, outcome));
            }
            Effect::Sample {
                instance, number, ..
            } => {
                let at = now.after(self.random.millis(0, 20));
                self.schedule(at, Coming::Sampled(*instance, *number));
            }
            Effect::FindRuns {
                service,
                number,
                since,
                until,
            } => {
                let found = Event::RunsFound {
                    service: service.name.clone(),
                    number: *number,
                    runs: schedule::runs(service, *since, *until),
                };
                let at = now.after(self.random.millis(0, 50));
                self.schedule(at, Coming::Found(found));
            }
            // Some never are.
            Effect::Diagnose { service, instance } => {
                if self.random.chance(80) {
                    let found = Event::Diagnosed {
                        service: service.clone(),
                        instance: *instance,
                        verdict: Box::new(Verdict::unknown("")),
                    };
                    let at = now.after(self.random.millis(1, 2000));
                    self.schedule(at, Coming::Found(found));
                }
            }
            // The answer may be on its way all the same.
            Effect::StopProbing { instance, .. } => {
                if self.random.chance(70) {
                    let of = |coming: &Coming| matches!(coming, Coming::Probed(who, ..) if who == instance);
                    self.coming.retain(|_, coming| !of(coming));
                }
            }
            Effect::HoldInhibitor { service } => self.hold_inhibitor(now, service),
            Effect::ReleaseInhibitor { service } => drop(self.inhibitors.remove(service)),
            Effect::Record(_)
            | Effect::CloseKept { .. }
            | Effect::Gather { .. }
            | Effect::Reload { .. }
            | Effect::Reply { .. }
            | Effect::AllowSleep
            | Effect::Forget(_)
            | Effect::Finish => {}
        }
    }

    fn schedule(&mut self, at: AwakeTime, coming: Coming) {
        self.order += 1;
        self.coming.insert((at, self.order), coming);
    }

    fn spawn(&mut self, now: AwakeTime, service: &Service, instance: InstanceId) {
        let count = self.spawned.entry(service.name.clone()).or_default();
        *count += 1;
        let mut behaviour = behaviour(self.seed, service, *count);
        self.manners.improve(&mut behaviour);
        self.schedule(now.after(behaviour.answer), Coming::Answer(instance));
        let process = Process {
            service: service.name.clone(),
            behaviour,
            main: false,
            others: false,
            killed: false,
            leaving: false,
            started: now,
            frozen: self.frozen,
            // At half the time, as sd_watchdog_enabled(3) asks for.
            beats: service.health.watchdog.map(|every| every / 2),
            ready_by: service.health.ready.as_ref().map(|ready| ready.by.clone()),
        };
        self.processes.insert(instance, process);
    }

    fn answer(&mut self, now: AwakeTime, instance: InstanceId) -> Option<Event> {
        let process = self.processes.get_mut(&instance)?;
        let service = process.service.clone();
        if process.behaviour.start_fails {
            self.processes.remove(&instance);
            return Some(Event::StartFailed {
                service,
                instance,
                failure: failure(),
            });
        }
        process.main = true;
        process.started = now;
        process.frozen = self.frozen;
        let behaviour = process.behaviour.clone();
        let beats = process.beats;
        if let Some(every) = beats {
            self.schedule(now.after(every), Coming::Beats(instance));
        }
        if let Some(ready) = behaviour.ready {
            self.schedule(now.after(ready), Coming::Tells(instance, None));
        }
        if self.manners == Manners::Bad && self.random.chance(20) {
            let notice = self.notice();
            let at = now.after(self.random.millis(0, 3_000));
            self.schedule(at, Coming::Tells(instance, Some(notice)));
        }
        if let Some(lives) = behaviour.lives {
            self.schedule(now.after(lives), Coming::MainEnds(instance, behaviour.exit));
        }
        Some(Event::Started {
            service,
            instance,
            pid: Pid(7),
        })
    }

    fn main_ends(&mut self, now: AwakeTime, instance: InstanceId, exit: Exit) -> Option<Event> {
        let process = self.processes.get_mut(&instance)?;
        if !process.main {
            return None;
        }
        process.main = false;
        process.others = process.behaviour.leaves;
        let process = process.clone();
        if process.others {
            let killed = process.killed.then_some(Duration::from_millis(3));
            if let Some(time) = killed.or(process.behaviour.they_live) {
                self.schedule(now.after(time), Coming::OthersEnd(instance));
            }
        }
        Some(Event::Exited {
            service: process.service,
            instance,
            exit,
            usage: None,
            reached: Vec::new(),
            tree: if process.others {
                Tree::Populated
            } else {
                Tree::Empty
            },
        })
    }

    fn others_end(&mut self, instance: InstanceId) -> Option<Event> {
        let process = self.processes.get_mut(&instance)?;
        if !process.others {
            return None;
        }
        let process = self.processes.remove(&instance)?;
        Some(Event::TreeEmptied {
            service: process.service,
            instance,
        })
    }

    fn notice(&mut self) -> Notice {
        self.random.pick(&[
            Notice::Status("at work".to_owned()),
            Notice::Reloading,
            Notice::Stopping,
            Notice::Trigger,
            Notice::Busy(true),
            Notice::Busy(true),
            Notice::Busy(false),
            Notice::Extend(Duration::from_secs(4)),
            Notice::Ready,
        ])
    }

    /// Nothing of one that hangs, has ended or is about to.
    fn tells(&mut self, instance: InstanceId, notice: Option<Notice>) -> Option<Event> {
        let process = self.processes.get(&instance)?;
        if !process.main || process.leaving {
            return None;
        }
        let service = process.service.clone();
        let notice = match (notice, &process.ready_by) {
            (Some(notice), _) => notice,
            (None, Some(ReadyBy::Line(_))) => {
                return Some(Event::LinePrinted { service, instance });
            }
            (None, Some(ReadyBy::Notice)) => Notice::Ready,
            (None, _) => return None,
        };
        Some(Event::Notified {
            service,
            instance,
            notice,
        })
    }

    fn beats(&mut self, now: AwakeTime, instance: InstanceId) -> Option<Event> {
        let process = self.processes.get(&instance)?;
        let every = process.beats?;
        if !process.main || process.leaving || process.hangs(now) {
            return None;
        }
        let service = process.service.clone();
        self.schedule(now.after(every), Coming::Beats(instance));
        Some(Event::Notified {
            service,
            instance,
            notice: Notice::Alive,
        })
    }

    fn sampled(&mut self, now: AwakeTime, (instance, number): (InstanceId, u32)) -> Option<Event> {
        let is_seen = !self.random.chance(1);
        let process = self.processes.get(&instance)?;
        Some(Event::Sampled {
            service: process.service.clone(),
            instance,
            number,
            sample: is_seen.then(|| process.sample(now, self.frozen)),
        })
    }

    fn outcome(
        &mut self,
        now: AwakeTime,
        service: &Service,
        (instance, asked): (InstanceId, Asked),
    ) -> Result<(), ProbeFailure> {
        let Some(process) = self.processes.get(&instance) else {
            return Err(failure_of(Symptom::Bad));
        };
        let is_early = process
            .behaviour
            .ready
            .is_none_or(|ready| now.since(process.started) < ready);
        if process.hangs(now) {
            return Err(failure_of(Symptom::Silent));
        }
        if asked == Asked::Ready && is_early && service.health.ready.is_some() {
            return Err(failure_of(Symptom::Bad));
        }
        if self.random.chance(process.behaviour.moody) {
            let symptoms = [
                Symptom::Silent,
                Symptom::Bad,
                Symptom::Bad,
                Symptom::Unknown,
            ];
            return Err(failure_of(self.random.pick(&symptoms)));
        }
        Ok(())
    }

    fn ask(&mut self, now: AwakeTime, instance: InstanceId, scope: Scope) {
        let Some(process) = self.processes.get_mut(&instance) else {
            return;
        };
        process.leaving = true;
        let Some(time) = process.behaviour.obeys else {
            return;
        };
        let exit = process.behaviour.exit;
        let ending = match scope {
            Scope::Main => Coming::MainEnds(instance, exit),
            Scope::Tree => Coming::OthersEnd(instance),
        };
        self.schedule(now.after(time), ending);
    }

    fn kill(&mut self, now: AwakeTime, instance: InstanceId) {
        let Some(process) = self.processes.get_mut(&instance) else {
            return;
        };
        process.killed = true;
        process.leaving = true;
        let at = now.after(process.behaviour.kill);
        let exit = Exit::Signal {
            number: 9,
            core_dumped: false,
        };
        if process.main {
            self.schedule(at, Coming::MainEnds(instance, exit));
        } else {
            self.schedule(at, Coming::OthersEnd(instance));
        }
    }

    fn hold_inhibitor(&mut self, now: AwakeTime, service: &ServiceName) {
        let number = self.order;
        self.inhibitors.insert(service.clone(), number);
        let at = match self.random.below(4) {
            0 => now,
            1 | 2 => now.after(self.random.millis(1, 50)),
            _ => now.after(self.random.millis(1, 25_000)),
        };
        self.schedule(at, Coming::Inhibited(service.clone(), number));
    }

    /// Nobody hears what became of one that was released before.
    fn inhibited(&mut self, service: ServiceName, number: u64) -> Option<Event> {
        if self.inhibitors.get(&service) != Some(&number) {
            return None;
        }
        self.inhibitors.remove(&service);
        let answer = if self.random.chance(70) {
            Ok(Grant {
                by: Keeper::Logind,
                prevents: vec![Prevented::Sleep],
                refused: Vec::new(),
                overriders: Vec::new(),
            })
        } else {
            Err(Denied {
                reason: "no".to_owned(),
            })
        };
        Some(Event::Inhibited { service, answer })
    }

    fn set_timer(&mut self, now: AwakeTime, at: AwakeTime) {
        self.timer += 1;
        let number = self.timer;
        let at = match self.random.below(20) {
            0 => at.after(LATE),
            1..5 => at.after(self.random.millis(1, 50)),
            5 => early(at),
            _ => at,
        };
        self.schedule(at.max(now), Coming::Timer(number));
    }
}

impl Manners {
    fn improve(self, behaviour: &mut Behaviour) {
        if self == Self::Bad {
            return;
        }
        *behaviour = Behaviour {
            start_fails: false,
            lives: None,
            obeys: Some(Duration::ZERO),
            leaves: false,
            ready: Some(Duration::ZERO),
            hangs: (self == Self::GoodUntilTheyHang).then(|| Duration::from_secs(20)),
            moody: 0,
            busy: true,
            ..behaviour.clone()
        };
    }
}

impl Process {
    fn sample(&self, now: AwakeTime, frozen: Duration) -> Sample {
        let ran = now.since(self.started).saturating_sub(frozen - self.frozen);
        let worked = self.behaviour.hangs.map_or(ran, |time| time.min(ran));
        let circled = if self.behaviour.spins {
            ran - worked
        } else {
            Duration::ZERO
        };
        let did = if self.behaviour.busy {
            worked
        } else {
            Duration::ZERO
        };
        let count = u64::try_from(did.as_millis()).expect("a short run");
        Sample {
            cpu: Some(did / 20 + circled),
            wakeups: Some(count),
            rests: Some(count),
            moved: Some(count * 3),
            printed: Some(count * 2),
            members: 1,
        }
    }

    fn hangs(&self, now: AwakeTime) -> bool {
        self.behaviour
            .hangs
            .is_some_and(|time| now.since(self.started) >= time)
    }
}

fn failure_of(symptom: Symptom) -> ProbeFailure {
    ProbeFailure {
        symptom,
        seen: String::new(),
    }
}

fn early(at: AwakeTime) -> AwakeTime {
    let since = at.since_origin();
    AwakeTime::from_origin(since.saturating_sub(Duration::from_millis(30)))
}

/// Depends on the service and the number of its start only, so that a case can
/// be made smaller without becoming another.
fn behaviour(seed: u64, service: &Service, count: u64) -> Behaviour {
    let mut habits = Random::for_thing(seed, service.name.as_str(), 0);
    let steady = habits.chance(40);
    let stubborn = habits.chance(20);
    let parent = habits.chance(20);
    let mut random = Random::for_thing(seed, service.name.as_str(), count);
    let answer = match random.below(4) {
        0..3 => random.millis(1, 5),
        _ => random.millis(1, 2_000),
    };
    let lives = match random.below(10) {
        _ if steady && !random.chance(10) => None,
        0 => Some(Duration::ZERO),
        1..4 => Some(random.millis(1, 1_000)),
        4..8 => Some(random.millis(500, 20_000)),
        8 => Some(random.millis(10_000, 100_000)),
        _ => None,
    };
    let ready = random.chance(85).then(|| random.millis(0, 8_000));
    let hangs = random.chance(25).then(|| random.millis(0, 60_000));
    let moody = random.pick(&[0, 0, 5, 40]);
    let spins = random.chance(40);
    let busy = random.chance(70);
    Behaviour {
        ready,
        hangs,
        spins,
        busy,
        moody,
        answer,
        start_fails: random.chance(if steady { 3 } else { 15 }),
        lives,
        exit: random.pick(&[
            Exit::Code(0),
            Exit::Code(0),
            Exit::Code(1),
            Exit::Code(3),
            Exit::Unknown,
        ]),
        obeys: (!stubborn || random.chance(30)).then(|| random.millis(0, 1_500)),
        leaves: random.chance(if parent { 70 } else { 8 }),
        they_live: random.chance(50).then(|| random.millis(0, 8_000)),
        kill: if random.chance(7) {
            random.millis(9_000, 60_000)
        } else {
            random.millis(0, 30)
        },
    }
}

fn failure() -> StartFailure {
    StartFailure {
        step: StartStep::Execute,
        subject: "/bin/true".into(),
        os_error: Some(2),
        message: String::new(),
    }
}
