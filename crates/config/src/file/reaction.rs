//! `on_suspend`, `on_resume`, `on_lock`, `on_unlock` and `on_logoff`.

use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::file::CommandLine;
use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Place, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// What is done about a running service on an occasion.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum ReactionSetting {
    Word(ReactionWord),
    Command(ReactionKeys),
}

/// A program that runs on an occasion.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ReactionKeys {
    /// The program and its arguments. It runs once, in the folder, with the
    /// environment and under the account of the service; what it prints is kept
    /// as that of a service called `NAME.on-suspend`, `NAME.on-resume` and so on.
    pub(crate) command: Option<Located<CommandLine>>,
    /// How long it may run (5 s); then it is stopped as the service is.
    pub(crate) timeout: Option<Located<DurationText>>,
}

impl ReactionKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "on_…",
        known: &["command", "timeout"],
        later: &[],
    };

    /// All or nothing: half a reaction is none.
    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            command: fields.take("command"),
            timeout: fields.take("timeout"),
        };
        Fields::whole(table, Self::KEYS, report, take, |_, _| None)
    }
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReactionWord {
    Ignore,
    Stop,
    Restart,
    Reload,
}

impl Choice for ReactionWord {
    const EXPECTED: &'static str = "\"ignore\", \"stop\", \"restart\" or \"reload\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("ignore", Self::Ignore),
        ("stop", Self::Stop),
        ("restart", Self::Restart),
        ("reload", Self::Reload),
    ];

    fn explain(word: &str) -> Option<String> {
        match word {
            "none" | "nothing" | "no" => Some("write `ignore`".to_owned()),
            "kill" | "pause" | "suspend" => Some("write `stop`".to_owned()),
            _ if word.contains(['/', ' ']) => {
                Some(format!("to run a program, write {{ command = {word:?} }}"))
            }
            _ => None,
        }
    }
}

impl FromToml for ReactionSetting {
    const EXPECTED: &'static str =
        "\"ignore\", \"stop\", \"restart\", \"reload\" or a table with a `command`";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Word),
            DeValue::Table(table) => ReactionKeys::read(table, report).map(Self::Command),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
