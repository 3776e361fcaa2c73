//! `on_failure`.

use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::Diagnostic;
use crate::file::{CommandLine, WebhookSetting};
use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// What is done when a service has failed and is not tried again.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum OnFailureSetting {
    Word(OnFailureWord),
    Table(Box<OnFailureKeys>),
}

/// All that is named is done.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct OnFailureKeys {
    /// The program and its arguments. It runs once, in the folder, with the
    /// environment and under the account of the service. It finds the name of that
    /// in `OUTLAST_FAILED_SERVICE`, and while it is failed more in
    /// `OUTLAST_FAILED_REASON`, `…_EXIT`, `…_RESTARTS` and `…_AT` (RFC 3339); why it
    /// has ended, if that is found out within 3 s, in `…_CAUSE`, `…_WHY` (a sentence) and
    /// `…_CONFIDENCE` (high, medium, low); the guardian's name in `OUTLAST_GUARDIAN`; what it prints is kept as that of a
    /// service called `NAME.on-failure`.
    pub(crate) command: Option<Located<CommandLine>>,
    /// How long it may run (1 min); then it is stopped as the service is.
    pub(crate) timeout: Option<Located<DurationText>>,
    /// Who is told by HTTP: a POST of JSON that says which service has failed, of
    /// which guardian on which machine, and why, in words that chat programs show
    /// (`text`, `content`) and one by one. Its verdict may quote what the program said
    /// last, so it goes to whom the logs may be shown. An address (`https://…`), or a table that
    /// says where it comes from, as `secret` has them: `{ file = … }`, `{ env = … }`,
    /// `{ keyring = … }`, `{ command = … }`. `curl` sends it, under the guardian's
    /// account, within a minute; what came of it is kept as of a service called
    /// `NAME.webhook`.
    pub(crate) webhook: Option<Located<WebhookSetting>>,
    /// Another service that is started, unless it has failed itself.
    pub(crate) start: Option<Located<Text>>,
    /// Whether the machine is restarted, as the last resort: announced a minute
    /// before, by the guardian's account, and not within the first ten minutes
    /// of the guardian, so that it does not happen again and again.
    pub(crate) reboot: Option<Located<bool>>,
}

impl OnFailureKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "on_failure",
        known: &["command", "timeout", "webhook", "start", "reboot"],
        later: &[],
    };

    /// All or nothing: half of it is not what was meant.
    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            command: fields.take("command"),
            timeout: fields.take("timeout"),
            webhook: fields.take("webhook"),
            start: fields.take("start"),
            reboot: fields.take("reboot"),
        };
        Fields::whole(table, Self::KEYS, report, take, |_, _| None)
    }
}

/// Nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnFailureWord {
    Ignore,
}

impl Choice for OnFailureWord {
    const EXPECTED: &'static str = "\"ignore\"";
    const WORDS: &'static [(&'static str, Self)] = &[("ignore", Self::Ignore)];

    fn explain(word: &str) -> Option<String> {
        match word {
            "none" | "nothing" | "no" => Some("write `ignore`".to_owned()),
            "reboot" | "restart" => Some("write { reboot = true }".to_owned()),
            _ => Some(format!(
                "to run a program, write {{ command = [{word:?}] }}; to start a service, {{ start = {word:?} }}"
            )),
        }
    }
}

impl FromToml for OnFailureSetting {
    const EXPECTED: &'static str =
        "\"ignore\" or a table with `command`, `webhook`, `start` or `reboot`";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(text) if text.contains("://") => {
                let message = format!("{} has no address for a value", place.key);
                report.push(
                    Diagnostic::error(place.span, message)
                        .help("write { webhook = \"https://…\" }"),
                );
                None
            }
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Word),
            DeValue::Table(table) => {
                OnFailureKeys::read(table, report).map(|keys| Self::Table(Box::new(keys)))
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
