//! The keys of a service.

use schemars::JsonSchema;
use toml::de::DeTable;

use crate::file::{
    AliveKeys, Capability, ChangeSetting, CommandLine, DependencySetting, HangKeys, InheritSetting,
    LimitKeys, ListenSetting, LogSetting, OnFailureSetting, ReactionSetting, ReadySetting,
    RestartSetting, SandboxSetting, ScheduleSetting, Secrets, SessionWord, SleepSetting,
    StopSetting, ThrottleWord, UmaskText, Variables, WatchSetting,
};
use crate::native::Network;
use crate::read::{DurationText, Fields, Keys, Text};
use crate::report::Report;
use crate::source::Located;

/// A program that the guardian looks after.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ServiceKeys {
    /// The program and its arguments: a list of words, or one string that is
    /// split into words as a shell splits them (quotes and backslashes). No
    /// shell is run and nothing is expanded. A program with a slash is a path
    /// that counts from `dir`; one without is looked up in the service's
    /// `PATH`. Every service needs one.
    pub(crate) command: Option<Located<CommandLine>>,
    /// The folder the program runs in; a relative one counts from the file's
    /// folder.
    pub(crate) dir: Option<Located<Text>>,
    /// Variables for the program's environment. They win over `env_file` and
    /// over inherited ones.
    pub(crate) env: Option<Located<Variables>>,
    /// A file of `NAME=value` lines, read at every start; a relative one counts
    /// from the file's folder.
    pub(crate) env_file: Option<Located<Text>>,
    /// Which of the guardian's own variables are passed on. `false`: only those
    /// that ordinary programs need (`PATH`, `HOME`, the locale, …), which under
    /// another `user` are that account's. A list: these as well. `true`: all.
    pub(crate) inherit_env: Option<Located<InheritSetting>>,
    /// What the program has to know and nobody else, by name: where each value comes
    /// from and how it is handed over. The values are in no status, event, log or
    /// argument. A secret that cannot be had is a start that failed.
    pub(crate) secret: Option<Located<Secrets>>,
    /// How far the program is shut off from the rest of the machine (Linux): `off`;
    /// `default`, from what a service has no business with and will not miss; `strict`,
    /// from everything but what it is given; or a table with exceptions. Where it cannot
    /// be had, the start fails, and `outlast check` says why.
    pub(crate) sandbox: Option<Located<SandboxSetting>>,
    /// The account the program runs under. The guardian has to be root, on
    /// Windows LocalSystem. There no password is needed, and none is written
    /// here: `LocalService`, `NetworkService`, `NT SERVICE\NAME` of a native
    /// service, a managed account (`DOMAIN\NAME$`), or a person's, which then
    /// is not known to other machines.
    pub(crate) user: Option<Located<Text>>,
    /// The group the program runs under, by name or number, instead of the account's
    /// own (Unix); its other groups stay. The guardian has to be root.
    pub(crate) group: Option<Located<Text>>,
    /// Which of root's rights the program has, by their names in capabilities(7), such
    /// as `"CAP_NET_BIND_SERVICE"`: exactly these, whatever `user` is, and nothing that
    /// it starts can have others (Linux). The guardian has to have them, and to be root.
    pub(crate) capabilities: Option<Located<Vec<Located<Capability>>>>,
    /// Which permissions the program's new files do not have, in octal digits: `"027"`
    /// (Unix).
    pub(crate) umask: Option<Located<UmaskText>>,
    /// What the program and all that it starts may use: memory, processors, processes,
    /// files, and how they rank among others. What cannot be enforced on a machine is
    /// said by `outlast check`.
    pub(crate) limits: Option<Located<LimitKeys>>,
    /// How many services are made of this one, 1 to 1000, each with a process of its own:
    /// `NAME.1`, `NAME.2` and so on. `NAME` means all of them, on the command line and in
    /// `depends_on`. In every text of the service `{instance}` is the number,
    /// `{instance+8080}` and `{instance-1}` a number counted from it. Without the key the
    /// service is one, and texts are as they are written.
    pub(crate) instances: Option<Located<i64>>,
    /// The services that have to be there first. A bare name means `until =
    /// "ready"`. A service that is not `enabled` is started all the same when
    /// another depends on it.
    pub(crate) depends_on: Option<Located<Vec<Located<DependencySetting>>>>,
    /// Whether the guardian starts the service on its own.
    pub(crate) enabled: Option<Located<bool>>,
    /// When the program is started, if it is a task that runs now and then: `"30 2 * *
    /// *"` (minute, hour, day of the month, month, day of the week, as `crontab(5)` has
    /// them), `"@daily"`, or a table with `cron` and a `zone`. It is not started with the
    /// guardian, and not restarted unless `restart` says so. A run that is due while the one
    /// before is under way is left out. A machine that sleeps is not woken.
    pub(crate) schedule: Option<Located<ScheduleSetting>>,
    /// When and how fast the program is started again. A bare word sets the
    /// `policy`.
    pub(crate) restart: Option<Located<RestartSetting>>,
    /// The exit codes that count as success.
    pub(crate) success_codes: Option<Located<Vec<Located<i64>>>>,
    /// How the program is asked to end before its whole process tree is killed:
    /// a table with `signal` and `timeout`, a list of steps, or `"kill"` to kill
    /// at once.
    pub(crate) stop: Option<Located<StopSetting>>,
    /// What becomes of the program's output: a table bounds what is kept,
    /// `false` throws it away, `"inherit"` passes it to the guardian's own
    /// output, `true` keeps it with the defaults.
    pub(crate) log: Option<Located<LogSetting>>,
    /// What is done about the service, if it runs, when the machine is about to
    /// sleep: `"ignore"`, `"stop"` (and started again when the machine runs
    /// again), `"restart"`, `"reload"` (Unix: `SIGHUP`), or a table with a
    /// `command` to run. The machine waits for it, as long as its settings allow
    /// (systemd: 5 s; Windows: about 2 s).
    pub(crate) on_suspend: Option<Located<ReactionSetting>>,
    /// The same when the machine has slept and runs again.
    pub(crate) on_resume: Option<Located<ReactionSetting>>,
    /// The same when somebody's session is locked; what is stopped then is started
    /// again when one is unlocked.
    pub(crate) on_lock: Option<Located<ReactionSetting>>,
    /// The same when somebody's session is unlocked.
    pub(crate) on_unlock: Option<Located<ReactionSetting>>,
    /// The same when somebody logs off; what is stopped then is started again when
    /// somebody logs on.
    pub(crate) on_logoff: Option<Located<ReactionSetting>>,
    /// What is done when the service has failed and is not tried again: a table
    /// with a `command` to run, the name of another service to `start`, and
    /// `reboot`; `"ignore"`: nothing.
    pub(crate) on_failure: Option<Located<OnFailureSetting>>,
    /// When the service is ready, which its dependants wait for: `"notify"` (it
    /// says so, by `sd_notify(3)`), `"port"` (it listens on some TCP port), or a
    /// table with one way of asking and a `timeout`. Without it: once its process
    /// runs.
    pub(crate) ready: Option<Located<ReadySetting>>,
    /// How it is asked whether it still works, and how often. What does not answer
    /// well too many times in a row is stopped, and restarted by its policy.
    pub(crate) alive: Option<Located<AliveKeys>>,
    /// How often the program has to tell that it still works, by `WATCHDOG=1` of
    /// `sd_notify(3)` (Linux, Windows; it finds the time in `WATCHDOG_USEC`). What does not
    /// is stopped, and restarted by its policy.
    pub(crate) watchdog: Option<Located<DurationText>>,
    /// After which time without a sign of work the service hangs, as it is seen from
    /// outside: the program need not help. What hangs is stopped, and restarted by its
    /// policy.
    pub(crate) hang: Option<Located<HangKeys>>,
    /// Whether the program may tell something of itself (`STATUS=` and so on) even
    /// if neither `ready` nor `watchdog` asks for it: it finds `NOTIFY_SOCKET`.
    pub(crate) notify: Option<Located<bool>>,
    /// Whether the machine may sleep while the service runs, is being started or
    /// stopped, or is about to be started again: `allow`; `inhibit`: the guardian
    /// asks the operating system not to; `inhibit-on-ac`: the same, unless the
    /// machine is known to be on battery. A table says that only while the program
    /// is busy. Who has it sleep all the same is told by `outlast sleep`.
    pub(crate) sleep: Option<Located<SleepSetting>>,
    /// Whether the operating system may slow the program down to save energy:
    /// `allow`, or `never`, which has Windows leave it at full speed, with exact
    /// timers. Linux slows nothing down by itself; where it cannot be asked for,
    /// `outlast check` says so.
    pub(crate) throttle: Option<Located<ThrottleWord>>,
    /// `online`: the program is started when the machine has a network: a way to
    /// other networks, or an address on a cable or in a wireless network. Whatever
    /// starts it waits for that, for a minute at most; then it is started all the
    /// same. `unneeded`: nothing waits. Where nobody tells of the network,
    /// `outlast check` says so and nothing waits either.
    pub(crate) network: Option<Located<Network>>,
    /// In which sessions of users the program runs, each time as that session's
    /// user, with that session's environment: `active`, the one that is in use, at
    /// this machine's screen or else from afar; `each`, one in every session. It is
    /// started when a user logs on, and again at an unlock if it has ended since;
    /// it is stopped when the session is over. As a service it is called
    /// `NAME@USER`. `inherit_env` is about the session's variables here. The
    /// guardian has to be root or LocalSystem; one of a user's own has that user's
    /// sessions only.
    pub(crate) session: Option<Located<SessionWord>>,
    /// The service with which this one speaks from a session: both find the way to
    /// each other in `OUTLAST_CHANNEL`, and the library `outlast` goes it.
    pub(crate) channel: Option<Located<Text>>,
    /// The sockets at which others find the service. The guardian opens them before the
    /// program starts, hands them over as systemd does (`sd_listen_fds(3)`:
    /// `LISTEN_FDS`, `LISTEN_PID`, `LISTEN_FDNAMES`) and keeps them while it restarts
    /// it, so that whoever connects meanwhile waits and is not refused. A port, which
    /// is this machine's alone; an address and a port; `udp://` before them; or the
    /// path of a Unix socket (a relative one counts from `dir`). A list of them, or a
    /// table in which each has a name. Not on Windows.
    pub(crate) listen: Option<Located<ListenSetting>>,
    /// How many open files, connections and so on the program may have kept for its
    /// next instance, by `FDSTORE=1` of `sd_notify(3)` (Linux; it finds
    /// `NOTIFY_SOCKET`). It gets them back behind the sockets of `listen`, under the
    /// names that it has given them. What nobody is at the other end of any more is
    /// closed, and all of it when the service is stopped.
    pub(crate) fd_store: Option<Located<i64>>,
    /// Files whose changes concern the service: a list of paths and patterns such as
    /// `["src/**", "config.yaml"]`, seen from `dir`, or a table. A change starts again
    /// what runs, and what has ended by itself, been given up or completed; it starts
    /// nothing that somebody has stopped.
    pub(crate) watch: Option<Located<WatchSetting>>,
    /// What is done when they have changed: `"restart"`, if the program could be
    /// started as it is then; `"reload"` (Unix: `SIGHUP`); the words of a command to
    /// run, or a table with them and a `timeout`.
    pub(crate) on_change: Option<Located<ChangeSetting>>,
}

impl ServiceKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "",
        known: &[
            "command",
            "dir",
            "env",
            "env_file",
            "inherit_env",
            "secret",
            "sandbox",
            "user",
            "group",
            "capabilities",
            "umask",
            "limits",
            "instances",
            "depends_on",
            "enabled",
            "schedule",
            "restart",
            "success_codes",
            "stop",
            "log",
            "on_suspend",
            "on_resume",
            "on_lock",
            "on_unlock",
            "on_logoff",
            "on_failure",
            "ready",
            "alive",
            "watchdog",
            "hang",
            "notify",
            "sleep",
            "throttle",
            "network",
            "session",
            "channel",
            "listen",
            "fd_store",
            "watch",
            "on_change",
        ],
        later: &[],
    };

    pub(crate) fn read(table: DeTable<'_>, report: &mut Report) -> Self {
        let mut fields = Fields::new(table, ServiceKeys::KEYS, report);
        let keys = Self {
            command: fields.take("command"),
            dir: fields.take("dir"),
            env: fields.take("env"),
            env_file: fields.take("env_file"),
            inherit_env: fields.take("inherit_env"),
            secret: fields.take("secret"),
            sandbox: fields.take("sandbox"),
            user: fields.take("user"),
            group: fields.take("group"),
            capabilities: fields.take("capabilities"),
            umask: fields.take("umask"),
            limits: fields.take("limits"),
            instances: fields.take("instances"),
            depends_on: fields.take("depends_on"),
            enabled: fields.take("enabled"),
            schedule: fields.take("schedule"),
            restart: fields.take("restart"),
            success_codes: fields.take("success_codes"),
            stop: fields.take("stop"),
            log: fields.take("log"),
            on_suspend: fields.take("on_suspend"),
            on_resume: fields.take("on_resume"),
            on_lock: fields.take("on_lock"),
            on_unlock: fields.take("on_unlock"),
            on_logoff: fields.take("on_logoff"),
            on_failure: fields.take("on_failure"),
            ready: fields.take("ready"),
            alive: fields.take("alive"),
            watchdog: fields.take("watchdog"),
            hang: fields.take("hang"),
            notify: fields.take("notify"),
            sleep: fields.take("sleep"),
            throttle: fields.take("throttle"),
            network: fields.take("network"),
            session: fields.take("session"),
            channel: fields.take("channel"),
            listen: fields.take("listen"),
            fd_store: fields.take("fd_store"),
            watch: fields.take("watch"),
            on_change: fields.take("on_change"),
        };
        fields.finish(|_, _| None);
        keys
    }
}
