//! What the command line may say.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Keeps any program running, and says why when something stops all the same.
#[derive(Debug, Parser)]
#[command(
    name = "outlast",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 ok, 1 failed, 2 usage, \
4 no permission, 5 not installed, 6 bad configuration, 7 not running; `status`: 0 running, 3 not running, 4 unknown."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What every verb understands.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// The guardian whose file this is [default: outlast.toml in the current folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The guardian that keeps its state in this directory
    #[arg(long, global = true, value_name = "DIR", env = "OUTLAST_STATE_DIR")]
    pub(crate) state_dir: Option<PathBuf>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
    /// The process for which this one runs elevated; `outlast` itself writes it
    #[arg(long, global = true, value_name = "PID", hide = true)]
    pub(crate) elevated_for: Option<u32>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Guard the services of a file, or one command
    #[command(
        after_help = "Examples:\n  outlast run\n  outlast run shop.toml\n  outlast run -- ./server --port 8080"
    )]
    Run(Run),
    /// Make a file, or one command, a service of the operating system: there after every reboot
    #[command(
        after_help = "Examples:\n  outlast install\n  outlast install shop.toml --now\n  outlast install -- ./server --port 8080\n  outlast install --set start=manual --set account=www --dry-run\n\nKeys for --set: `outlast config get` prints them; docs/configuration.md, [native]"
    )]
    Install(Install),
    /// Remove a guardian's native service; its logs and its journal stay
    #[command(after_help = "Examples:\n  outlast uninstall shop\n  outlast uninstall shop --purge")]
    Uninstall(Uninstall),
    /// Tell every guardian on this machine
    #[command(after_help = "Example:\n  outlast list --json")]
    List(List),
    /// Read or change how a guardian is installed: start type, account, description, …
    #[command(
        after_help = "Examples:\n  outlast config get shop\n  outlast config get shop start\n  outlast config set shop start=manual description=\"The shop\""
    )]
    Config(Config),
    /// Tell what the services do
    #[command(after_help = "Examples:\n  outlast status\n  outlast status api --json")]
    Status(Status),
    /// Start services and what they depend on
    #[command(
        after_help = "Examples:\n  outlast start api\n  outlast start        every enabled service"
    )]
    Start(Change),
    /// Stop services and what depends on them; without a name, the whole guardian
    #[command(
        after_help = "Examples:\n  outlast stop api\n  outlast stop shop/   the whole guardian \"shop\""
    )]
    Stop(Change),
    /// Stop services and start them again
    #[command(after_help = "Example:\n  outlast restart api")]
    Restart(Change),
    /// Read the file again and apply what differs
    #[command(after_help = "Example:\n  outlast check && outlast reload")]
    Reload(Reload),
    /// Print what services have printed; works while no guardian runs
    #[command(after_help = "Examples:\n  outlast logs api -f\n  outlast logs --since 10m --stderr")]
    Logs(Logs),
    /// Print what has happened; works while no guardian runs
    #[command(
        after_help = "Examples:\n  outlast events -f\n  outlast events api --since 1h --json"
    )]
    Events(Events),
    /// Say why something ended, how sure that is, and what to do; works while no guardian runs
    #[command(
        after_help = "Examples:\n  outlast why                     the last end that nobody asked for\n  outlast why api --markdown      for pasting into an issue\n  outlast why --all --since 7d    every incident, those that are the same together\n  outlast why --log error.log     a log that somebody sent; - is standard input\n  outlast why --unit nginx        a unit of systemd\n  outlast why --pid 4711          a process that Outlast does not guard"
    )]
    Why(Why),
    /// Keep the machine awake while a command runs
    #[command(
        after_help = "Examples:\n  outlast awake -- cargo build --release\n  outlast awake --why \"nightly backup\" -- ./backup.sh\n\nEnds as the command does. If the machine cannot be kept awake, it says so and runs the command all the same."
    )]
    Awake(Awake),
    /// Tell what keeps this machine from sleeping, and who can have it sleep all the same
    #[command(after_help = "Examples:\n  outlast sleep\n  outlast sleep --json")]
    Sleep(Sleep),
    /// Run a command, and again whenever files have changed
    #[command(
        after_help = "Examples:\n  outlast watch src Cargo.toml -- cargo run\n  outlast watch 'src/**/*.py' -- python3 app.py\n  outlast watch --ignore '*.log' --debounce 1s -- make test\n\nWhat git ignores, drafts of editors and the like are left out. When the command ends, its next run waits for\nthe next change. Ctrl-C ends both."
    )]
    Watch(Watch),
    /// Tell everything that is wrong with a file
    #[command(after_help = "Example:\n  outlast check shop.toml")]
    Check(Check),
    /// Look at an installed or planned guardian as an auditor would, and say what to do
    #[command(
        after_help = "Examples:\n  outlast doctor                before `outlast install`\n  outlast doctor shop --json    the installed guardian \"shop\"\n  outlast doctor shop --selftest lock"
    )]
    Doctor(Doctor),
    /// Measure one workload in this session and as a service, and list what each got
    #[command(
        after_help = "Examples:\n  sudo outlast compare-modes\n  outlast compare-modes --user        a service of this user, which takes no rights\n  outlast compare-modes --only user --json > here.json\n  outlast compare-modes --with here.json   what is here, and what was there\n\nThe service is removed again. It answers \"works in my terminal, fails as a service\" for this machine."
    )]
    CompareModes(CompareModes),
    /// Write a file to begin with
    #[command(after_help = "Example:\n  outlast init")]
    Init(Init),
    /// Print the JSON Schema of the file
    #[command(after_help = "Example:\n  outlast schema > outlast.schema.json")]
    Schema,
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  outlast completions bash > /etc/bash_completion.d/outlast")]
    Completions(Completions),
    /// Print the version
    #[command(after_help = "Example:\n  outlast version --json")]
    Version(Version),
    /// Names of services, for the shells' completions
    #[command(name = "__services", hide = true)]
    Services,
    /// Find out why instances have ended; a guardian runs it
    #[command(name = "__diagnose", hide = true)]
    Diagnose(Diagnose),
    /// Tell by HTTP that a service has failed; a guardian runs it
    #[command(name = "__webhook", hide = true)]
    Webhook,
    /// Measure when told; `compare-modes` starts it
    #[command(name = "__measure", hide = true)]
    Measure(Measure),
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The file [default: outlast.toml in the current folder]
    #[arg(value_name = "FILE", conflicts_with = "command")]
    pub(crate) path: Option<PathBuf>,
    /// Print troubles only, not what happens
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// What to call the guardian of a command [default: the program's name]
    #[arg(long, value_name = "NAME", requires = "command")]
    pub(crate) name: Option<String>,
    /// The folder that a command works in [default: the current one]
    #[arg(long, value_name = "DIR", requires = "command")]
    pub(crate) dir: Option<PathBuf>,
    /// Write the guardian's process number to this file, and hold a lock on it
    #[arg(long, value_name = "FILE")]
    pub(crate) pid_file: Option<PathBuf>,
    /// The native manager whose service this guardian is; `install` writes it
    #[arg(long, value_name = "MANAGER", hide = true)]
    pub(crate) native: Option<ManagerWord>,
    /// A program and its arguments, guarded with the defaults
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Install {
    /// The file [default: outlast.toml in the current folder]
    #[arg(value_name = "FILE", conflicts_with = "command")]
    pub(crate) path: Option<PathBuf>,
    /// What to call the guardian of a command [default: the program's name]
    #[arg(long, value_name = "NAME", requires = "command")]
    pub(crate) name: Option<String>,
    /// The folder that a command works in [default: the current one]
    #[arg(long, value_name = "DIR", requires = "command")]
    pub(crate) dir: Option<PathBuf>,
    /// Make it a service of this user, not of the machine
    #[arg(long)]
    pub(crate) user: bool,
    /// A key of the file's [native] table, for this installation
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
    /// Read the account's password from standard input (its first line)
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Start it, too
    #[arg(long)]
    pub(crate) now: bool,
    /// Install in spite of this danger; `outlast doctor` names them
    #[arg(long = "accept-risk", value_name = "RISK")]
    pub(crate) accepted: Vec<String>,
    #[command(flatten)]
    pub(crate) how: How,
    /// A program and its arguments, guarded with the defaults
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}

/// What the verbs that change an installation have in common.
#[derive(Debug, Args)]
pub(crate) struct How {
    /// The native manager [default: the one that runs this machine]
    #[arg(long, value_name = "MANAGER")]
    pub(crate) manager: Option<ManagerWord>,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ManagerWord {
    Windows,
    Systemd,
    Launchd,
    Openrc,
    Sysv,
    Freebsd,
    Runit,
    S6,
}

#[derive(Debug, Args)]
pub(crate) struct Uninstall {
    /// The guardian [default: the one at hand]
    #[arg(value_name = "GUARDIAN")]
    pub(crate) guardian: Option<String>,
    /// Remove its state directory, too: logs, journal, everything
    #[arg(long)]
    pub(crate) purge: bool,
    /// Print what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) act: ConfigAct,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigAct {
    /// Print how a guardian is installed, as its manager tells it
    Get(ConfigGet),
    /// Change it in place, and show the difference
    Set(ConfigSet),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigGet {
    /// The guardian [default: the one at hand] and one key [default: all]
    #[arg(value_name = "GUARDIAN] [KEY", num_args = 0..=2)]
    pub(crate) what: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigSet {
    /// The guardian [default: the one at hand], and what to change; an empty VALUE sets the default
    #[arg(value_name = "GUARDIAN] [KEY=VALUE", required = true)]
    pub(crate) what: Vec<String>,
    /// Read the account's password from standard input (its first line)
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Change it in spite of this danger; `outlast doctor` names them
    #[arg(long = "accept-risk", value_name = "RISK")]
    pub(crate) accepted: Vec<String>,
    /// Print the difference, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Services ("api", "shop/api"), or a guardian ("shop/")
    #[arg(value_name = "SERVICE")]
    pub(crate) targets: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    /// Services ("api", "shop/api"), or a guardian ("shop/")
    #[arg(value_name = "SERVICE")]
    pub(crate) targets: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Reload {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Services; none: all
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Go on with what will be printed
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// So many lines of each service before the end [default: 100; with --since: all]
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub(crate) lines: Option<u64>,
    /// From this moment on: 10m, 2h, 1d (ago), 2026-11-23, 2026-11-23T09:24:00Z
    #[arg(long, value_name = "WHEN", conflicts_with = "lines")]
    pub(crate) since: Option<String>,
    /// Standard error only
    #[arg(long, conflicts_with = "stdout")]
    pub(crate) stderr: bool,
    /// Standard output only
    #[arg(long)]
    pub(crate) stdout: bool,
    /// Begin each line with the time it arrived
    #[arg(long, short)]
    pub(crate) times: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Services; none: all, and the guardian itself
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Go on with what will happen
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// So many events before the end [default: 100; with --since: all]
    #[arg(long, short = 'n', value_name = "COUNT")]
    pub(crate) lines: Option<usize>,
    /// From this moment on: 10m, 2h, 1d (ago), 2026-11-23, 2026-11-23T09:24:00Z
    #[arg(long, value_name = "WHEN", conflicts_with = "lines")]
    pub(crate) since: Option<String>,
    /// Print the JSON objects as they are stored
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Files, folders (with all that is in them) or patterns, as `watch` of a file has them
    #[arg(value_name = "PATH", default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// What is not watched, as a line of a .gitignore; may be repeated
    #[arg(long, value_name = "PATTERN")]
    pub(crate) ignore: Vec<String>,
    /// Watch what .gitignore files name, too
    #[arg(long)]
    pub(crate) no_gitignore: bool,
    /// How long nothing must have changed [default: 300ms]
    #[arg(long, value_name = "TIME", value_parser = outlast_config::parse_duration)]
    pub(crate) debounce: Option<Duration>,
    /// Look at the files so often, though nobody has told of a change
    #[arg(long, value_name = "TIME", value_parser = outlast_config::parse_duration)]
    pub(crate) poll: Option<Duration>,
    /// Print troubles only, not what happens
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Awake {
    /// What for, as the system's own tools show it [default: the command]
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct Why {
    /// Of which services [default: all]
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// Every incident, those that are the same together
    #[arg(long)]
    pub(crate) all: bool,
    /// With --all: since when, as a moment or a time before now [default: 7d]
    #[arg(long, value_name = "TIME", requires = "all")]
    pub(crate) since: Option<String>,
    /// Of a log file; - is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["services", "all", "pid", "unit"])]
    pub(crate) log: Option<PathBuf>,
    /// Of a process that Outlast does not guard, alive or ended
    #[arg(long, value_name = "PID", conflicts_with_all = ["services", "all", "unit"])]
    pub(crate) pid: Option<u32>,
    /// Of a unit of systemd
    #[arg(long, value_name = "NAME", conflicts_with_all = ["services", "all"])]
    pub(crate) unit: Option<String>,
    /// What the event log of Windows has of the last 24 hours
    #[arg(long, conflicts_with_all = ["services", "all", "log", "pid", "unit"])]
    pub(crate) event_log: bool,
    /// A table of causes that come before the known ones [default: causes.toml in /etc/outlast or the user's settings]
    #[arg(long, value_name = "FILE")]
    pub(crate) causes: Option<PathBuf>,
    /// Print JSON
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// Print Markdown
    #[arg(long)]
    pub(crate) markdown: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diagnose {
    /// Which: SERVICE=INSTANCE
    pub(crate) incidents: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Sleep {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The file [default: outlast.toml in the current folder]
    #[arg(value_name = "FILE")]
    pub(crate) path: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// An installed guardian, or a file [default: the guardian at hand]
    #[arg(value_name = "GUARDIAN|FILE")]
    pub(crate) what: Option<String>,
    /// Of a file: as a service of this user, not of the machine
    #[arg(long)]
    pub(crate) user: bool,
    /// Of a file: the native manager [default: the one that runs this machine]
    #[arg(long, value_name = "MANAGER")]
    pub(crate) manager: Option<ManagerWord>,
    /// Guide through a test of a guardian that runs, and write the verdict
    #[arg(long, value_name = "TEST")]
    pub(crate) selftest: Option<SelfTestWord>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SelfTestWord {
    /// Lock the screen
    Lock,
    /// Put the machine to sleep
    Sleep,
    /// Log off, and on again
    Logoff,
}

#[derive(Debug, Args)]
pub(crate) struct CompareModes {
    /// How often everything is measured in each mode
    #[arg(long, value_name = "COUNT", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rounds: u32,
    /// Measure in one mode only
    #[arg(long, value_name = "MODE")]
    pub(crate) only: Option<ModeWord>,
    /// Compare with the mode that was written to this file by --only MODE --json; twice: two files
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Vec<PathBuf>,
    /// Make it a service of this user, not of the machine
    #[arg(long)]
    pub(crate) user: bool,
    /// A key of the file's [native] table, for the service, as with `install`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) settings: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeWord {
    /// In this session
    User,
    /// As a native service
    Service,
}

#[derive(Debug, Args)]
pub(crate) struct Measure {
    /// Take orders at the endpoint of the state directory, as a service
    #[arg(long)]
    pub(crate) listen: bool,
    /// What the session's standard input is
    #[arg(long, value_name = "KIND")]
    pub(crate) input: Option<String>,
    /// Attempt this forbidden access, and nothing else
    #[arg(long, value_name = "ACCESS")]
    pub(crate) attempt: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Replace a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// For which shell
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Version {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Verb {
    /// Whether errors are told as JSON, too.
    pub(crate) const fn is_json(&self) -> bool {
        match self {
            Self::Status(Status { json, .. })
            | Self::Start(Change { json, .. })
            | Self::Stop(Change { json, .. })
            | Self::Restart(Change { json, .. })
            | Self::Reload(Reload { json })
            | Self::Logs(Logs { json, .. })
            | Self::Events(Events { json, .. })
            | Self::Check(Check { json, .. })
            | Self::Install(Install {
                how: How { json, .. },
                ..
            })
            | Self::Uninstall(Uninstall { json, .. })
            | Self::List(List { json })
            | Self::Sleep(Sleep { json })
            | Self::Why(Why { json, .. })
            | Self::Doctor(Doctor { json, .. })
            | Self::CompareModes(CompareModes { json, .. })
            | Self::Config(Config {
                act: ConfigAct::Get(ConfigGet { json, .. }) | ConfigAct::Set(ConfigSet { json, .. }),
            })
            | Self::Version(Version { json }) => *json,
            Self::Run(_)
            | Self::Awake(_)
            | Self::Watch(_)
            | Self::Init(_)
            | Self::Schema
            | Self::Completions(_)
            | Self::Services
            | Self::Diagnose(_)
            | Self::Webhook => false,
            Self::Measure(_) => false,
        }
    }
}
