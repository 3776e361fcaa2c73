//! What applies where the file says nothing: every default and its reason.
//!
//! The constants are what the program uses, [`TABLE`] is how the same values
//! are written in a file and why they are what they are; the schema and the
//! user's reference take them from there. A test reads the table as a file and
//! compares.

use std::num::NonZeroU32;
use std::time::Duration;

use outlast_model::Delivery;
use outlast_model::sandbox::Preset;
use outlast_model::service::{
    Backoff, Capture, LogPolicy, NetworkPolicy, RestartPolicy, RestartWhen, SleepPolicy,
    StartLimit, StopSequence, StopStep, ThrottlePolicy,
};

use crate::native::{NativeKeys, Network, Sandbox, Start};

/// A default as a user would write it.
#[derive(Clone, Copy, Debug)]
pub struct KeyDefault {
    /// The key of a service, with a dot for keys inside tables; those of the
    /// guardian as a native service begin with `native.`.
    pub key: &'static str,
    /// Its value in TOML.
    pub written: &'static str,
    /// Why this value.
    pub reason: &'static str,
}

/// The time from the first request to end until the kill.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The exit codes that count as success.
pub const SUCCESS_CODES: [i32; 1] = [0];

/// Whether the guardian starts a service on its own.
pub const ENABLED: bool = true;

/// The least that `log.keep` may be: the journal works in segments, and fewer
/// bytes would be all head and no output.
pub const LEAST_KEEP: u64 = 64 * 1024;

/// How far a service is shut off.
pub const SANDBOX: Preset = Preset::Off;

/// How a program gets a secret: children inherit variables, and whoever may look at
/// a process sees them.
pub const DELIVERY: Delivery = Delivery::File;

/// The restart policy.
pub const RESTART: RestartPolicy = RestartPolicy {
    when: RestartWhen::Always,
    backoff: Backoff {
        delay: Duration::from_millis(500),
        max_delay: Duration::from_secs(60),
        factor: 2.0,
        jitter: 0.1,
        reset_after: Duration::from_secs(60),
    },
    limit: Some(LIMIT),
};

/// The start limit.
pub const LIMIT: StartLimit = StartLimit {
    starts: NonZeroU32::new(10).expect("ten is not zero"),
    window: Duration::from_secs(600),
};

/// The bounds of captured output.
pub const CAPTURE: Capture = Capture {
    rotate: 16 * 1024 * 1024,
    keep: 256 * 1024 * 1024,
    max_age: Some(Duration::from_secs(14 * 24 * 3600)),
    max_block: Duration::from_secs(1),
};

/// How long a program may run that is a reaction: as long as systemd lets the
/// machine wait for it (`InhibitDelayMaxSec`).
pub const REACTION_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a program may run that is told of a failure: whoever it calls may be
/// slow, and nothing waits for it.
pub const ON_FAILURE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a program may run that is started by a change of files: builds are slow.
pub const ON_CHANGE_TIMEOUT: Duration = Duration::from_secs(600);

/// How long no watched file must have changed.
pub const WATCH_DEBOUNCE: Duration = Duration::from_millis(300);

/// Whether files are not watched that git ignores.
pub const WATCH_GITIGNORE: bool = true;

/// How often files are looked at where the system does not tell of changes.
pub const WATCH_POLL: Duration = Duration::from_secs(2);

/// How long the program may take that restarts the machine. Most announce that a
/// minute before, so that somebody may object.
pub const REBOOT_TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// What becomes of output.
pub const LOG: LogPolicy = LogPolicy::Capture(CAPTURE);

/// How long a service may take to become ready.
pub const READY_TIMEOUT: Duration = Duration::from_secs(90);

/// How often a service is asked whether it is alive.
pub const ALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// How long its answer may take.
pub const ALIVE_TIMEOUT: Duration = Duration::from_secs(1);

/// After how many bad answers it is stopped.
pub const ALIVE_FAILURES: NonZeroU32 = NonZeroU32::new(3).expect("three is not zero");

/// How long bad answers do not count after a start.
pub const ALIVE_GRACE: Duration = Duration::from_secs(30);

/// Whether the machine may sleep while a service runs.
pub const SLEEP: SleepPolicy = SleepPolicy::Allow;

/// Whether a service may be slowed down.
pub const THROTTLE: ThrottlePolicy = ThrottlePolicy::Allow;

/// Whether a service needs the network.
pub const NETWORK: NetworkPolicy = NetworkPolicy::Unneeded;

/// Who may connect to a Unix socket.
pub const SOCKET_MODE: u32 = 0o600;

/// How much a service may have kept for its next instance.
pub const FD_STORE: u16 = 0;

/// The guardian as a native service.
pub const NATIVE: NativeKeys = NativeKeys {
    display_name: None,
    description: None,
    start: Start::Auto,
    account: None,
    groups: Vec::new(),
    capabilities: Vec::new(),
    sandbox: Sandbox::Modest,
    depends_on: Vec::new(),
    network: Network::Unneeded,
    restart_delay: Duration::from_secs(1),
    watchdog: Some(Duration::from_secs(30)),
    stop_timeout: None,
};

/// What a guardian is given to end beyond the time of its services: for the
/// kill, the last bytes of output and the disk.
pub const NATIVE_STOP_MARGIN: Duration = Duration::from_secs(10);

/// The sequence of `asks` that takes [`STOP_TIMEOUT`] altogether, in equal
/// parts. Made for the caller of [`load`](crate::load), who knows how the OS
/// asks a process to end.
pub fn stop_sequence(asks: &[outlast_model::service::Ask]) -> StopSequence {
    let parts = u32::try_from(asks.len()).unwrap_or(u32::MAX).max(1);
    let wait = STOP_TIMEOUT / parts;
    StopSequence {
        steps: asks.iter().map(|&ask| StopStep { ask, wait }).collect(),
    }
}

/// Every default, in the order of the reference.
pub const TABLE: [KeyDefault; 67] = [
    KeyDefault {
        key: "dir",
        written: r#"".""#,
        reason: "the file lies beside what it describes, so relative paths mean the same wherever the guardian was started",
    },
    KeyDefault {
        key: "env",
        written: "{}",
        reason: "nothing is added that nobody wrote",
    },
    KeyDefault {
        key: "inherit_env",
        written: "false",
        reason: "a service that works from a terminal works the same after a reboot; secrets of the guardian's environment stay there",
    },
    KeyDefault {
        key: "sandbox",
        written: r#""off""#,
        reason: "a program that works from a terminal works the same as a service; only its owner knows what it needs",
    },
    KeyDefault {
        key: "secret",
        written: "{}",
        reason: "a program is told what somebody has written that it needs",
    },
    KeyDefault {
        key: "depends_on",
        written: "[]",
        reason: "an order nobody asked for only delays the start",
    },
    KeyDefault {
        key: "enabled",
        written: "true",
        reason: "what is in the file is meant to run",
    },
    KeyDefault {
        key: "schedule",
        written: "",
        reason: "none: a service runs all the time",
    },
    KeyDefault {
        key: "schedule.zone",
        written: "",
        reason: "the machine's own: the clock on the wall is what people mean",
    },
    KeyDefault {
        key: "schedule.catch_up",
        written: r#""once""#,
        reason: "a laptop that slept at half past two should still have its backup, and one is enough",
    },
    KeyDefault {
        key: "restart.policy",
        written: r#""always""#,
        reason: "keeping programs running is the purpose; a clean exit of a service is as unwanted as a crash",
    },
    KeyDefault {
        key: "restart.delay",
        written: r#""500ms""#,
        reason: "short enough that users hardly notice, long enough for ports and locks to be released",
    },
    KeyDefault {
        key: "restart.max_delay",
        written: r#""1m""#,
        reason: "a cause that goes away by itself is noticed within a minute",
    },
    KeyDefault {
        key: "restart.factor",
        written: "2.0",
        reason: "doubling reaches the cap in seven steps and spares a struggling machine",
    },
    KeyDefault {
        key: "restart.jitter",
        written: "0.1",
        reason: "services that died together do not come back in the same instant",
    },
    KeyDefault {
        key: "restart.reset_after",
        written: r#""1m""#,
        reason: "as long as the longest delay: an instance that lived longer than that is healthy",
    },
    KeyDefault {
        key: "restart.limit",
        written: "10",
        reason: "a program that cannot start is reported as failed instead of being tried for ever",
    },
    KeyDefault {
        key: "restart.window",
        written: r#""10m""#,
        reason: "with the default delays ten quick deaths take about four minutes, so a crash loop is caught and a crash now and then is not",
    },
    KeyDefault {
        key: "success_codes",
        written: "[0]",
        reason: "the convention of every operating system",
    },
    KeyDefault {
        key: "stop.signal",
        written: "",
        reason: "the polite request of the operating system: `TERM` on Unix, Ctrl-C and then closing the windows on Windows",
    },
    KeyDefault {
        key: "stop.timeout",
        written: r#""10s""#,
        reason: "what containers and their users are used to; most programs need less, and nobody waits longer willingly",
    },
    KeyDefault {
        key: "log.rotate",
        written: r#""16MiB""#,
        reason: "a segment is what is deleted at once: small against `keep`, large against the cost of a new file",
    },
    KeyDefault {
        key: "log.keep",
        written: r#""256MiB""#,
        reason: "days of output of an ordinary service, and no surprise on a small disk",
    },
    KeyDefault {
        key: "log.max_age",
        written: r#""14d""#,
        reason: "long enough to find out what happened before the holidays, short enough for personal data",
    },
    KeyDefault {
        key: "log.max_block",
        written: r#""1s""#,
        reason: "bridges a busy disk; a stalled one must not stall the service",
    },
    KeyDefault {
        key: "on_suspend",
        written: r#""ignore""#,
        reason: "a program that sleeps does not notice; one that must end before says so here",
    },
    KeyDefault {
        key: "on_resume",
        written: r#""ignore""#,
        reason: "time limits did not count, so nothing has to be done; one that keeps stale connections says so here",
    },
    KeyDefault {
        key: "on_lock",
        written: r#""ignore""#,
        reason: "a lock screen concerns nobody but who looks at it",
    },
    KeyDefault {
        key: "on_unlock",
        written: r#""ignore""#,
        reason: "as for `on_lock`",
    },
    KeyDefault {
        key: "on_logoff",
        written: r#""ignore""#,
        reason: "a service belongs to the machine, not to a session",
    },
    KeyDefault {
        key: "on_failure",
        written: r#""ignore""#,
        reason: "`outlast status` and the journal tell of it; who shall be told otherwise is known to nobody else",
    },
    KeyDefault {
        key: "sleep",
        written: r#""allow""#,
        reason: "whose machine it is decides when it sleeps; a laptop that stays awake unasked is empty in the morning",
    },
    KeyDefault {
        key: "ready",
        written: "",
        reason: "most programs work as soon as they run, and only they know when else",
    },
    KeyDefault {
        key: "ready.timeout",
        written: r#""90s""#,
        reason: "systemd's; a slow start on a cold, busy machine is no failure",
    },
    KeyDefault {
        key: "alive.interval",
        written: r#""10s""#,
        reason: "a hang is found within half a minute, and the questions cost nothing",
    },
    KeyDefault {
        key: "alive.timeout",
        written: r#""1s""#,
        reason: "what takes longer to say that it works does not, three times in a row",
    },
    KeyDefault {
        key: "alive.failures",
        written: "3",
        reason: "one bad answer is chance, two may be a busy machine",
    },
    KeyDefault {
        key: "alive.grace",
        written: r#""30s""#,
        reason: "who starts slowly would otherwise be stopped for that, for ever",
    },
    KeyDefault {
        key: "watchdog",
        written: "",
        reason: "a program that does not know of it would be stopped for nothing",
    },
    KeyDefault {
        key: "hang",
        written: "",
        reason: "only who knows a program knows for how long it may do nothing",
    },
    KeyDefault {
        key: "notify",
        written: "false",
        reason: "who is not listened to costs no socket",
    },
    KeyDefault {
        key: "throttle",
        written: r#""allow""#,
        reason: "the operating system knows what the battery has left",
    },
    KeyDefault {
        key: "network",
        written: r#""unneeded""#,
        reason: "most programs start without, or speak to this machine only, and should not wait for a cable",
    },
    KeyDefault {
        key: "session",
        written: "",
        reason: "none: what must not end runs where nobody logs off",
    },
    KeyDefault {
        key: "channel",
        written: "",
        reason: "the file's only service that runs in no session, if there is exactly one",
    },
    KeyDefault {
        key: "listen",
        written: "",
        reason: "what nobody wants to find has no socket",
    },
    KeyDefault {
        key: "listen[].backlog",
        written: "",
        reason: "all that the system allows (Linux: net.core.somaxconn, 4096): they wait while the program restarts",
    },
    KeyDefault {
        key: "listen[].mode",
        written: r#""0600""#,
        reason: "nobody but the service's user, until somebody else is to connect",
    },
    KeyDefault {
        key: "listen[].reuse_port",
        written: "false",
        reason: "two at one port share its connections, which is a mistake more often than a wish",
    },
    KeyDefault {
        key: "fd_store",
        written: "0",
        reason: "systemd's: what is open in the guardian is bounded by who knows the program",
    },
    KeyDefault {
        key: "watch",
        written: "",
        reason: "a service follows no files that nobody has named",
    },
    KeyDefault {
        key: "watch.ignore",
        written: "[]",
        reason: "what is never meant is ignored anyway: drafts and backups of editors, `.git` and its like, `node_modules`, `__pycache__` and the guardian's own state directory",
    },
    KeyDefault {
        key: "watch.gitignore",
        written: "true",
        reason: "what a repository calls rubbish is written by builds and by the service itself",
    },
    KeyDefault {
        key: "watch.debounce",
        written: r#""300ms""#,
        reason: "longer than the pauses of an editor, a compiler or `git checkout` between two files, and too short to be waited for",
    },
    KeyDefault {
        key: "watch.poll",
        written: "",
        reason: "only where the system does not tell of every change, every 2 seconds: on network drives and FUSE, and when its limit of watches is reached; an event says so",
    },
    KeyDefault {
        key: "on_change",
        written: r#""restart""#,
        reason: "most programs read their files only when they start",
    },
    KeyDefault {
        key: "user",
        written: "",
        reason: "the guardian's own account: no rights change hands unasked",
    },
    KeyDefault {
        key: "native.start",
        written: r#""auto""#,
        reason: "there after every reboot, with nobody logged in: that is what a native service is for",
    },
    KeyDefault {
        key: "native.account",
        written: "",
        reason: "the least that will do: LocalSystem or root if a service has a `user`; else on Windows the service's own virtual account, and on Unix the owner of the file's folder; a user's own guardian runs as that user",
    },
    KeyDefault {
        key: "native.groups",
        written: "[]",
        reason: "no rights are given unasked",
    },
    KeyDefault {
        key: "native.capabilities",
        written: "[]",
        reason: "no rights are given unasked",
    },
    KeyDefault {
        key: "native.sandbox",
        written: r#""modest""#,
        reason: "takes away only what programs do not miss, so that a service that ran in a terminal runs here",
    },
    KeyDefault {
        key: "native.depends_on",
        written: "[]",
        reason: "an order nobody asked for only delays the start",
    },
    KeyDefault {
        key: "native.network",
        written: r#""unneeded""#,
        reason: "a machine without its network should still start what it can; a service that needs the network says so itself, by its own `network`, and waits alone",
    },
    KeyDefault {
        key: "native.restart_delay",
        written: r#""1s""#,
        reason: "the guardian almost never dies; when it does, its services should not wait for long, nor the machine be kept busy",
    },
    KeyDefault {
        key: "native.watchdog",
        written: r#""30s""#,
        reason: "far above any pause of a loaded machine, and a hang is still noticed within half a minute",
    },
    KeyDefault {
        key: "native.stop_timeout",
        written: "",
        reason: "the longest chain of the services' stop sequences (dependants stop first) and 10 seconds: so the manager never kills what the guardian is still stopping in good order",
    },
];
