//! `native`.

use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, quoted};
use crate::native::{Account, Network, Sandbox, Start};
use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Line, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::Located;
use crate::suggest;

/// How the operating system's own service manager keeps the guardian.
#[derive(Clone, Debug, Default, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct NativeTable {
    /// The name that people see in lists, where the manager has one beside the
    /// guardian's name. Default: made from that name.
    pub(crate) display_name: Option<Located<Line>>,
    /// One line for people. Default: one that says which guardian it is.
    pub(crate) description: Option<Located<Line>>,
    /// When the guardian is started: `auto` (with the machine), `delayed` (with
    /// the machine, after the others), `manual` (when it is asked for),
    /// `disabled` (not at all), or `{ trigger = … }`.
    pub(crate) start: Option<Located<StartSetting>>,
    /// Whom the guardian runs as: an account's name, or `system` (root,
    /// LocalSystem), `virtual` (Windows' account of just this service),
    /// `local-service`, `network-service` (both Windows), `dynamic` (a user
    /// that systemd makes). A name that ends in `$` is a group managed service
    /// account. A password is never written here; `outlast install` asks for it.
    pub(crate) account: Option<Located<AccountText>>,
    /// Further Unix groups of that account, for this guardian only.
    pub(crate) groups: Option<Located<Vec<Located<Line>>>>,
    /// Linux capabilities that the guardian and its services have without being
    /// root, by their names in capabilities(7): `"CAP_NET_BIND_SERVICE"`.
    pub(crate) capabilities: Option<Located<Vec<Located<Capability>>>>,
    /// How far the guardian and its services are shut off from the rest of the
    /// system: `off`, `modest` (from what they have no business with and will
    /// not miss), `strict` (from everything but the state directory).
    pub(crate) sandbox: Option<Located<Sandbox>>,
    /// Native services, by the manager's own names, that run before the
    /// guardian does.
    pub(crate) depends_on: Option<Located<Vec<Located<Line>>>>,
    /// `online`: the guardian is started when the machine has a working
    /// network. `unneeded`: it does not wait.
    pub(crate) network: Option<Located<Network>>,
    /// How long the manager waits before it starts a guardian again that has
    /// ended unasked. Services are restarted by the guardian itself, see
    /// `restart`.
    pub(crate) restart_delay: Option<Located<DurationText>>,
    /// A guardian that gives no sign of life for this long is started anew, by
    /// managers that watch (systemd). `false`: it is not watched. At least `1s`.
    pub(crate) watchdog: Option<Located<WatchdogSetting>>,
    /// How long the guardian may take to end before the manager kills it with
    /// everything that it has started. Default: the longest chain of the
    /// services' stop sequences, and 10 seconds.
    pub(crate) stop_timeout: Option<Located<DurationText>>,
}

impl NativeTable {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "native",
        known: &[
            "display_name",
            "description",
            "start",
            "account",
            "groups",
            "capabilities",
            "sandbox",
            "depends_on",
            "network",
            "restart_delay",
            "watchdog",
            "stop_timeout",
        ],
        later: &[],
    };
}

impl FromToml for NativeTable {
    const EXPECTED: &'static str = "a table";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::Table(table) = value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        let mut fields = Fields::new(table, Self::KEYS, report);
        let keys = Self {
            display_name: fields.take("display_name"),
            description: fields.take("description"),
            start: fields.take("start"),
            account: fields.take("account"),
            groups: fields.take("groups"),
            capabilities: fields.take("capabilities"),
            sandbox: fields.take("sandbox"),
            depends_on: fields.take("depends_on"),
            network: fields.take("network"),
            restart_delay: fields.take("restart_delay"),
            watchdog: fields.take("watchdog"),
            stop_timeout: fields.take("stop_timeout"),
        };
        fields.finish(other_words);
        Some(keys)
    }
}

/// What other tools call these things.
fn other_words(key: &str, _: &DeValue<'_>) -> Option<String> {
    let said = match key {
        "name" => {
            "the guardian's `name` stands at the top of the file; the native service has it too"
        }
        "password" => "a password is never in a file: `outlast install` asks for it",
        "user" | "username" => "it is called `account` here",
        "env" | "environment" => "variables belong into [services.NAME], or into [defaults]",
        "after" | "requires" | "dependencies" => "it is called `depends_on` here",
        _ => return None,
    };
    Some(said.to_owned())
}

/// `start`.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum StartSetting {
    Word(StartWord),
    Trigger(TriggerKeys),
}

/// What starts the guardian.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct TriggerKeys {
    /// `network`: the machine gets its first address. `path`: the file or folder
    /// `path` comes into being.
    pub(crate) trigger: Located<TriggerWord>,
    /// See `trigger`; a relative one counts from the file's folder.
    pub(crate) path: Option<Located<Text>>,
}

impl TriggerKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "start",
        known: &["trigger", "path"],
        later: &[],
    };

    fn read(table: DeTable<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let errors = report.errors();
        let mut fields = Fields::new(table, Self::KEYS, report);
        let trigger = fields.take("trigger");
        let path = fields.take("path");
        fields.finish(|_, _| None);
        if trigger.is_none() && report.errors() == errors {
            let message = "`native.start` does not say what starts the guardian";
            report.push(
                Diagnostic::missing(place.span, message).help(
                    "write { trigger = \"network\" } or { trigger = \"path\", path = \"…\" }",
                ),
            );
        }
        Some(Self {
            trigger: trigger?,
            path,
        })
    }
}

impl FromToml for StartSetting {
    const EXPECTED: &'static str =
        "\"auto\", \"delayed\", \"manual\", \"disabled\" or a table with `trigger`";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Word),
            DeValue::Table(table) => TriggerKeys::read(table, place, report).map(Self::Trigger),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

/// The words of `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartWord {
    Auto,
    Delayed,
    Manual,
    Disabled,
}

impl StartWord {
    /// What the word means.
    pub(crate) fn meaning(self) -> Start {
        match self {
            Self::Auto => Start::Auto,
            Self::Delayed => Start::Delayed,
            Self::Manual => Start::Manual,
            Self::Disabled => Start::Disabled,
        }
    }
}

impl Choice for StartWord {
    const EXPECTED: &'static str = <StartSetting as FromToml>::EXPECTED;
    const WORDS: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("delayed", Self::Delayed),
        ("manual", Self::Manual),
        ("disabled", Self::Disabled),
    ];

    fn explain(word: &str) -> Option<String> {
        let meant = match word {
            "automatic" | "boot" | "enabled" => "auto",
            "delayed-auto" => "delayed",
            "demand" | "on-demand" => "manual",
            "network" => return Some("write { trigger = \"network\" }".to_owned()),
            _ => return None,
        };
        Some(format!("write `{meant}`"))
    }
}

/// The words of `start.trigger`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TriggerWord {
    Network,
    Path,
}

impl Choice for TriggerWord {
    const EXPECTED: &'static str = "\"network\" or \"path\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("network", Self::Network), ("path", Self::Path)];
}

/// `account`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AccountText(pub(crate) Account);

impl FromToml for AccountText {
    const EXPECTED: &'static str = "an account's name";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let Line(name) = Line::from_toml(value, place, report)?;
        if let Some(word) = word_for(&name) {
            let message = format!("`native.account` cannot be {}", quoted(&name));
            report.push(Diagnostic::error(place.span, message).help(format!("write `{word}`")));
            return None;
        }
        Some(Self(match name.as_str() {
            "system" => Account::System,
            "local-service" => Account::LocalService,
            "network-service" => Account::NetworkService,
            "virtual" => Account::Virtual,
            "dynamic" => Account::Dynamic,
            name if name.ends_with('$') => Account::Managed(name.to_owned()),
            name => Account::Named(name.to_owned()),
        }))
    }
}

/// The word for an account that people know by another one, or write with
/// capitals.
fn word_for(name: &str) -> Option<&'static str> {
    let folded = name.to_lowercase();
    let bare = folded.rsplit('\\').next().unwrap_or_default();
    let word = match bare {
        "system" | "localsystem" => "system",
        "local-service" | "localservice" | "local service" => "local-service",
        "network-service" | "networkservice" | "network service" => "network-service",
        "virtual" => "virtual",
        "dynamic" => "dynamic",
        _ if folded.starts_with("nt service\\") => "virtual",
        _ => return None,
    };
    (word != name).then_some(word)
}

/// A capability by its name in capabilities(7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capability(pub(crate) &'static str);

impl Capability {
    /// The kernel's number of it.
    pub(crate) fn number(self) -> usize {
        let number = CAPABILITIES.iter().position(|name| *name == self.0);
        number.expect("a name from that list")
    }
}

/// Those of Linux 6.x (`linux/capability.h`), in its order.
const CAPABILITIES: [&str; 41] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

impl Choice for Capability {
    const EXPECTED: &'static str = "a capability such as \"CAP_NET_BIND_SERVICE\"";
    const WORDS: &'static [(&'static str, Self)] = &{
        let mut words = [("", Self("")); CAPABILITIES.len()];
        let mut index = 0;
        while index < words.len() {
            words[index] = (CAPABILITIES[index], Self(CAPABILITIES[index]));
            index += 1;
        }
        words
    };

    fn explain(word: &str) -> Option<String> {
        let upper = word.to_uppercase();
        let full = format!("CAP_{}", upper.trim_start_matches("CAP_"));
        if CAPABILITIES.contains(&full.as_str()) {
            return Some(format!("write `{full}`"));
        }
        let near = suggest::nearest(word, CAPABILITIES).is_some();
        (!near).then(|| "capabilities(7) has the names".to_owned())
    }
}

impl Choice for Sandbox {
    const EXPECTED: &'static str = "\"off\", \"modest\" or \"strict\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("off", Self::Off),
        ("modest", Self::Modest),
        ("strict", Self::Strict),
    ];
}

impl Choice for Network {
    const EXPECTED: &'static str = "\"online\" or \"unneeded\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("online", Self::Online), ("unneeded", Self::Unneeded)];
}

/// `watchdog`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WatchdogSetting {
    Off,
    Every(DurationText),
}

impl FromToml for WatchdogSetting {
    const EXPECTED: &'static str = "a duration such as \"30s\", or false";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Boolean(false) => Some(Self::Off),
            DeValue::String(_) => DurationText::from_toml(value, place, report).map(Self::Every),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
