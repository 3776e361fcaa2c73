//! A case: the services of a world and what is asked of it, as data, so that a
//! failing one can be made smaller.

use std::num::NonZeroU32;
use std::time::Duration;

use outlast_model::event::Tree;
use outlast_model::hang::{HangPolicy, Sample};
use outlast_model::health::{
    Liveness, Notice, Pattern, Probe, ProbeFailure, Readiness, ReadyBy, Symptom,
};
use outlast_model::machine::{
    MachineEvent, Network, PowerSource, Presence, Session, SessionChange, SessionId,
};
use outlast_model::request::{Target, Urgency, Verb};
use outlast_model::schedule::{CatchUp, Pace};
use outlast_model::service::{
    Ask, Backoff, Dependency, InSession, NetworkPolicy, Occasion, Reaction, RestartWhen,
    SleepPolicy, SleepWhile, StartLimit, StopSequence, StopStep, Until,
};
use outlast_model::watch::{OnChange, WatchPolicy};
use outlast_model::{Event, Exit, HealthPolicy, InstanceId, Pid, Service, ServiceName, Signal};

use crate::random::Random;
use crate::schedule;
use crate::service::plain;
use crate::socket::socket;
use crate::watched::watching;

/// Everything that a run depends on.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Decides what processes and the timer do.
    pub(crate) seed: u64,
    pub(crate) services: Vec<Service>,
    /// Each with the time since the one before.
    pub(crate) actions: Vec<(Duration, Action)>,
    /// How its processes behave.
    pub(crate) manners: Manners,
}

/// How processes behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manners {
    /// As chance has it: badly.
    Bad,
    /// They live until they are asked to end, are ready at once and answer.
    Good,
    /// The same, but that they hang from some moment on.
    GoodUntilTheyHang,
}

#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Someone asks.
    Ask(Verb),
    /// Someone sets the wall clock by this many seconds.
    SetClock(i64),
    /// The machine sleeps, and everything on it.
    Sleep(Duration),
    /// The guardian is kept from running.
    Freeze(Duration, Frozen),
    /// The machine says so.
    Tell(MachineEvent),
    /// These are the sessions now.
    Sessions(Vec<Presence>),
    /// So is the network now.
    Network(Network),
    /// Files of this service have changed.
    FilesChanged(ServiceName),
    /// An event that belongs to nothing.
    Stray(Event),
}

/// Who does not run during a freeze.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frozen {
    /// Its services go on.
    Guardian,
    /// Its services neither.
    All,
}

impl Case {
    pub(crate) fn generate(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let count = if random.chance(3) {
            random.below(20) + 1
        } else {
            random.below(6) + 1
        };
        let mut services: Vec<Service> = (0..count).map(|n| service(&mut random, n)).collect();
        without_needs_for_sessions(&mut services);
        let mut current = services.clone();
        let mut actions = vec![(Duration::ZERO, Action::Ask(Verb::Start(Target::All)))];
        for _ in 0..random.below(40) {
            let gap = gap(&mut random);
            actions.push((gap, action(&mut random, &mut current)));
        }
        Self {
            seed,
            services,
            actions,
            manners: Manners::Bad,
        }
    }

    /// A machine that sleeps a thousand times, for random times, and stands still now
    /// and then, beside services that are judged by the second.
    pub(crate) fn sleepless(seed: u64, manners: Manners) -> Self {
        let mut random = Random::new(seed);
        let services = (0..4).map(|n| {
            let mut service = plain(&format!("s{n}"));
            service.health = HealthPolicy {
                ready: None,
                alive: (n % 2 == 0).then_some(Liveness {
                    probe: Probe::Port,
                    interval: Duration::from_secs(1),
                    timeout: Duration::from_millis(500),
                    failures: NonZeroU32::MIN,
                    grace: Duration::ZERO,
                }),
                watchdog: (n != 2).then_some(Duration::from_secs(1)),
                hang: HangPolicy::default(),
                notify: false,
            };
            service
        });
        let mut actions = vec![(Duration::ZERO, Action::Ask(Verb::Start(Target::All)))];
        for _ in 0..1_000 {
            let gap = random.millis(0, 3_000);
            let time = random.millis(1_000, 100_000_000);
            actions.push((gap, Action::Sleep(time)));
            if random.chance(50) {
                actions.push((random.millis(0, 200), Action::Tell(MachineEvent::Resumed)));
            }
            // Too short to be told from a busy machine.
            if random.chance(50) {
                let gap = random.millis(1_500, 3_000);
                let time = random.millis(1, 1_500);
                actions.push((gap, Action::Freeze(time, Frozen::All)));
            }
        }
        Self {
            seed,
            services: services.collect(),
            actions,
            manners,
        }
    }

    /// A machine that stands still a thousand times, shortly and for long, beside
    /// services that must not hang.
    pub(crate) fn restless(seed: u64, manners: Manners) -> Self {
        let mut random = Random::new(seed);
        let time = Some(Duration::from_secs(8));
        let services = [
            HangPolicy {
                silent: time,
                ..HangPolicy::default()
            },
            HangPolicy {
                stuck: time,
                spin: time,
                ..HangPolicy::default()
            },
        ];
        let services = services.into_iter().enumerate().map(|(n, hang)| {
            let mut service = plain(&format!("s{n}"));
            service.health.hang = hang;
            service
        });
        let mut actions = vec![(Duration::ZERO, Action::Ask(Verb::Start(Target::All)))];
        for _ in 0..1_000 {
            let gap = random.millis(0, 10_000);
            let time = if random.chance(80) {
                random.millis(1, 1_500)
            } else {
                random.millis(1_000, 100_000)
            };
            actions.push((gap, Action::Freeze(time, Frozen::All)));
        }
        Self {
            seed,
            services: services.collect(),
            actions,
            manners,
        }
    }

    /// Without one service anywhere.
    pub(crate) fn without_service(&self, index: usize) -> Self {
        let mut case = self.clone();
        let name = case.services.remove(index).name;
        let mut lists = vec![&mut case.services];
        for (_, action) in &mut case.actions {
            match action {
                Action::Ask(Verb::Apply(services)) => lists.push(services),
                Action::Ask(
                    Verb::Start(Target::Services(names))
                    | Verb::Stop(Target::Services(names))
                    | Verb::Restart(Target::Services(names)),
                ) => names.retain(|other| *other != name),
                Action::Ask(_)
                | Action::SetClock(_)
                | Action::Sleep(_)
                | Action::Freeze(..)
                | Action::Tell(_)
                | Action::Sessions(_)
                | Action::Network(_)
                | Action::FilesChanged(_)
                | Action::Stray(_) => {}
            }
        }
        for services in lists {
            services.retain(|service| service.name != name);
            for service in services {
                service.depends_on.retain(|edge| edge.service != name);
            }
        }
        case
    }
}

fn gap(random: &mut Random) -> Duration {
    match random.below(4) {
        0 => Duration::ZERO,
        1 => random.millis(0, 200),
        2 => random.millis(0, 5_000),
        _ => random.millis(0, 60_000),
    }
}

fn action(random: &mut Random, current: &mut Vec<Service>) -> Action {
    let verb = match random.below(100) {
        0..25 => Verb::Start(target(random, current)),
        25..50 => Verb::Stop(target(random, current)),
        50..67 => Verb::Restart(target(random, current)),
        67..79 => {
            *current = edited(random, current);
            Verb::Apply(current.clone())
        }
        79..82 => return Action::Network(random.pick(&[Network::Online, Network::Offline])),
        82 => return files_changed(random, current),
        83..85 => Verb::Shutdown(random.pick(&[Urgency::Orderly, Urgency::Immediate])),
        85..88 => return Action::SetClock(random.below(20_000).cast_signed() - 10_000),
        88..90 => return Action::Sleep(random.millis(1_000, 10_000_000)),
        90..93 => return freeze(random),
        93..96 => return Action::Tell(told(random)),
        96..99 => return Action::Sessions(sessions(random)),
        _ => return Action::Stray(stray(random, current)),
    };
    Action::Ask(verb)
}

fn files_changed(random: &mut Random, current: &[Service]) -> Action {
    let watching = current.iter().filter(|service| service.watch.is_some());
    let watching: Vec<ServiceName> = watching.map(|service| service.name.clone()).collect();
    if watching.is_empty() {
        return Action::Network(Network::Online);
    }
    Action::FilesChanged(random.pick(&watching))
}

fn freeze(random: &mut Random) -> Action {
    let time = match random.below(3) {
        0 => random.millis(1, 2_000),
        1 => random.millis(1_000, 20_000),
        _ => random.millis(1_000, 300_000),
    };
    Action::Freeze(time, random.pick(&[Frozen::Guardian, Frozen::All]))
}

/// What is in sessions is nothing that others can depend on; no file has that.
fn without_needs_for_sessions(services: &mut [Service]) {
    let of_sessions = services.iter().filter(|service| service.session.is_some());
    let of_sessions: Vec<_> = of_sessions.map(|service| service.name.clone()).collect();
    for service in services {
        service
            .depends_on
            .retain(|edge| !of_sessions.contains(&edge.service));
    }
}

fn session(random: &mut Random) -> Session {
    let id = random.below(5);
    let user = random.pick(&["ann", "bob"]);
    Session {
        id: SessionId(id.to_string()),
        user: Some(user.to_owned()),
    }
}

fn sessions(random: &mut Random) -> Vec<Presence> {
    let mut sessions: Vec<Presence> = Vec::new();
    for _ in 0..random.below(4) {
        let session = session(random);
        if sessions.iter().all(|other| other.session.id != session.id) {
            sessions.push(Presence {
                session,
                is_active: random.chance(60),
                is_local: random.chance(50),
            });
        }
    }
    sessions
}

fn told(random: &mut Random) -> MachineEvent {
    let session = session(random);
    let change = random.pick(&[
        SessionChange::Locked,
        SessionChange::Unlocked,
        SessionChange::LoggedOff,
        SessionChange::LoggedOn,
    ]);
    random.pick(&[
        MachineEvent::Suspending { time_left: None },
        MachineEvent::Resumed,
        MachineEvent::Resumed,
        MachineEvent::ShuttingDown,
        MachineEvent::Power(PowerSource::Mains),
        MachineEvent::Power(PowerSource::Battery),
        MachineEvent::Session { session, change },
    ])
}

fn target(random: &mut Random, current: &[Service]) -> Target {
    if random.chance(10) {
        return Target::All;
    }
    let mut names = Vec::new();
    for _ in 0..=random.below(2) {
        if random.chance(3) || current.is_empty() {
            names.push(plain("nobody").name);
        } else {
            names.push(random.pick(current).name);
        }
    }
    Target::Services(names)
}

fn stray(random: &mut Random, current: &[Service]) -> Event {
    let known = plain("nobody");
    let known = current.first().unwrap_or(&known);
    let service = known.name.clone();
    let instance = InstanceId(random.pick(&[0, u64::MAX]));
    match random.below(8) {
        7 => Event::Sampled {
            service,
            instance,
            number: 1,
            sample: random.pick(&[None, Some(Sample::default())]),
        },
        5 => Event::Notified {
            service,
            instance,
            notice: random.pick(&[Notice::Ready, Notice::Trigger]),
        },
        6 => Event::Probed {
            service,
            instance,
            number: 1,
            outcome: random.pick(&[
                Ok(()),
                Err(ProbeFailure {
                    symptom: Symptom::Silent,
                    seen: String::new(),
                }),
            ]),
        },
        0 => Event::TimerDue,
        1 => Event::TreeEmptied { service, instance },
        2 => Event::Machine(MachineEvent::Resumed),
        3 => Event::Started {
            service,
            instance,
            pid: Pid(1),
        },
        _ => Event::Exited {
            service,
            instance,
            exit: Exit::Unknown,
            usage: None,
            reached: Vec::new(),
            tree: random.pick(&[Tree::Empty, Tree::Populated]),
        },
    }
}

/// Another file: some services changed, gone, new or back.
fn edited(random: &mut Random, current: &[Service]) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for n in 0..8 {
        let name = plain(&format!("s{n}")).name;
        let old = current.iter().find(|service| service.name == name);
        match old {
            Some(_) if random.chance(10) => {}
            Some(_) if random.chance(20) => services.push(service(random, n)),
            Some(old) => services.push(old.clone()),
            None if random.chance(8) => services.push(service(random, n)),
            None => {}
        }
    }
    without_needs_for_sessions(&mut services);
    // A few files are wrong in a way that outlast-config would refuse.
    if !random.chance(3) {
        let names: Vec<_> = services
            .iter()
            .map(|service| service.name.clone())
            .collect();
        for service in &mut services {
            service
                .depends_on
                .retain(|edge| names.contains(&edge.service));
        }
    }
    services
}

/// Service number `n`; it depends on lower numbers only.
fn service(random: &mut Random, n: u64) -> Service {
    let mut service = plain(&format!("s{n}"));
    service.enabled = random.chance(85);
    service.restart.when = random.pick(&[
        RestartWhen::Always,
        RestartWhen::Always,
        RestartWhen::OnFailure,
        RestartWhen::Never,
    ]);
    service.restart.backoff = backoff(random);
    service.restart.limit = limit(random);
    service.success_codes = random.pick(&[vec![0], vec![0, 3]]);
    service.stop = stop(random);
    service.time_limit = random.chance(10).then(|| random.millis(100, 10_000));
    service.health = health(random);
    for occasion in Occasion::ALL {
        if random.chance(15) {
            service.reactions.insert(occasion, reaction(random));
        }
    }
    if random.chance(15) {
        let other = random.below(6);
        let other = plain(&format!("s{other}")).name;
        if random.chance(30) {
            service.on_failure.reboot = Some(other);
        } else {
            service.on_failure.start.push(other);
        }
    }
    service.sleep = random.pick(&[
        SleepPolicy::Allow,
        SleepPolicy::Allow,
        SleepPolicy::Inhibit,
        SleepPolicy::InhibitOnAc,
    ]);
    if random.chance(20) {
        service.listen = vec![socket()];
    }
    if random.chance(30) {
        service.network = NetworkPolicy::Online;
        if random.chance(40) {
            let resume = Occasion::Resume;
            service.reactions.insert(resume, Reaction::Restart);
        }
    }
    if random.chance(20) {
        let seconds = random.pick(&[1, 5, 20, 60, 300]);
        let pace = random.pick(&[Pace::Fixed, Pace::Steady]);
        let catch_up = random.pick(&[CatchUp::Once, CatchUp::Skip]);
        service.schedule = Some(schedule::every(seconds, pace, catch_up));
    } else if random.chance(15) {
        service.session = Some(random.pick(&[InSession::Each, InSession::Active]));
    }
    if service.health.is_told() && random.chance(40) {
        service.sleep_while = SleepWhile::Busy;
    }
    if random.chance(30) {
        service.watch = Some(Box::new(watch(random)));
    }
    for on in 0..n {
        if random.chance(60 / n) {
            service.depends_on.push(dependency(random, on));
        }
    }
    // Once in a while a cycle, which only must not hang.
    if random.chance(1) {
        service.depends_on.push(dependency(random, n + 1));
    }
    service
}

fn health(random: &mut Random) -> HealthPolicy {
    let ready = random.chance(40).then(|| {
        let timeout = random.millis(300, 20_000);
        let by = random.pick(&[
            ReadyBy::Notice,
            ReadyBy::Notice,
            ReadyBy::Line(Pattern::new("ready".to_owned())),
            ReadyBy::Delay(timeout),
            ReadyBy::Probe(Probe::Port),
        ]);
        Readiness { by, timeout }
    });
    let alive = random.chance(40).then(|| Liveness {
        probe: Probe::Port,
        interval: random.millis(200, 10_000),
        timeout: random.millis(100, 2_000),
        failures: random.pick(&[NonZeroU32::MIN, NonZeroU32::MIN.saturating_add(2)]),
        grace: random.pick(&[Duration::ZERO, Duration::from_secs(5)]),
    });
    HealthPolicy {
        ready,
        alive,
        watchdog: random.chance(30).then(|| random.millis(500, 4_000)),
        hang: hang(random),
        notify: random.chance(10),
    }
}

fn hang(random: &mut Random) -> HangPolicy {
    let mut sometimes = |time| random.chance(15).then_some(Duration::from_secs(time));
    HangPolicy {
        silent: sometimes(16),
        stuck: sometimes(8),
        spin: sometimes(24),
    }
}

fn reaction(random: &mut Random) -> Reaction {
    let other = plain(&format!("s{}", random.below(8))).name;
    random.pick(&[
        Reaction::Stop,
        Reaction::Restart,
        Reaction::Reload,
        Reaction::Start(other),
    ])
}

fn watch(random: &mut Random) -> WatchPolicy {
    let other = plain(&format!("s{}", random.below(8))).name;
    watching(random.pick(&[
        OnChange::Restart,
        OnChange::Restart,
        OnChange::Reload,
        OnChange::Start(other),
    ]))
}

fn dependency(random: &mut Random, on: u64) -> Dependency {
    Dependency {
        service: plain(&format!("s{on}")).name,
        until: random.pick(&[Until::Ready, Until::Ready, Until::ExitedOk]),
    }
}

fn backoff(random: &mut Random) -> Backoff {
    let delay = random.pick(&[0, 1, 100, 500, 1_000, 5_000]);
    Backoff {
        delay: Duration::from_millis(delay),
        max_delay: Duration::from_millis(delay.max(1) * random.pick(&[1, 3, 20])),
        factor: random.pick(&[1.0, 1.5, 2.0, 10.0]),
        jitter: random.pick(&[0.0, 0.1, 1.0]),
        reset_after: Duration::from_millis(random.pick(&[0, 1_000, 10_000, 60_000])),
    }
}

fn limit(random: &mut Random) -> Option<StartLimit> {
    let starts = u32::try_from(random.below(5)).expect("a small number");
    Some(StartLimit {
        starts: NonZeroU32::new(starts)?,
        window: random.pick(&[1, 10, 60]).max(1) * Duration::from_secs(1),
    })
}

fn stop(random: &mut Random) -> StopSequence {
    let steps = (0..random.below(4)).map(|_| StopStep {
        ask: random.pick(&[Ask::Signal(Signal::Term), Ask::CtrlC, Ask::CloseWindow]),
        wait: Duration::from_millis(random.pick(&[0, 100, 1_000, 5_000])),
    });
    StopSequence {
        steps: steps.collect(),
    }
}
