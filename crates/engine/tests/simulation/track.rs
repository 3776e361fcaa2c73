//! What the checker knows about one service, from inputs and effects alone.

use std::sync::Arc;
use std::time::Duration;

use outlast_engine::KILL_WAIT;
use outlast_model::hang::Sample;
use outlast_model::health::Asked;
use outlast_model::service::{Backoff, RestartPolicy, Until};
use outlast_model::{AwakeTime, Exit, InstanceId, Service, ServiceName};

use crate::host::LATE;

/// An instance of which processes may exist.
pub(crate) struct Live {
    pub(crate) instance: InstanceId,
    pub(crate) spawned: Arc<Service>,
    pub(crate) started: Option<AwakeTime>,
    pub(crate) ended: Option<Exit>,
    /// Since when it is being stopped.
    pub(crate) stopping: Option<Moment>,
    /// What is known of its health, once it has started.
    pub(crate) health: Option<Seen>,
    /// Whether it left others behind, has run for too long or is unwell, and is stopped only
    /// because of that.
    pub(crate) by_itself: bool,
    /// Whether it is stopped because the machine is about to sleep.
    pub(crate) for_sleep: bool,
    /// Whether a stop had begun when the main process ended.
    pub(crate) asked: bool,
    pub(crate) unkillable: bool,
}

/// The inhibitor of a service, as effects and answers have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inhibitor {
    None,
    /// An answer has to come.
    Asked,
    Held,
    Denied,
    /// It was denied, and an answer has to come.
    AskedAgain,
}

/// What is known of an instance's health.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) began: Moment,
    /// Whether something has made it ready; a delay does so by itself.
    pub(crate) ready: bool,
    /// How often it has to tell that it works.
    pub(crate) every: Option<Duration>,
    /// When it last did, or its time began anew.
    pub(crate) fed: Moment,
    pub(crate) triggered: bool,
    /// Whether it says that it is busy.
    pub(crate) busy: bool,
    /// Until when it has asked to be waited for, in running and in patient time.
    pub(crate) extended: AwakeTime,
    pub(crate) extended_patiently: AwakeTime,
    /// The last resume that may have counted, in patient time.
    pub(crate) woke: AwakeTime,
    /// Until when nothing has to be asked, in patient time.
    pub(crate) quiet: AwakeTime,
    /// From when on, and for how long, nothing may be.
    pub(crate) quiet_running: Option<(Moment, Duration)>,
    /// When it was last asked or has answered, in patient time.
    pub(crate) turn: AwakeTime,
    pub(crate) open: Option<Open>,
    /// The number of the last question.
    pub(crate) number: u32,
    pub(crate) good: bool,
    pub(crate) bad_at_least: u32,
    pub(crate) bad_at_most: u32,
    /// The number of the sample that is being taken.
    pub(crate) sampling: Option<u32>,
    /// The last sample.
    pub(crate) sample: Option<Sample>,
    /// When it was last seen to do something, to print, and not to spin.
    pub(crate) worked: Moment,
    pub(crate) printed: Moment,
    pub(crate) moved: Moment,
    /// When something kept it from being found, in patient time.
    pub(crate) unwatched: AwakeTime,
}

/// A question that waits for its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    pub(crate) number: u32,
    pub(crate) asked: Asked,
    /// Whether there was a gap since.
    pub(crate) gap: bool,
    /// Whether a resume was told since, which may have been one.
    pub(crate) resumed: bool,
}

impl Seen {
    pub(crate) fn new(service: &Service, began: Moment) -> Self {
        Self {
            began,
            ready: service.health.ready.is_none(),
            every: service.health.watchdog,
            fed: began,
            triggered: false,
            busy: false,
            extended: AwakeTime::ORIGIN,
            extended_patiently: AwakeTime::ORIGIN,
            woke: AwakeTime::ORIGIN,
            quiet: AwakeTime::ORIGIN,
            quiet_running: None,
            turn: began.patiently,
            open: None,
            number: 0,
            good: false,
            bad_at_least: 0,
            bad_at_most: 0,
            sampling: None,
            sample: None,
            worked: began,
            printed: began,
            moved: began,
            unwatched: began.patiently,
        }
    }
}

/// When something was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) awake: AwakeTime,
    /// In patient time, for what must not come too late.
    pub(crate) patiently: AwakeTime,
    /// In running time, for what must not come too early.
    pub(crate) running: AwakeTime,
    /// How much was frozen in freezes that were too short to be seen, until then.
    pub(crate) unseen: Duration,
    /// How many freezes there were.
    pub(crate) freezes: u32,
}

impl Live {
    pub(crate) fn runs(&self) -> bool {
        self.started.is_some() && self.ended.is_none() && self.stopping.is_none()
    }

    pub(crate) fn needs(&self, name: &ServiceName) -> bool {
        let mut needed = self.spawned.depends_on.iter();
        needed.any(|edge| edge.service == *name && edge.until == Until::Ready)
    }

    /// Whether it depended on `name` in any way.
    pub(crate) fn depends_on(&self, name: &ServiceName) -> bool {
        let mut edges = self.spawned.depends_on.iter();
        edges.any(|edge| edge.service == *name)
    }

    /// When a stop that began at `since` is over at the latest, in patient time.
    pub(crate) fn stop_ends_at(&self, since: AwakeTime) -> AwakeTime {
        since.after(longest_stop(&self.spawned))
    }
}

pub(crate) fn longest_stop(service: &Service) -> Duration {
    let steps = &service.stop.steps;
    let waits: Duration = steps.iter().map(|step| step.wait).sum();
    let late = LATE * (u32::try_from(steps.len()).expect("few steps") + 2);
    waits + KILL_WAIT + late
}

/// One service.
pub(crate) struct Track {
    pub(crate) definition: Service,
    pub(crate) removed: bool,
    pub(crate) live: Option<Live>,
    pub(crate) inhibitor: Inhibitor,
    /// Whether something is kept for its next instance.
    pub(crate) is_kept_for: bool,
    /// Whether its last unasked end was a success.
    pub(crate) ended_well: bool,
    /// Whether its last instance was stopped, whatever ended well before.
    pub(crate) was_stopped: bool,
    /// The starts that count towards the limit for certain.
    pub(crate) starts: Vec<AwakeTime>,
    pub(crate) all_starts: Vec<AwakeTime>,
    /// Whether somebody's wish may be behind the next start.
    pub(crate) wanted: bool,
    /// Whether somebody's wish may have made the next delay the first.
    pub(crate) anew: bool,
    pub(crate) gave_up: bool,
    /// How often in a row its health has failed, at the least and at the most: only
    /// the engine knows which wish and which resume forgave it.
    pub(crate) openings_at_least: u32,
    pub(crate) openings_at_most: u32,
    /// The last delay and its number.
    pub(crate) last_delay: (u32, Duration),
    /// Whether the next delay has to be the first.
    pub(crate) healthy: bool,
    pub(crate) not_before: AwakeTime,
    /// By which its last instance is judged.
    pub(crate) policy: RestartPolicy,
    /// Whether its instance goes on as it began, and the next one will be another.
    pub(crate) outdated: bool,
}

impl Track {
    pub(crate) fn new(definition: Service) -> Self {
        let policy = definition.restart.clone();
        Self {
            definition,
            removed: false,
            live: None,
            inhibitor: Inhibitor::None,
            is_kept_for: false,
            ended_well: false,
            was_stopped: false,
            starts: Vec::new(),
            all_starts: Vec::new(),
            wanted: false,
            anew: false,
            gave_up: false,
            openings_at_least: 0,
            openings_at_most: 0,
            last_delay: (0, Duration::ZERO),
            healthy: false,
            not_before: AwakeTime::ORIGIN,
            policy,
            outdated: false,
        }
    }

    /// Somebody may have asked for this service to run.
    pub(crate) fn want(&mut self) {
        self.wanted = true;
        self.anew = true;
        self.openings_at_least = 0;
        if let Some(live) = &mut self.live {
            live.for_sleep = false;
        }
        if self.gave_up {
            self.gave_up = false;
            self.starts.clear();
        }
    }

    /// Each run of a schedule has a start limit of its own.
    pub(crate) fn count_anew(&mut self) {
        self.starts.clear();
    }

    /// Whether its policy may be behind the next start.
    pub(crate) fn retries(&self) -> bool {
        self.policy.backoff.delay.is_zero() || self.not_before != AwakeTime::ORIGIN
    }

    pub(crate) fn redefine(&mut self, definition: Service) {
        // A run that is under way goes on as it began.
        if self.live.is_none() || definition.schedule.is_none() {
            self.policy = definition.restart.clone();
        }
        self.definition = definition;
        self.outdated = self.live.is_some();
        self.ended_well = false;
        self.starts.clear();
        self.openings_at_least = 0;
    }

    pub(crate) fn breaker_opens(&mut self) {
        self.openings_at_least += 1;
        self.openings_at_most += 1;
    }

    pub(crate) fn breaker_closes(&mut self) {
        self.openings_at_least = 0;
        self.openings_at_most = 0;
    }

    pub(crate) fn check_delay(&mut self, attempt: u32, delay: Duration) -> Result<(), String> {
        let backoff = &self.policy.backoff;
        let (last, before) = self.last_delay;
        let goes_on = attempt == last + 1 && delay >= before;
        let anew = attempt == 1 && (self.anew || self.healthy);
        if self.healthy && attempt != 1 {
            return Err(format!("restart {attempt} after a healthy period"));
        }
        if !(goes_on || anew) {
            return Err(format!(
                "{delay:?} ({attempt}) came after {before:?} ({last})"
            ));
        }
        let before = if attempt == 1 { Duration::ZERO } else { before };
        let (least, most) = range(backoff, attempt);
        let slack = Duration::from_micros(1);
        if delay > backoff.max_delay || delay + slack < least || delay > most.max(before) + slack {
            return Err(format!("{delay:?} is not within {least:?} and {most:?}"));
        }
        self.last_delay = (attempt, delay);
        self.healthy = false;
        self.anew = false;
        Ok(())
    }

    /// Whether a start now is one that the policy makes by itself and too many.
    pub(crate) fn check_limit(&self, now: AwakeTime) -> Result<(), String> {
        let Some(limit) = self.policy.limit else {
            return Ok(());
        };
        let recent = self.starts.iter();
        let recent = recent.filter(|at| now.since(**at) < limit.window).count();
        if !self.wanted && recent > limit.starts.get() as usize {
            return Err(format!("{recent} starts in {:?}", limit.window));
        }
        if !self.wanted && self.openings_at_least >= limit.starts.get() {
            return Err(format!("unwell {} times in a row", self.openings_at_least));
        }
        Ok(())
    }

    /// Giving up before the limit is reached is wrong, too. Without a window it is
    /// for its health.
    pub(crate) fn check_giving_up(
        &self,
        now: AwakeTime,
        window: Option<Duration>,
    ) -> Result<(), String> {
        let Some(limit) = self.policy.limit else {
            return Err("gave up without a limit".to_owned());
        };
        if window.is_none() {
            return if self.openings_at_most >= limit.starts.get() {
                Ok(())
            } else {
                Err(format!("unwell {} times in a row", self.openings_at_most))
            };
        }
        let recent = self.all_starts.iter();
        let recent = recent.filter(|at| now.since(**at) < limit.window).count();
        if recent < limit.starts.get() as usize {
            return Err(format!("gave up after {recent} starts"));
        }
        Ok(())
    }
}

/// The shortest and the longest delay before restart number `attempt`.
fn range(backoff: &Backoff, attempt: u32) -> (Duration, Duration) {
    let exponent = i32::try_from(attempt).expect("few attempts") - 1;
    let plain = backoff.delay.as_secs_f64() * backoff.factor.powi(exponent);
    let cap = backoff.max_delay.as_secs_f64();
    let most = (plain * (1.0 + backoff.jitter)).min(cap);
    (
        Duration::from_secs_f64(plain.min(cap)),
        Duration::from_secs_f64(most),
    )
}
