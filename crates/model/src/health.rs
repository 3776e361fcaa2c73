//! Whether a service works: how that is found out, and what is known of it.
//!
//! *Ready*: it may be depended upon; once for an instance. *Alive*: it still works,
//! asked from outside. *Watchdog*: it still works, told from inside.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::hang::{HangPolicy, HangWatch};
use crate::service::Command;
use crate::{AwakeTime, Pid};

/// How it is found out whether a service works. By default nothing is: what
/// runs is ready and alive.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct HealthPolicy {
    /// When it is ready; `None`: once its process runs.
    pub ready: Option<Readiness>,
    /// How it is asked whether it still works; `None`: it is not asked.
    pub alive: Option<Liveness>,
    /// How often it has to tell that it still works; `None`: it does not.
    pub watchdog: Option<Duration>,
    /// After which time without a sign of work it hangs.
    pub hang: HangPolicy,
    /// Whether it is given a way of telling, even if nothing else wants that.
    pub notify: bool,
}

impl HealthPolicy {
    /// Whether a service needs a way of telling: a socket for `sd_notify(3)`.
    pub const fn is_told(&self) -> bool {
        let by_notice = matches!(
            self.ready,
            Some(Readiness {
                by: ReadyBy::Notice,
                ..
            })
        );
        by_notice || self.notify || self.watchdog.is_some()
    }
}

/// When an instance is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readiness {
    /// How that is known.
    pub by: ReadyBy,
    /// How long it may take; what takes longer has failed.
    pub timeout: Duration,
}

/// How it is known that an instance is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadyBy {
    /// It says so (`READY=1`).
    Notice,
    /// It prints a line in which this is found.
    Line(Pattern),
    /// It has run for so long.
    Delay(Duration),
    /// It answers this well.
    Probe(Probe),
}

impl ReadyBy {
    /// The word for its kind, as files and `--json` have it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Notice => "notify",
            Self::Line(_) => "log",
            Self::Delay(_) => "delay",
            Self::Probe(probe) => probe.kind(),
        }
    }
}

/// How it is asked whether a service still works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveness {
    /// What is asked.
    pub probe: Probe,
    /// How often.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// After how many bad answers in a row it has failed.
    pub failures: NonZeroU32,
    /// How long bad answers do not count in an instance that has not given a
    /// good one, if it has no readiness of its own.
    pub grace: Duration,
}

/// A question to a service. The answer is yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `GET` by HTTP/1.1 gives a status from 200 to 399.
    Http(HttpTarget),
    /// A TCP connection is accepted.
    Tcp(Host),
    /// A connection to this Unix socket is accepted.
    Unix(PathBuf),
    /// This command ends with 0.
    Exec(Command),
    /// Something is at this path.
    File(PathBuf),
    /// A process of its tree listens on some TCP port.
    Port,
}

impl Probe {
    /// The word for its kind, as files and `--json` have it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Tcp(_) => "tcp",
            Self::Unix(_) => "unix",
            Self::Exec(_) => "exec",
            Self::File(_) => "file",
            Self::Port => "port",
        }
    }
}

/// A host, by name or address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The name or the address, without brackets.
    pub name: String,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.contains(':') {
            write!(f, "[{}]:{}", self.name, self.port)
        } else {
            write!(f, "{}:{}", self.name, self.port)
        }
    }
}

/// Where and what a `GET` asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpTarget {
    /// Whom.
    pub host: Host,
    /// The path with its query; it begins with a slash and has neither spaces
    /// nor control characters.
    pub path: String,
}

/// What a line has to look like: a regular expression that was checked where the
/// file was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// `text` as a pattern.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a service tells about itself (`sd_notify(3)`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// It is ready, or has reloaded.
    Ready,
    /// It reads its configuration again.
    Reloading,
    /// It ends by itself.
    Stopping,
    /// What it is doing, in its own words: one line without control characters.
    Status(String),
    /// An error number of its system.
    Errno(i32),
    /// With which status it will end.
    ExitStatus(i32),
    /// Which of its processes is the main one; it was found in its tree.
    MainPid(Pid),
    /// It still works.
    Alive,
    /// It does not work any more.
    Trigger,
    /// It will tell that it still works so often.
    Watchdog(Duration),
    /// The limit under way is not reached sooner than after this time.
    Extend(Duration),
    /// Whether it is busy.
    Busy(bool),
}

/// Why a question was not answered well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeFailure {
    /// What it says about the service.
    pub symptom: Symptom,
    /// What was seen, in a few words for people.
    pub seen: String,
}

/// What a bad answer says about a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symptom {
    /// It does not answer: it may hang.
    Silent,
    /// It refuses, or answers badly.
    Bad,
    /// Nothing: the guardian could not ask.
    Unknown,
}

/// What is known of the health of an instance that runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Whether it is ready.
    pub readiness: ReadyState,
    /// What it is asked, if anything.
    pub asking: Option<Asking>,
    /// The watchdog, if there is one.
    pub watchdog: Option<Watchdog>,
    /// The watch for hangs, if there is one.
    pub hang: Option<HangWatch>,
    /// What it has told about itself.
    pub told: Told,
    /// Since when nothing speaks against it; `None`: it is not ready yet, or
    /// answers badly.
    pub well_since: Option<AwakeTime>,
    /// How long it has to be well before it is called healthy; `None`: it has
    /// been.
    pub trial: Option<Duration>,
}

/// The circuit breaker of a service whose health is watched: what its last
/// instances have come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Breaker {
    /// How it stands.
    pub phase: BreakerPhase,
    /// How often in a row it has opened without closing in between.
    pub openings: u32,
}

/// How a circuit breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub enum BreakerPhase {
    /// Nothing is wrong.
    #[default]
    Closed,
    /// An instance has failed by its health and no other has begun.
    Open,
    /// Another one runs, which has not been healthy for long enough.
    HalfOpen,
}

/// Whether an instance is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyState {
    /// Not yet; it has until then.
    Awaited(AwakeTime),
    /// Its time has only to pass.
    Delayed(AwakeTime),
    /// It is.
    Ready,
}

/// Which of its questions a service is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Whether it is ready.
    Ready,
    /// Whether it is alive.
    Alive,
}

/// The question that an instance is asked again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct Asking {
    /// Which one.
    pub what: Asked,
    /// The number of the last time, from 1.
    pub number: u32,
    /// Whether it is being asked.
    pub turn: Turn,
    /// Bad answers in a row, as far as they count.
    pub failures: u32,
    /// Whether bad answers count from the beginning, or there was a good one.
    pub counts: bool,
    /// The last answer, if it was bad.
    pub last: Option<ProbeFailure>,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It will be asked then.
    Idle(AwakeTime),
    /// It has been asked.
    Open {
        /// When.
        asked: AwakeTime,
        /// When even the guardian's own answer is overdue.
        by: AwakeTime,
        /// Whether there was a gap meanwhile: then a bad answer says nothing.
        doubtful: bool,
    },
}

/// The duty of an instance to tell that it still works. Its time is counted in
/// quarters: see the engine's `health` module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watchdog {
    /// How often.
    pub every: Duration,
    /// When the quarter that runs is over.
    pub until: AwakeTime,
    /// How many quarters have counted since it was last heard of.
    pub counted: u8,
    /// How many have not.
    pub doubted: u8,
}

/// What an instance has told about itself.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Told {
    /// What it is up to.
    pub activity: Option<Activity>,
    /// In its own words.
    pub status: Option<String>,
    /// An error number.
    pub errno: Option<i32>,
    /// With which status it will end.
    pub exit_status: Option<i32>,
    /// Which of its processes it calls the main one.
    pub main_pid: Option<Pid>,
    /// Whether it is busy.
    pub busy: bool,
}

/// What an instance that runs is up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activity {
    /// It reads its configuration again.
    Reloading,
    /// It ends by itself.
    Stopping,
}
