//! Between the wire and the vocabulary of `outlast-model`.

mod health;

use std::time::Duration;

use outlast_model::health::Breaker;
use outlast_model::inhibitor::Grant;
use outlast_model::machine::Session;
use outlast_model::record::Death;
use outlast_model::request::{self as model_request, Outcome, Refusal};
use outlast_model::service::{InSession, Occasion, SleepPolicy, SleepWhile};
use outlast_model::state::{
    self as model_state, LastEnd, NetworkWait, State, WhyFailed, WhyStopped,
};
use outlast_model::{Exit, Inhibitor, Now, RealTime, Schedule, Service, ServiceName};

use super::{
    Answer, Desired, ErrorBody, ErrorCode, ExitStatus, InhibitorState, LastDeath, NextRetry,
    RefusedInhibition, Response, ScheduleStatus, ServiceState, ServiceStatus, SessionStatus,
    SleepStatus, Target, Time, Urgency,
};

/// Tells the name of a signal by its number on this machine, without `SIG`.
/// `outlast-os` knows it; this crate knows no operating system.
pub type SignalName = fn(i32) -> Option<&'static str>;

/// Everything a [`ServiceStatus`] is made of.
#[derive(Clone, Debug)]
pub struct Observation<'a> {
    /// What the service is.
    pub service: &'a Service,
    /// What is wanted of it.
    pub desired: model_state::Desired,
    /// What it does.
    pub state: &'a State,
    /// When this is observed.
    pub now: Now,
    /// How often it was started again.
    pub restarts: u64,
    /// How its last instance ended.
    pub last_death: Option<LastDeath>,
    /// The memory of its tree, in bytes.
    pub memory: Option<u64>,
    /// The processor time of its tree.
    pub cpu: Option<Duration>,
    /// How many bytes of its output could not be kept.
    pub dropped_output: u64,
    /// How its circuit breaker stands.
    pub breaker: Breaker,
    /// Whether its schedule is in force, and when the next run is due.
    pub schedule: Option<Option<RealTime>>,
    /// What keeps the machine from sleeping for it.
    pub inhibitor: Option<&'a Inhibitor>,
    /// For the signals in the reason.
    pub signal_name: SignalName,
}

impl ServiceStatus {
    /// The status of a service as it is observed.
    pub fn new(observation: Observation<'_>) -> Self {
        let breaker = health::breaker(&observation);
        let Observation {
            service,
            state,
            now,
            signal_name,
            ..
        } = observation;
        Self {
            name: service.name.to_string(),
            enabled: service.enabled,
            desired: observation.desired.into(),
            state: state.into(),
            completed: has_completed(state),
            since: Time(state.since()),
            pid: state.pid().map(|pid| pid.0),
            instance: state.instance().map(|instance| instance.0),
            uptime_seconds: uptime(state, now),
            restarts: observation.restarts,
            next_retry: next_retry(state, now),
            waiting_on: waiting_on(state),
            network_wait_seconds: network_wait(state, now),
            last_death: observation.last_death,
            reason: reason(state, (service, observation.breaker), signal_name),
            memory_bytes: observation.memory,
            cpu_seconds: observation.cpu.map(|time| time.as_secs_f64()),
            dropped_output_bytes: observation.dropped_output,
            depends_on: service
                .depends_on
                .iter()
                .map(|dependency| dependency.service.to_string())
                .collect(),
            part_of: service.part_of.as_ref().map(ToString::to_string),
            schedule: schedule(service.schedule.as_ref(), observation.schedule),
            health: health::health(service, state),
            breaker,
            sleep: sleep((service.sleep, service.sleep_while), observation.inhibitor),
            session: session(service.session.as_ref()),
        }
    }
}

fn schedule(
    schedule: Option<&Schedule>,
    in_force: Option<Option<RealTime>>,
) -> Option<ScheduleStatus> {
    let schedule = schedule?;
    Some(ScheduleStatus {
        cron: schedule.cron.text.clone(),
        zone: schedule.zone.clone(),
        catch_up: schedule.catch_up.word().to_owned(),
        in_force: in_force.is_some(),
        next: in_force.flatten().map(Time),
    })
}

/// An inhibitor may be one of an older definition.
fn sleep(
    (policy, lasts): (SleepPolicy, SleepWhile),
    inhibitor: Option<&Inhibitor>,
) -> Option<SleepStatus> {
    if policy == SleepPolicy::Allow && inhibitor.is_none() {
        return None;
    }
    let state = match inhibitor {
        None => InhibitorState::None,
        Some(Inhibitor::Asked) => InhibitorState::Asked,
        Some(Inhibitor::Held(_)) => InhibitorState::Held,
        Some(Inhibitor::Denied(_)) => InhibitorState::Denied,
    };
    let status = SleepStatus {
        policy: policy.word().to_owned(),
        only_while: (lasts == SleepWhile::Busy).then(|| "busy".to_owned()),
        inhibitor: state,
        by: None,
        prevents: Vec::new(),
        refused: Vec::new(),
        overridden_by: Vec::new(),
        reason: None,
    };
    Some(match inhibitor {
        None | Some(Inhibitor::Asked) => status,
        Some(Inhibitor::Held(grant)) => granted(status, grant),
        Some(Inhibitor::Denied(denied)) => SleepStatus {
            reason: Some(denied.reason.clone()),
            ..status
        },
    })
}

fn granted(status: SleepStatus, grant: &Grant) -> SleepStatus {
    let refused = grant.refused.iter().map(|refused| RefusedInhibition {
        what: refused.what.word().to_owned(),
        reason: refused.reason.clone(),
    });
    let prevents = grant.prevents.iter().map(|what| what.word().to_owned());
    let overriders = grant.overriders.iter();
    SleepStatus {
        by: Some(grant.by.word().to_owned()),
        prevents: prevents.collect(),
        refused: refused.collect(),
        overridden_by: overriders.map(|who| who.word().to_owned()).collect(),
        ..status
    }
}

fn session(session: Option<&InSession>) -> Option<SessionStatus> {
    let status = |sessions: &InSession, of, session: Option<&Session>| SessionStatus {
        sessions: sessions.word().to_owned(),
        of,
        id: session.map(|session| session.id.to_string()),
        user: session.and_then(|session| session.user.clone()),
    };
    let sessions = session?;
    Some(match sessions {
        InSession::Active | InSession::Each => status(sessions, None, None),
        InSession::One { of, session } => status(sessions, Some(of.to_string()), Some(session)),
    })
}

const fn has_completed(state: &State) -> bool {
    match state {
        State::Stopped(stopped) => matches!(stopped.why, WhyStopped::Completed(_)),
        _ => false,
    }
}

fn uptime(state: &State, now: Now) -> Option<f64> {
    match state {
        State::Running(running) => Some(now.awake.since(running.started).as_secs_f64()),
        _ => None,
    }
}

fn next_retry(state: &State, now: Now) -> Option<NextRetry> {
    match state {
        State::BackingOff(backing_off) => {
            let left = backing_off.until.since(now.awake);
            Some(NextRetry {
                // Told anew each time: a sleep, or who sets the clock, moves it.
                at: Time(now.real.after(left)),
                in_seconds: left.as_secs_f64(),
                attempt: backing_off.attempt,
            })
        }
        _ => None,
    }
}

fn waiting_on(state: &State) -> Vec<String> {
    match state {
        State::Waiting(waiting) => names(&waiting.on),
        _ => Vec::new(),
    }
}

fn network_wait(state: &State, now: Now) -> Option<f64> {
    let until = match state {
        State::Waiting(waiting) => match waiting.network {
            NetworkWait::Until(at) => Some(at),
            NetworkWait::None | NetworkWait::InVain => None,
        },
        State::Running(running) => running.postponed.map(|postponed| postponed.until),
        _ => None,
    };
    until.map(|at| at.since(now.awake).as_secs_f64())
}

/// Why `service` does not run, in words.
fn reason(
    state: &State,
    (service, breaker): (&Service, Breaker),
    signal_name: SignalName,
) -> Option<String> {
    match state {
        State::Stopped(stopped) => Some(why_stopped(stopped.why, service, signal_name)),
        State::Failed(failed) => {
            let why = &failed.why;
            Some(why_failed(why, (service, breaker), signal_name))
        }
        _ => None,
    }
}

fn why_stopped(why: WhyStopped, service: &Service, signal_name: SignalName) -> String {
    match why {
        WhyStopped::NeverStarted => "not started yet".to_owned(),
        WhyStopped::Requested => "on request".to_owned(),
        WhyStopped::Occasion(occasion) => match occasion {
            Occasion::Suspend | Occasion::Resume => "because the machine sleeps".to_owned(),
            Occasion::Lock | Occasion::Unlock => "because a session is locked".to_owned(),
            Occasion::LogOff => "because a user has logged off".to_owned(),
        },
        WhyStopped::InSessions => {
            "runs in sessions of users, of which there is none now".to_owned()
        }
        // It is not over: when it runs next stands beside it.
        WhyStopped::Completed(exit) if service.schedule.is_some() => {
            format!("ended with {}", exit_text(exit, signal_name))
        }
        WhyStopped::Completed(exit) => {
            format!(
                "ended with {} and its restart policy leaves it at that",
                exit_text(exit, signal_name)
            )
        }
    }
}

/// Why the guardian stopped trying `service`, in words.
pub fn why_failed(
    why: &WhyFailed,
    (service, breaker): (&Service, Breaker),
    signal_name: SignalName,
) -> String {
    let limit = service.restart.limit;
    let openings = breaker.openings;
    match why {
        // Health has a limit of its own, which time does not count for.
        WhyFailed::StartLimit(_) if limit.is_some_and(|limit| openings >= limit.starts.get()) => {
            format!("gave up after it did not work {openings} times in a row")
        }
        WhyFailed::StartLimit(last) => format!(
            "gave up after too many starts in a short time; at last it {}",
            last_end(last, signal_name)
        ),
        WhyFailed::Ended(last) => format!(
            "it {} and its restart policy leaves it at that",
            last_end(last, signal_name)
        ),
        WhyFailed::Unkillable(instance) => {
            format!("processes of instance {instance} survived being killed")
        }
    }
}

fn last_end(last: &LastEnd, signal_name: SignalName) -> String {
    match last {
        LastEnd::Exit(exit) => format!("ended with {}", exit_text(*exit, signal_name)),
        LastEnd::StartFailure(failure) => format!("could not be started: {}", failure.message),
    }
}

impl LastDeath {
    /// A death that came at this moment.
    pub fn new(at: RealTime, death: &Death, signal_name: SignalName) -> Self {
        Self {
            at: Time(at),
            instance: death.instance.0,
            exit: ExitStatus::new(death.exit, signal_name),
            ran_for_seconds: death.ran_for.as_secs_f64(),
            reached: death.reached.iter().map(ToString::to_string).collect(),
            verdict: None,
        }
    }
}

impl ExitStatus {
    /// How a process ended.
    pub fn new(exit: Exit, signal_name: SignalName) -> Self {
        let text = exit_text(exit, signal_name);
        let (code, signal, core_dumped) = match exit {
            Exit::Code(code) => (Some(code), None, false),
            Exit::Signal {
                number,
                core_dumped,
            } => (None, Some(number), core_dumped),
            Exit::Unknown => (None, None, false),
        };
        Self {
            text,
            code,
            signal,
            core_dumped,
        }
    }
}

/// How a process ended, for people. Only Windows has codes that are negative as
/// 32 bits: its error statuses, which are known by their hexadecimal form.
pub fn exit_text(exit: Exit, signal_name: SignalName) -> String {
    match exit {
        Exit::Code(code) if code < 0 => format!("exit code {code:#010X}").replace("0X", "0x"),
        Exit::Code(code) => format!("exit code {code}"),
        Exit::Signal {
            number,
            core_dumped,
        } => {
            let name = signal_name(number).map_or_else(String::new, |name| format!(" ({name})"));
            let core = if core_dumped { ", core dumped" } else { "" };
            format!("signal {number}{name}{core}")
        }
        Exit::Unknown => "an unknown exit status".to_owned(),
    }
}

impl From<model_state::Desired> for Desired {
    fn from(desired: model_state::Desired) -> Self {
        match desired {
            model_state::Desired::Running => Self::Running,
            model_state::Desired::Stopped => Self::Stopped,
        }
    }
}

impl From<&State> for ServiceState {
    fn from(state: &State) -> Self {
        match state {
            State::Stopped(_) => Self::Stopped,
            State::Waiting(_) => Self::Waiting,
            State::Starting(_) => Self::Starting,
            State::Running(_) => Self::Running,
            State::Stopping(_) => Self::Stopping,
            State::BackingOff(_) => Self::BackingOff,
            State::Failed(_) => Self::Failed,
        }
    }
}

impl From<Urgency> for model_request::Urgency {
    fn from(urgency: Urgency) -> Self {
        match urgency {
            Urgency::Orderly => Self::Orderly,
            Urgency::Immediate => Self::Immediate,
        }
    }
}

impl TryFrom<Target> for model_request::Target {
    type Error = ErrorBody;

    /// A name that no service can have is the name of no service.
    fn try_from(target: Target) -> Result<Self, ErrorBody> {
        match target {
            Target::All => Ok(Self::All),
            Target::Services(names) if names.is_empty() => Err(ErrorBody::new(
                ErrorCode::BadRequest,
                "the target names no service",
            )),
            Target::Services(names) => names
                .iter()
                .map(|name| ServiceName::new(name).map_err(|_| ErrorBody::unknown_service(name)))
                .collect::<Result<_, _>>()
                .map(Self::Services),
        }
    }
}

impl ErrorBody {
    /// There is no service of this name.
    pub fn unknown_service(name: &str) -> Self {
        Self::new(
            ErrorCode::UnknownService,
            format!("the guardian has no service {name:?}"),
        )
        .with_hint("`outlast status` lists its services")
        .about(vec![name.to_owned()])
    }
}

impl From<Outcome> for Response {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Ok(Answer::Done {}),
            Outcome::Refused(refusal) => Self::Error(refusal.into()),
            Outcome::NotReached(services) => Self::Error(not_reached(&services)),
            Outcome::Superseded(services) => Self::Error(superseded(&services)),
        }
    }
}

impl From<Refusal> for ErrorBody {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownService(name) => Self::unknown_service(name.as_str()),
            Refusal::ShuttingDown => {
                Self::new(ErrorCode::ShuttingDown, "the guardian is shutting down")
            }
        }
    }
}

fn not_reached(services: &[ServiceName]) -> ErrorBody {
    let services = names(services);
    ErrorBody::new(
        ErrorCode::NotReached,
        format!("not as asked: {}", services.join(", ")),
    )
    .with_hint("`outlast status` tells why, `outlast logs` what was printed")
    .about(services)
}

fn superseded(services: &[ServiceName]) -> ErrorBody {
    let services = names(services);
    ErrorBody::new(
        ErrorCode::Superseded,
        format!(
            "a later request wanted something else of {}",
            services.join(", ")
        ),
    )
    .about(services)
}

fn names(services: &[ServiceName]) -> Vec<String> {
    services.iter().map(ToString::to_string).collect()
}
