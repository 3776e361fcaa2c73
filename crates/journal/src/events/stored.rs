//! What is stored: the types of a line.
//!
//! Durations are seconds (`…_seconds`), sizes are bytes (`…_bytes`), moments are
//! RFC 3339 in UTC. What is not known is absent.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use outlast_model::RealTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use super::evidence::{StoredProcess, StoredSocket, StoredThreads};
pub use super::verdict::StoredVerdict;

/// The version of the format that is written.
pub const VERSION: u32 = 1;

/// One line of the events journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRecord {
    /// The version of the format.
    pub v: u32,
    /// Counts up by one with each record of a state directory; a step says that
    /// lines are missing.
    pub seq: u64,
    /// When it happened.
    pub time: Time,
    /// The service it happened to; absent: it happened to the guardian.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// What happened.
    #[serde(flatten)]
    pub event: StoredEvent,
}

/// What happened. The names are those of [`outlast_model::record`], which says
/// what each means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "documented where the vocabulary is: outlast_model::record"
)]
pub enum StoredEvent {
    Waiting {
        on: Vec<String>,
    },
    WaitingForNetwork {
        at_most_seconds: f64,
    },
    NetworkMissing,
    Starting {
        instance: u64,
    },
    Started {
        instance: u64,
        pid: u32,
    },
    Ready {
        instance: u64,
        after_seconds: f64,
    },
    NotReady {
        instance: u64,
        within_seconds: f64,
        /// Absent: nothing was asked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<String>,
    },
    ProbeFailing {
        instance: u64,
        seen: String,
    },
    ProbeRecovered {
        instance: u64,
        failures: u32,
    },
    NotAlive {
        instance: u64,
        failures: u32,
        seen: String,
    },
    WatchdogMissed {
        instance: u64,
        /// Absent: it said so itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        every_seconds: Option<f64>,
    },
    Evidence {
        instance: u64,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        processes: Vec<StoredProcess>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sockets: Vec<StoredSocket>,
        /// Whether there was more than that.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        partial: bool,
    },
    BreakerClosed {
        instance: u64,
        openings: u32,
    },
    Hangs {
        instance: u64,
        /// `silent`, `stuck`, `spin`.
        hang: String,
        during: StoredWork,
        before: StoredWork,
    },
    StartFailed {
        instance: u64,
        failure: StoredFailure,
    },
    Death(StoredDeath),
    Verdict(Box<StoredVerdict>),
    BackingOff {
        delay_seconds: f64,
        /// What of that was added after a sleep; absent: nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spread_seconds: Option<f64>,
        attempt: u32,
    },
    GaveUp {
        last: StoredEnd,
        starts: u32,
        /// Absent: none of them has been healthy, however long that took.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        window_seconds: Option<f64>,
    },
    RunsMissed {
        /// 1000: that many or more.
        runs: u32,
        /// Whether one run makes up for them.
        made_up: bool,
    },
    RunSkipped,
    RebootWithheld {
        after_seconds: f64,
    },
    Stopping {
        instance: u64,
        reason: StoredReason,
    },
    Reloading {
        instance: u64,
        occasion: String,
    },
    FilesChanged {
        first: String,
        more: u32,
        then: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        starts: Option<String>,
    },
    ChangeWithheld {
        first: String,
        more: u32,
        reason: String,
    },
    FilesPolled {
        every_seconds: f64,
        reason: String,
    },
    ChangesGathered {
        reports: u32,
        pause_seconds: f64,
    },
    Killed {
        instance: u64,
    },
    Unkillable {
        instance: u64,
    },
    Stopped,
    Finished {
        last: StoredEnd,
    },
    Inhibited {
        by: String,
        prevents: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        refused: Vec<StoredRefused>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        overridden_by: Vec<String>,
    },
    NotInhibited {
        reason: String,
    },
    InhibitorReleased,
    NotLimited {
        limit: String,
        reason: String,
    },
    LeftoversKilled {
        processes: u32,
    },
    OutputDropping {
        reason: String,
    },
    OutputDropped {
        bytes: u64,
    },
    OutputExpired {
        segments: u32,
        bytes: u64,
    },
    GuardianStarted {
        name: String,
        version: String,
        pid: u32,
    },
    Requested {
        verb: String,
        /// Absent: all services.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        services: Option<Vec<String>>,
    },
    Reloaded {
        added: Vec<String>,
        changed: Vec<String>,
        removed: Vec<String>,
    },
    ReloadRefused {
        reason: String,
    },
    ShuttingDown,
    GuardianStopped,
    Slept {
        duration_seconds: f64,
    },
    Frozen {
        at_least_seconds: f64,
        at_most_seconds: f64,
    },
    ClockSet {
        /// Negative: back.
        by_seconds: f64,
    },
    Suspending {
        /// How long that waits for the guardian; absent: it does not wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_left_seconds: Option<f64>,
    },
    Resumed,
    MachineShuttingDown,
    MachineShutdownCancelled,
    Power {
        source: String,
    },
    Lid {
        position: String,
    },
    Screen {
        light: String,
    },
    Saver {
        saving: bool,
    },
    Session {
        session: String,
        change: String,
        /// Absent: not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
    },
    Network {
        state: String,
    },
    SessionEnds {
        why: String,
    },
    TerminalClosed,
    EndedAtLogOff {
        instance: u64,
        session: String,
        /// Absent: not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        user: Option<String>,
    },
    RecordsLost {
        count: u64,
    },
    /// The first line of a file: the highest number that an instance had
    /// before, so that numbers never repeat.
    Continued {
        highest_instance: u64,
    },
}

/// The end of a main process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredDeath {
    /// Which instance.
    pub instance: u64,
    /// Its process number while it lived.
    pub pid: u32,
    /// How it ended.
    pub exit: StoredExit,
    /// Whether that counts as success.
    pub success: bool,
    /// Whether someone had asked for its end.
    pub asked: bool,
    /// How long it ran, in awake time.
    pub ran_for_seconds: f64,
    /// What it had used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<StoredUsage>,
    /// Which limits it had run into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<StoredReached>,
    /// How much memory its tree used in the last minutes, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<StoredMemory>,
    /// The last lines it printed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last_output: Vec<StoredLine>,
}

/// How much memory a process tree used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredMemory {
    /// How long before its end.
    pub before_seconds: f64,
    /// How much.
    pub bytes: u64,
}

/// A limit that an instance ran into. What a kind does not have is not there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredReached {
    /// Which: the key in the file, or `machine_memory`.
    pub limit: String,
    /// For people.
    pub text: String,
    /// Its value: bytes, processes, files, or processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// How many processes were killed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub killed: Option<u32>,
    /// How often something was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<u32>,
    /// How long all its threads together had to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited_seconds: Option<f64>,
}

/// How a process ended. Neither `code` nor `signal`: nobody can say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredExit {
    /// The exit code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// The number of the signal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// Whether it dumped core.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub core_dumped: bool,
}

/// What a process had used.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredUsage {
    /// Processor time in user mode.
    pub user_seconds: f64,
    /// Processor time in the kernel.
    pub system_seconds: f64,
    /// The largest resident set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_resident_bytes: Option<u64>,
}

/// A line that was printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLine {
    /// `stdout` or `stderr`.
    pub stream: String,
    /// When it arrived.
    pub time: Time,
    /// Its text.
    pub text: String,
    /// Its bytes were no valid UTF-8; the segments have them as they were.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lossy: bool,
}

/// Why an instance could not be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFailure {
    /// What was being done.
    pub step: String,
    /// On what.
    pub subject: String,
    /// The operating system's error number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os_error: Option<i32>,
    /// The reason, for people.
    pub message: String,
}

/// Something that an inhibitor was to prevent and does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRefused {
    /// Which: `sleep`, `idle`, `suspension`.
    pub what: String,
    /// Why, for people.
    pub reason: String,
}

/// The end that came before giving up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredEnd {
    /// It ran and ended.
    Exit(StoredExit),
    /// It could not be started.
    StartFailure(StoredFailure),
}

/// Why an instance is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(
    missing_docs,
    reason = "documented where the vocabulary is: outlast_model::record"
)]
pub enum StoredReason {
    Requested,
    Restart,
    Dependency,
    Changed,
    FilesChanged,
    Shutdown,
    LeftBehind,
    Suspend,
    Resume,
    Lock,
    Unlock,
    LogOff,
    TimeLimit,
    SessionOver,
    NotReady,
    NotAlive,
    Watchdog,
    Silent,
    Stuck,
    Spin,
    /// A reason of a newer guardian.
    #[serde(other)]
    Other,
}

/// What an instance has done in some time. What is not known is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the model")]
pub struct StoredWork {
    pub seconds: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_seconds: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wakeups: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub printed_bytes: Option<u64>,
}

/// A moment, as RFC 3339 in UTC, always with nine digits of a second, so that
/// moments sort as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub RealTime);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = Timestamp::from_nanosecond(self.0.unix_nanos().into())
            .expect("64 bits of nanoseconds are within the range of a timestamp");
        write!(f, "{moment:.9}")
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        let moment: Timestamp = text.parse().map_err(de::Error::custom)?;
        i64::try_from(moment.as_nanosecond())
            .map(|nanoseconds| Self(RealTime::from_unix_nanos(nanoseconds)))
            .map_err(|_| de::Error::custom("the moment is not between 1677 and 2262"))
    }
}
