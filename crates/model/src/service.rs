//! What a service is: its definition and its policies.
//!
//! Everything here has been checked by whoever built it (`outlast-config`): the
//! cap is not below the delay, dependencies exist and form no cycle.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use crate::limits::Capabilities;
use crate::machine::Session;
use crate::watch::WatchPolicy;
use crate::{HealthPolicy, Limits, Sandbox, Schedule, Secret, ServiceName, Signal, Socket};

/// A program the guardian looks after.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Unique within the guardian, also when case is ignored.
    pub name: ServiceName,
    /// What runs.
    pub command: Command,
    /// Where it runs; absolute.
    pub dir: PathBuf,
    /// What it finds in its environment.
    pub environment: Environment,
    /// What it gets to know that nobody else does, by name.
    pub secrets: BTreeMap<String, Secret>,
    /// How far it is shut off from the rest of the machine.
    pub sandbox: Sandbox,
    /// The account it runs under; `None`: the guardian's.
    pub user: Option<String>,
    /// The group it runs under; `None`: its account's.
    pub group: Option<String>,
    /// All the rights that it has of those that root has; `None`: what comes of its
    /// account.
    pub capabilities: Option<Capabilities>,
    /// Which permissions its new files do not have; `None`: the guardian's.
    pub umask: Option<u32>,
    /// What it may use.
    pub limits: Limits,
    /// What has to be there before it starts.
    pub depends_on: Vec<Dependency>,
    /// Whether the guardian starts it on its own.
    pub enabled: bool,
    /// When it is started, if it runs only now and then; `None`: it runs all the time.
    pub schedule: Option<Schedule>,
    /// When and how fast it is started again.
    pub restart: RestartPolicy,
    /// The exit codes that count as success.
    pub success_codes: Vec<i32>,
    /// How it is asked to end before it is killed.
    pub stop: StopSequence,
    /// What becomes of its output.
    pub log: LogPolicy,
    /// How long an instance may run; then it is stopped, and that is no success.
    /// `None`: for ever.
    pub time_limit: Option<Duration>,
    /// What is done about it when the machine or a session does something; what
    /// is not here is nothing.
    pub reactions: BTreeMap<Occasion, Reaction>,
    /// What is done when it has failed and is not tried again.
    pub on_failure: OnFailure,
    /// The service whose reaction this one is, and nothing else.
    pub part_of: Option<ServiceName>,
    /// What the file calls it and its likes, if it is one of several that are made of
    /// the same keys (`instances`).
    pub copy_of: Option<ServiceName>,
    /// How it is found out whether it works.
    pub health: HealthPolicy,
    /// Whether the machine may sleep while it runs.
    pub sleep: SleepPolicy,
    /// While what of it lasts an inhibitor is held, if one is.
    pub sleep_while: SleepWhile,
    /// Whether the operating system may slow it down to save energy.
    pub throttle: ThrottlePolicy,
    /// Whether it needs the network.
    pub network: NetworkPolicy,
    /// In which sessions of users it runs; `None`: in none, but where the guardian
    /// is.
    pub session: Option<InSession>,
    /// The service with which it speaks from a session, over a channel that the
    /// guardian gives to both.
    pub channel: Option<ServiceName>,
    /// The sockets that the guardian opens for it, in the order in which it gets
    /// them.
    pub listen: Vec<Socket>,
    /// How much of what is open it may have kept for its next instance.
    pub fd_store: u16,
    /// The files whose changes concern it; `None`: none.
    pub watch: Option<Box<WatchPolicy>>,
}

impl Service {
    /// Whether anything is kept for it from one instance to the next.
    pub const fn is_kept_for(&self) -> bool {
        !self.listen.is_empty() || self.fd_store > 0
    }

    /// Whether it never runs itself: for each session that it is for, another
    /// service is made of it.
    pub const fn is_template(&self) -> bool {
        matches!(self.session, Some(InSession::Active | InSession::Each))
    }

    /// The session that it was made for, and of which service.
    pub const fn in_session(&self) -> Option<(&ServiceName, &Session)> {
        match &self.session {
            Some(InSession::One { of, session }) => Some((of, session)),
            Some(InSession::Active | InSession::Each) | None => None,
        }
    }
}

/// In which sessions of users a service runs, as the user of that session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InSession {
    /// In the one that is in use: at this machine's screen, or else from afar.
    Active,
    /// In each.
    Each,
    /// In this one. It is no service of a file, but one that the engine makes of
    /// such a service while the session lasts.
    One {
        /// The file's service.
        of: ServiceName,
        /// Which session.
        session: Session,
    },
}

impl InSession {
    /// Its name, as files and `--json` have it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Each => "each",
            Self::One { .. } => "one",
        }
    }
}

/// Something that the machine or a session does, and that a service can react to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Occasion {
    /// The machine is about to sleep.
    Suspend,
    /// It runs again.
    Resume,
    /// A session is locked.
    Lock,
    /// It is unlocked.
    Unlock,
    /// A user logs off.
    LogOff,
}

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Suspend,
        Self::Resume,
        Self::Lock,
        Self::Unlock,
        Self::LogOff,
    ];

    /// Its name, as `--json` has it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::LogOff => "log-off",
        }
    }
}

/// What is done to a service on an [`Occasion`], if it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It is stopped. What was stopped for a sleep, a locked session or a user's
    /// absence is started again when that is over.
    Stop,
    /// It is stopped and started again.
    Restart,
    /// It is told to read its configuration again (Unix: `SIGHUP`).
    Reload,
    /// This other service is started.
    Start(ServiceName),
}

/// What is done when a service has failed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct OnFailure {
    /// These services are started.
    pub start: Vec<ServiceName>,
    /// This one restarts the machine.
    pub reboot: Option<ServiceName>,
}

/// A program and its arguments; no shell is involved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// A path (relative ones count from the service's `dir`), or a bare name
    /// that is looked up in the service's `PATH`.
    pub program: String,
    /// Its arguments, without the program's own name.
    pub arguments: Vec<String>,
}

/// Where a service's environment comes from. Later sources win: inherited
/// variables, then the file, then `set`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Environment {
    /// Which of the guardian's variables are passed on.
    pub inherit: Inherit,
    /// A file of `NAME=value` lines, read at every start; absolute.
    pub file: Option<PathBuf>,
    /// Variables written in the service's own definition.
    pub set: BTreeMap<String, String>,
}

/// Which variables of the guardian's own environment a service receives.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Inherit {
    /// Only those without which ordinary programs do not work (`PATH`, `HOME`,
    /// the locale, the time zone, the temporary folder; on Windows the system's
    /// folders). `outlast-os` has the list.
    #[default]
    Minimal,
    /// The minimal ones and these.
    Named(Vec<String>),
    /// All.
    Everything,
}

/// Another service that has to be there first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dependency {
    /// Which one.
    pub service: ServiceName,
    /// How far it has to be.
    pub until: Until,
}

/// How far a dependency has to be before its dependants start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Until {
    /// It runs and is ready.
    #[default]
    Ready,
    /// It has run to a successful end.
    ExitedOk,
}

/// When and how fast a service is started again.
#[derive(Clone, Debug, PartialEq)]
pub struct RestartPolicy {
    /// After which ends.
    pub when: RestartWhen,
    /// How long to wait each time.
    pub backoff: Backoff,
    /// How often at the most; `None`: never give up.
    pub limit: Option<StartLimit>,
}

/// After which ends a service is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RestartWhen {
    /// After any end that nobody asked for.
    Always,
    /// After an end that was not a success.
    OnFailure,
    /// Not at all.
    Never,
}

/// Delays that grow with each attempt and start over after a healthy period.
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    /// Before the first restart.
    pub delay: Duration,
    /// No delay is longer than this, jitter included.
    pub max_delay: Duration,
    /// What each delay is multiplied by to give the next; at least 1.
    pub factor: f64,
    /// The largest share of a delay that chance may add; 0 to 1.
    pub jitter: f64,
    /// An instance that ran at least this long makes the next delay the first.
    pub reset_after: Duration,
}

/// At most `starts` starts within `window`; the next one is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartLimit {
    /// How many starts, manual ones counted.
    pub starts: NonZeroU32,
    /// Within which time.
    pub window: Duration,
}

/// How a service is asked to end: each step in turn, each with its wait. What
/// is still there after the last one is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopSequence {
    /// The steps; empty means: kill at once.
    pub steps: Vec<StopStep>,
}

/// One way of asking, and how long to wait for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopStep {
    /// How to ask.
    pub ask: Ask,
    /// How long to wait before the next step.
    pub wait: Duration,
}

/// A way of asking a process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// Send a signal. On Windows `INT`, `TERM` and `QUIT` become [`Ask::CtrlC`].
    Signal(Signal),
    /// The console event of Ctrl-C, to everything on the service's console.
    /// On Unix it is `SIGINT`.
    CtrlC,
    /// The console event of Ctrl-Break. Unix has no such thing.
    CtrlBreak,
    /// `WM_CLOSE` to the service's top-level windows. Unix has no such thing.
    CloseWindow,
}

/// What becomes of a service's standard output and standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogPolicy {
    /// They are captured into segment files.
    Capture(Capture),
    /// They become the guardian's own.
    Inherit,
    /// They go nowhere.
    Discard,
}

/// The bounds of captured output, for one service, both streams together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// A segment is closed when it has this many bytes (at the next line end).
    pub rotate: u64,
    /// All segments and indexes together are never larger than this.
    pub keep: u64,
    /// Segments whose last byte is older are deleted; `None`: age is no reason.
    pub max_age: Option<Duration>,
    /// How long a service may be blocked by a disk that does not take its
    /// output; after that the output is dropped and counted.
    pub max_block: Duration,
}

/// Whether the machine may sleep while a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SleepPolicy {
    /// It may.
    Allow,
    /// An inhibitor is held.
    Inhibit,
    /// An inhibitor is held unless the machine is known to be on battery.
    InhibitOnAc,
}

/// For how long a service's inhibitor is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum SleepWhile {
    /// From its start until nothing of it is left.
    #[default]
    Running,
    /// While it says that it is busy.
    Busy,
}

impl SleepPolicy {
    /// Its name, as files and `--json` have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Inhibit => "inhibit",
            Self::InhibitOnAc => "inhibit-on-ac",
        }
    }
}

/// Whether the operating system may slow a service down to save energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ThrottlePolicy {
    /// As it does with any program.
    Allow,
    /// It is asked not to.
    Never,
}

/// Whether a service needs the machine's network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NetworkPolicy {
    /// It starts without.
    Unneeded,
    /// It is started when the network is there, or has been waited for in vain.
    Online,
}

impl NetworkPolicy {
    /// Its name, as files have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unneeded => "unneeded",
            Self::Online => "online",
        }
    }
}
