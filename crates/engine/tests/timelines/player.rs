//! Plays the inputs of a timeline.
//!
//! - `start|stop|restart all|NAME…`, `apply DEFINITION; …`, `shutdown [now]`:
//!   requests, numbered from `r1`.
//! - `started|start-failed|exited NAME CODE [left]|emptied NAME [#INSTANCE]`:
//!   events of the service's last instance, or of the one that is named.
//! - `answers NAME well|silent|bad|unknown [NUMBER]`: what came of the last question,
//!   or of that one.
//! - `worked NAME CPU-TIME PRINTED`, `worked NAME unseen`: what came of the last look at it.
//! - `tells NAME ready|reloading|stopping|alive|trigger|busy|watchdog TIME|extend TIME`,
//!   `prints NAME`: what it says of itself; the line by which it is ready.
//! - Which runs a schedule has is told at once, or, after `calendar closed`, at
//!   `calendar open`.
//! - `files-changed NAME`, `unusable NAME`, `files-polled NAME`: what came of watching its files.
//! - `inhibited|denied NAME`: what became of the inhibitor.
//! - `timer`: the timer goes off, whether it was set or not.
//! - `+5s`: time passes, and the timer goes off when it is due. What it is set to
//!   in between is left out.
//! - `busy 5s`: time passes and the timer's event has not come yet.
//! - `sleep 5s`: the machine sleeps.
//! - `machine suspending|resumed|locked|unlocked|logged-on|logged-off|on-mains|…`: it
//!   says so.
//! - `network online|offline`: it is so.
//! - `sessions ID/USER[/here][/away] …`: these are there now; `here`: at this
//!   machine's screen, `away`: not in use.
//! - `locked ID/USER`, `unlocked ID/USER`: that session is.
//! - `clock +1m`, `clock -1m`: someone sets the wall clock.
//! - `show NAME`: prints what `status` would know.

use std::collections::HashMap;
use std::time::Duration;

use outlast_engine::{Input, World, step};
use outlast_model::event::Tree;
use outlast_model::exit::StartStep;
use outlast_model::hang::Sample;
use outlast_model::health::{Notice, ProbeFailure, Symptom};
use outlast_model::inhibitor::{Denied, Grant, Keeper, Prevented};
use outlast_model::machine::{Network, PowerSource, Presence, Session, SessionChange, SessionId};
use outlast_model::request::{Target, Urgency, Verb};
use outlast_model::watch::WatchNews;
use outlast_model::{
    AwakeTime, Effect, Event, Exit, InstanceId, MachineEvent, Now, Pid, RealTime, Request,
    RequestId, ServiceName, StartFailure,
};

use crate::definition::{duration, number, parse};
use crate::watched::{changes, files_changed};
use crate::{print, schedule};

/// The text with the effects as they are.
pub(crate) fn replay(text: &str) -> String {
    let mut player: Option<Player> = None;
    let mut definitions = Vec::new();
    let mut actual = String::new();
    for line in text.lines() {
        if let Some(input) = line.strip_prefix("> ") {
            let player = player.get_or_insert_with(|| Player::new(&definitions));
            actual += &format!("{line}\n");
            for effect in player.play(input) {
                actual += &format!("    {effect}\n");
            }
        } else if player.is_none() {
            actual += &format!("{line}\n");
            if !line.is_empty() && !line.starts_with('#') {
                definitions.push(line);
            }
        } else if line.is_empty() || line.starts_with('#') {
            actual += &format!("{line}\n");
        }
    }
    actual
}

pub(crate) struct Player {
    pub(crate) world: World,
    now: Now,
    timer: Option<AwakeTime>,
    next_request: u64,
    last: HashMap<ServiceName, InstanceId>,
    /// The number of the last question to each.
    questions: HashMap<ServiceName, u32>,
    /// The number of the last look at each service.
    samples: HashMap<ServiceName, u32>,
    /// What schedules have asked for, while that is not told at once.
    calendar: Option<Vec<Event>>,
}

impl Player {
    pub(crate) fn new(definitions: &[&str]) -> Self {
        let services = definitions.iter().map(|line| parse(line)).collect();
        Self {
            world: World::new(services, 1, InstanceId(1)),
            now: Now::default(),
            timer: None,
            next_request: 1,
            last: HashMap::new(),
            questions: HashMap::new(),
            samples: HashMap::new(),
            calendar: None,
        }
    }

    /// The effects of one line of input, as text.
    pub(crate) fn play(&mut self, input: &str) -> Vec<String> {
        let words: Vec<&str> = input.split_whitespace().collect();
        match words.as_slice() {
            ["start", names @ ..] => self.request(Verb::Start(target(names))),
            ["stop", names @ ..] => self.request(Verb::Stop(target(names))),
            ["restart", names @ ..] => self.request(Verb::Restart(target(names))),
            ["apply", ..] => self.apply(input.trim_start_matches("apply")),
            ["shutdown"] => self.request(Verb::Shutdown(Urgency::Orderly)),
            ["shutdown", "now"] => self.request(Verb::Shutdown(Urgency::Immediate)),
            ["timer"] => self.timer_due(),
            ["busy", time] => {
                self.pass(duration(time));
                Vec::new()
            }
            ["sleep", time] => {
                let time = duration(time);
                self.now.suspended += time;
                self.now.real = self.now.real.after(time);
                Vec::new()
            }
            ["machine", what] => self.step(Input::Event(Event::Machine(machine_event(what)))),
            ["calendar", "closed"] => {
                self.calendar = Some(Vec::new());
                Vec::new()
            }
            ["calendar", "open"] => {
                let answers = self.calendar.take().unwrap_or_default();
                self.tell(answers)
            }
            ["network", word] => self.step(Input::Event(Event::Network(network(word)))),
            ["sessions", texts @ ..] => {
                let sessions = texts.iter().map(|text| presence(text)).collect();
                self.step(Input::Event(Event::Sessions(sessions)))
            }
            [what @ ("locked" | "unlocked"), text] => {
                let session = presence(text).session;
                let change = match *what {
                    "locked" => SessionChange::Locked,
                    _ => SessionChange::Unlocked,
                };
                let event = MachineEvent::Session { session, change };
                self.step(Input::Event(Event::Machine(event)))
            }
            ["clock", time] => {
                self.set_clock(time);
                Vec::new()
            }
            ["show", name] => vec![print::view(&self.world, &service_name(name))],
            [time] if time.starts_with('+') => self.let_pass(duration(&time[1..])),
            [what, name, details @ ..] => self.event(what, &service_name(name), details),
            other => panic!("what is {other:?}?"),
        }
    }

    fn request(&mut self, verb: Verb) -> Vec<String> {
        let id = RequestId(self.next_request);
        self.next_request += 1;
        self.step(Input::Request(Request { id, verb }))
    }

    fn apply(&mut self, definitions: &str) -> Vec<String> {
        let lines = definitions
            .split(';')
            .filter(|line| !line.trim().is_empty());
        self.request(Verb::Apply(lines.map(parse).collect()))
    }

    fn event(&mut self, what: &str, service: &ServiceName, details: &[&str]) -> Vec<String> {
        let service = service.clone();
        let named = details.iter().find_map(|word| word.strip_prefix('#'));
        let instance = named.map_or_else(
            || self.last.get(&service).copied().unwrap_or(InstanceId(0)),
            |text| InstanceId(u64::try_from(number(text)).expect("not negative")),
        );
        let details: Vec<&str> = details
            .iter()
            .filter(|word| !word.starts_with('#'))
            .copied()
            .collect();
        let event = match what {
            "started" => Event::Started {
                pid: pid(instance),
                service,
                instance,
            },
            "start-failed" => Event::StartFailed {
                service,
                instance,
                failure: failure(),
            },
            "exited" => Event::Exited {
                service,
                instance,
                exit: Exit::Code(number(details[0])),
                usage: None,
                reached: Vec::new(),
                tree: if details.contains(&"left") {
                    Tree::Populated
                } else {
                    Tree::Empty
                },
            },
            "emptied" => Event::TreeEmptied { service, instance },
            "answers" => Event::Probed {
                number: details.get(1).map_or_else(
                    || self.questions.get(&service).copied().unwrap_or(0),
                    |text| number(text).cast_unsigned(),
                ),
                service,
                instance,
                outcome: outcome(details[0]),
            },
            "worked" => Event::Sampled {
                number: self.samples.get(&service).copied().unwrap_or(0),
                service,
                instance,
                sample: sample(&details),
            },
            "tells" => Event::Notified {
                service,
                instance,
                notice: notice(&details),
            },
            "prints" => Event::LinePrinted { service, instance },
            "files-changed" => files_changed(&service),
            "files-polled" => Event::Watched {
                service,
                news: WatchNews::Polled {
                    every: Duration::from_secs(2),
                    reason: "a network drive".to_owned(),
                },
            },
            "unusable" => Event::Watched {
                service,
                news: WatchNews::Unusable(changes(), "the file is empty".to_owned()),
            },
            "inhibited" => Event::Inhibited {
                service,
                answer: Ok(grant()),
            },
            "denied" => Event::Inhibited {
                service,
                answer: Err(Denied {
                    reason: details.join(" "),
                }),
            },
            other => panic!("what is {other:?}?"),
        };
        self.step(Input::Event(event))
    }

    fn let_pass(&mut self, time: Duration) -> Vec<String> {
        let end = self.now.awake.after(time);
        let mut effects = Vec::new();
        while let Some(at) = self.timer.filter(|at| *at <= end) {
            self.pass(at.since(self.now.awake));
            effects.retain(|effect: &String| !effect.starts_with("timer at"));
            effects.extend(self.timer_due());
        }
        self.pass(end.since(self.now.awake));
        effects
    }

    fn pass(&mut self, time: Duration) {
        self.now.awake = self.now.awake.after(time);
        self.now.real = self.now.real.after(time);
    }

    fn set_clock(&mut self, by: &str) {
        let nanos = i64::try_from(duration(&by[1..]).as_nanos()).expect("a small duration");
        let nanos = if by.starts_with('-') { -nanos } else { nanos };
        self.now.real = RealTime::from_unix_nanos(self.now.real.unix_nanos() + nanos);
    }

    fn timer_due(&mut self) -> Vec<String> {
        self.timer = None;
        self.step(Input::Event(Event::TimerDue))
    }

    fn step(&mut self, input: Input) -> Vec<String> {
        let effects = step(&mut self.world, input, self.now);
        let mut answers = Vec::new();
        for effect in &effects {
            match effect {
                Effect::FindRuns {
                    service,
                    number,
                    since,
                    until,
                } => answers.push(Event::RunsFound {
                    service: service.name.clone(),
                    number: *number,
                    runs: schedule::runs(service, *since, *until),
                }),
                Effect::SetTimer(at) => self.timer = Some(*at),
                Effect::ClearTimer => self.timer = None,
                Effect::Probe {
                    service, number, ..
                } => {
                    self.questions.insert(service.name.clone(), *number);
                }
                Effect::Sample {
                    service, number, ..
                } => {
                    self.samples.insert(service.clone(), *number);
                }
                Effect::Spawn { service, instance } => {
                    self.last.insert(service.name.clone(), *instance);
                }
                _ => {}
            }
        }
        let mut texts: Vec<String> = effects.iter().map(print::effect).collect();
        match &mut self.calendar {
            Some(calendar) => calendar.append(&mut answers),
            None => texts.extend(self.tell(answers)),
        }
        texts
    }

    fn tell(&mut self, answers: Vec<Event>) -> Vec<String> {
        let steps = answers.into_iter().map(Input::Event);
        steps.flat_map(|answer| self.step(answer)).collect()
    }
}

/// `CPU-TIME BYTES-PRINTED`, both since its start; `unseen`: nobody knows.
fn sample(details: &[&str]) -> Option<Sample> {
    if details == ["unseen"] {
        return None;
    }
    let printed = details.get(1).map_or(0, |text| number(text));
    Some(Sample {
        cpu: Some(duration(details[0])),
        wakeups: Some(0),
        rests: None,
        moved: Some(0),
        printed: u64::try_from(printed).ok(),
        members: 1,
    })
}

fn outcome(word: &str) -> Result<(), ProbeFailure> {
    let symptom = match word {
        "well" => return Ok(()),
        "silent" => Symptom::Silent,
        "bad" => Symptom::Bad,
        "unknown" => Symptom::Unknown,
        other => panic!("what is {other:?}?"),
    };
    Err(ProbeFailure {
        symptom,
        seen: word.to_owned(),
    })
}

fn network(word: &str) -> Network {
    match word {
        "online" => Network::Online,
        "offline" => Network::Offline,
        other => panic!("what is {other:?}?"),
    }
}

fn notice(words: &[&str]) -> Notice {
    match words {
        ["ready"] => Notice::Ready,
        ["reloading"] => Notice::Reloading,
        ["stopping"] => Notice::Stopping,
        ["alive"] => Notice::Alive,
        ["trigger"] => Notice::Trigger,
        ["busy"] => Notice::Busy(true),
        ["idle"] => Notice::Busy(false),
        ["watchdog", time] => Notice::Watchdog(duration(time)),
        ["extend", time] => Notice::Extend(duration(time)),
        other => panic!("what is {other:?}?"),
    }
}

fn grant() -> Grant {
    Grant {
        by: Keeper::Logind,
        prevents: vec![Prevented::Sleep, Prevented::Idle],
        refused: Vec::new(),
        overriders: Vec::new(),
    }
}

fn machine_event(what: &str) -> MachineEvent {
    match what {
        "suspending" => MachineEvent::Suspending { time_left: None },
        "resumed" => MachineEvent::Resumed,
        "locked" => in_session(SessionChange::Locked),
        "unlocked" => in_session(SessionChange::Unlocked),
        "logged-on" => in_session(SessionChange::LoggedOn),
        "logged-off" => in_session(SessionChange::LoggedOff),
        "shutting-down" => MachineEvent::ShuttingDown,
        "ann-logs-off" => MachineEvent::Session {
            session: Session {
                id: SessionId("3".to_owned()),
                user: Some("ann".to_owned()),
            },
            change: SessionChange::LoggedOff,
        },
        "on-mains" => MachineEvent::Power(PowerSource::Mains),
        "on-battery" => MachineEvent::Power(PowerSource::Battery),
        other => panic!("what is {other:?}?"),
    }
}

fn presence(text: &str) -> Presence {
    let mut words = text.split('/');
    let mut next = || words.next().expect("a session is ID/USER").to_owned();
    let (id, user) = (next(), next());
    let details: Vec<&str> = words.collect();
    Presence {
        session: Session {
            id: SessionId(id),
            user: Some(user),
        },
        is_active: !details.contains(&"away"),
        is_local: details.contains(&"here"),
    }
}

fn in_session(change: SessionChange) -> MachineEvent {
    MachineEvent::Session {
        session: Session {
            id: SessionId("3".to_owned()),
            user: None,
        },
        change,
    }
}

fn target(names: &[&str]) -> Target {
    match names {
        ["all"] => Target::All,
        names => Target::Services(names.iter().map(|name| service_name(name)).collect()),
    }
}

fn service_name(name: &str) -> ServiceName {
    ServiceName::new(name).expect("tests use valid names")
}

fn pid(instance: InstanceId) -> Pid {
    Pid(100 + u32::try_from(instance.0).expect("few instances"))
}

fn failure() -> StartFailure {
    StartFailure {
        step: StartStep::Execute,
        subject: "/bin/true".into(),
        os_error: Some(2),
        message: "no such file".to_owned(),
    }
}
