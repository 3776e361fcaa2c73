//! The status of a guardian and its services.

use std::fmt;

use outlast_model::Verdict;
use serde::{Deserialize, Serialize};

use super::{BreakerStatus, HealthStatus, SleepStatus, Time};

/// A guardian and what it guards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardianStatus {
    /// Its name.
    pub name: String,
    /// Its process.
    pub pid: u32,
    /// The version of Outlast it runs.
    pub version: String,
    /// Since when it runs.
    pub started: Time,
    /// Where it keeps what it keeps. Not exact when the path is not Unicode.
    pub state_dir: String,
    /// Its file; absent when it guards an ad-hoc command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_path: Option<String>,
    /// How its journal is.
    #[serde(default)]
    pub journal: JournalStatus,
    /// The services that were asked for, in the order of the file.
    pub services: Vec<ServiceStatus>,
}

/// How a journal is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalStatus {
    /// Why records are not kept at the moment; absent: they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<String>,
    /// How many records could not be kept since the guardian began.
    #[serde(default)]
    pub lost_records: u64,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceStatus {
    /// Its name.
    pub name: String,
    /// Whether the guardian starts it on its own.
    pub enabled: bool,
    /// What is wanted of it.
    pub desired: Desired,
    /// What it does.
    pub state: ServiceState,
    /// Whether it is stopped because it ended by itself, with success, and its
    /// restart policy leaves it at that: it has done its work.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub completed: bool,
    /// Since when it does that.
    pub since: Time,
    /// Its main process, while it lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// Which instance lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<u64>,
    /// How long the instance has run, in awake time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime_seconds: Option<f64>,
    /// How often it was started again since the guardian began.
    #[serde(default)]
    pub restarts: u64,
    /// When it is started again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_retry: Option<NextRetry>,
    /// The dependencies it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting_on: Vec<String>,
    /// For how long, at most, it waits for the network: to be started, or, if it
    /// runs, to be restarted. Absent: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_wait_seconds: Option<f64>,
    /// How its last instance ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_death: Option<LastDeath>,
    /// Why it does not run, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The memory of its whole tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// The processor time of its whole tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    /// How much of its output could not be kept since the guardian began.
    #[serde(default)]
    pub dropped_output_bytes: u64,
    /// What it depends on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// The service whose reaction it is, and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
    /// Whether it works; absent: it does not run, or nothing of it is known but
    /// that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthStatus>,
    /// Its schedule; absent: it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleStatus>,
    /// Its circuit breaker; absent: its health is not watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<BreakerStatus>,
    /// Whether the machine may sleep while it runs; absent: it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sleep: Option<SleepStatus>,
    /// In which sessions of users it runs; absent: in none, but where the guardian
    /// is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionStatus>,
}

/// The times at which a service is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleStatus {
    /// As they were written.
    pub cron: String,
    /// The zone that they are meant in; absent: the machine's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What becomes of missed runs: `once`, `skip`.
    pub catch_up: String,
    /// Whether it is in force: it is not once somebody has stopped the service.
    pub in_force: bool,
    /// When the next run is due; absent: none is, or that is not known yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Time>,
}

impl ServiceStatus {
    /// Whether it waits for a time of its schedule, with nothing amiss.
    pub fn awaits_its_time(&self) -> bool {
        let is_in_force = self.schedule.as_ref().is_some_and(|of| of.in_force);
        is_in_force && self.state != ServiceState::Failed
    }

    /// Whether it would run in sessions of users, and there is none that it is for.
    pub fn awaits_a_session(&self) -> bool {
        let is_in_one = |session: &SessionStatus| session.of.is_some();
        self.desired == Desired::Running
            && self.state == ServiceState::Stopped
            && self
                .session
                .as_ref()
                .is_some_and(|session| !is_in_one(session))
    }
}

/// In which sessions of users a service runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStatus {
    /// `active`, `each`; `one`: it is what another service has become in a session.
    pub sessions: String,
    /// That other service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The session, as the operating system calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
}

/// What is wanted of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// It shall run.
    Running,
    /// It shall not run.
    Stopped,
}

/// What a service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceState {
    /// No process of it exists.
    Stopped,
    /// It waits for its dependencies.
    Waiting,
    /// An instance is being made.
    Starting,
    /// An instance runs.
    Running,
    /// An instance is being ended.
    Stopping,
    /// It ended and is started again after a delay.
    BackingOff,
    /// It ended and is not started again until someone asks.
    Failed,
    /// A state of a newer guardian.
    #[serde(other)]
    Unknown,
}

impl ServiceState {
    /// The word for it, for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::BackingOff => "backing off",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ServiceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// When a service is started again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NextRetry {
    /// At this moment, if the machine does not sleep.
    pub at: Time,
    /// In this much awake time; 0 when it is due.
    pub in_seconds: f64,
    /// The how-manieth restart in a row it will be, from 1.
    pub attempt: u32,
}

/// How an instance ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastDeath {
    /// When.
    pub at: Time,
    /// Which instance.
    pub instance: u64,
    /// How.
    pub exit: ExitStatus,
    /// How long it had run, in awake time.
    pub ran_for_seconds: f64,
    /// Which limits it had run into, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<String>,
    /// Why; absent: that is not found out yet, or nobody needs to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictInShort>,
}

/// Why an instance ended; `outlast why` tells more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictInShort {
    /// The cause, as the table of causes names it; `unknown`.
    pub cause: String,
    /// `high`, `medium`, `low`.
    pub confidence: String,
    /// In one sentence.
    pub sentence: String,
}

impl From<&Verdict> for VerdictInShort {
    fn from(verdict: &Verdict) -> Self {
        Self {
            cause: verdict.cause.clone(),
            confidence: verdict.confidence.to_string(),
            sentence: verdict.sentence.clone(),
        }
    }
}

/// How a process ended. Neither `code` nor `signal`: nobody can say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitStatus {
    /// For people, for example `exit code 1` or `signal 9 (KILL)`.
    pub text: String,
    /// The exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The number of the signal that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// Whether it dumped core.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub core_dumped: bool,
}
