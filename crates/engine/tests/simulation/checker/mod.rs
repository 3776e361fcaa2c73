//! The invariants of the crate's documentation, checked after every step. The
//! numbers in the messages are theirs.

mod effects;
mod gaps;
mod hangs;
mod health;
mod inhibitors;
mod inputs;
mod kept;
mod network;
mod schedules;
mod sessions;
mod state;

use std::collections::{BTreeMap, HashMap, HashSet};

use outlast_engine::{Input, KILL_WAIT};
use outlast_model::machine::{PowerSource, Presence};
use outlast_model::record::StopReason;
use outlast_model::request::{Outcome, Urgency, Verb};
use outlast_model::{AwakeTime, Event, InstanceId, Now, RealTime, RequestId, Service, ServiceName};

use self::gaps::Gaps;
use self::health::Answer;
use self::inputs::is_valid;
use self::network::Waits;
use self::schedules::Schedules;
use crate::host::{ANSWER, LATE};
use crate::track::Track;

type Checked = Result<(), String>;

pub(crate) struct Checker {
    tracks: BTreeMap<ServiceName, Track>,
    /// Whether the file in force is one that outlast-config would let pass.
    valid: bool,
    now: AwakeTime,
    real: RealTime,
    gaps: Gaps,
    sleep: Sleep,
    /// Whether this step began with a sleep, to which everybody may react at its
    /// end.
    reacting: bool,
    /// Whether all that has come in this step is about a gap before it: that comes first.
    in_gap: bool,
    /// When the machine last began to run again.
    resumed: Option<AwakeTime>,
    /// When its clock last showed that it had slept.
    slept: Option<AwakeTime>,
    /// What came of a question in this step, as long as a gap may be told.
    answer: Option<Answer>,
    /// Who was found unwell in this step, and is to be stopped for that.
    unwell: Option<(ServiceName, StopReason)>,
    timer: Option<AwakeTime>,
    power: Option<PowerSource>,
    sessions: Vec<Presence>,
    network: Waits,
    schedules: Schedules,
    /// Who has asked for an inhibitor in this step, and has not been seen yet.
    asked_unseen: HashSet<ServiceName>,
    /// Whether this step began with something of the machine's.
    has_occasion: bool,
    /// Since when, in patient time.
    shutdown: Option<(AwakeTime, Urgency)>,
    finished: bool,
    asked: HashMap<RequestId, Verb>,
    answered: HashMap<RequestId, Outcome>,
    about_sessions: HashSet<RequestId>,
    /// The death that the first record of this step has to be about.
    death: Option<(ServiceName, InstanceId)>,
    /// What was announced in this step.
    announced: Vec<InstanceId>,
    killed: Vec<InstanceId>,
    /// The instances whose end is on record.
    ended: HashSet<InstanceId>,
    diagnosed: HashSet<InstanceId>,
    replies: Vec<RequestId>,
    /// Instances that have to be gone by then, unless the request is answered.
    leaving: Vec<Leaving>,
}

/// Whether a sleep waits for being allowed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sleep {
    Awake,
    Announced,
}

struct Leaving {
    request: RequestId,
    service: ServiceName,
    instance: InstanceId,
    /// In patient time.
    deadline: AwakeTime,
}

impl Checker {
    pub(crate) fn new(services: &[Service]) -> Self {
        let tracks = services
            .iter()
            .map(|service| (service.name.clone(), Track::new(service.clone())));
        Self {
            tracks: tracks.collect(),
            valid: is_valid(services),
            now: AwakeTime::ORIGIN,
            real: RealTime::default(),
            gaps: Gaps::default(),
            sleep: Sleep::Awake,
            reacting: false,
            in_gap: false,
            resumed: None,
            slept: None,
            answer: None,
            unwell: None,
            timer: None,
            power: None,
            sessions: Vec::new(),
            network: Waits::default(),
            schedules: Schedules::default(),
            asked_unseen: HashSet::new(),
            has_occasion: false,
            shutdown: None,
            finished: false,
            asked: HashMap::new(),
            answered: HashMap::new(),
            about_sessions: HashSet::new(),
            death: None,
            announced: Vec::new(),
            killed: Vec::new(),
            ended: HashSet::new(),
            diagnosed: HashSet::new(),
            replies: Vec::new(),
            leaving: Vec::new(),
        }
    }

    pub(crate) fn before(&mut self, input: &Input, now: Now) {
        self.now = now.awake;
        self.real = now.real;
        self.reacting = false;
        self.in_gap = true;
        self.has_occasion = matches!(input, Input::Event(Event::Machine(_)));
        self.death = None;
        self.unwell = None;
        self.announced.clear();
        self.killed.clear();
        self.replies.clear();
        match input {
            Input::Event(event) => self.on_event(event),
            Input::Request(request) => {
                if let Verb::Start(target) | Verb::Stop(target) | Verb::Restart(target) =
                    &request.verb
                    && self.is_about_sessions(target)
                {
                    self.about_sessions.insert(request.id);
                }
                self.asked.insert(request.id, request.verb.clone());
                self.on_request(&request.verb);
                self.expect_end(request.id, &request.verb);
            }
        }
    }

    /// When a shutdown is over at the latest.
    pub(crate) fn must_be_finished_at(&self) -> AwakeTime {
        let (since, urgency) = self.shutdown.expect("every case ends with a shutdown");
        let patiently = since.after(match urgency {
            Urgency::Orderly => self.longest_stops(),
            Urgency::Immediate => ANSWER + KILL_WAIT + 2 * LATE,
        });
        self.gaps.impatient(patiently)
    }

    pub(crate) fn at_the_end(&self) -> Checked {
        match self.asked.keys().find(|id| !self.answered.contains_key(id)) {
            Some(id) => Err(format!("9: {id:?} {:?} was not answered", self.asked[id])),
            None => Ok(()),
        }
    }
}
