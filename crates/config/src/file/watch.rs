//! `watch` and `on_change`.

use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::file::CommandLine;
use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// Which files are watched.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum WatchSetting {
    Paths(Vec<Located<Text>>),
    Table(Box<WatchKeys>),
}

/// Which files are watched, and how.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct WatchKeys {
    /// Files, folders (with all that is in them) and patterns, seen from `dir`; `/`
    /// between names on Windows, too. `*` and `?` stand for characters of a name, `**`
    /// for any number of folders, `[a-z]` for one character, `{a,b}` for either.
    pub(crate) paths: Option<Located<Vec<Located<Text>>>>,
    /// What is not watched, as lines of a `.gitignore` in `dir`: `"*.log"`,
    /// `"/build"`, `"!keep.log"`.
    pub(crate) ignore: Option<Located<Vec<Located<Text>>>>,
    /// Whether what `.gitignore` files name is not watched either. A file or folder that
    /// `paths` names without a pattern is watched all the same.
    pub(crate) gitignore: Option<Located<bool>>,
    /// How long nothing must have changed before something is done; at most fifty times
    /// that is waited for.
    pub(crate) debounce: Option<Located<DurationText>>,
    /// How often the files are looked at though nobody has told of a change.
    pub(crate) poll: Option<Located<DurationText>>,
}

impl WatchKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "watch",
        known: &["paths", "ignore", "gitignore", "debounce", "poll"],
        later: &[],
    };

    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            paths: fields.take("paths"),
            ignore: fields.take("ignore"),
            gitignore: fields.take("gitignore"),
            debounce: fields.take("debounce"),
            poll: fields.take("poll"),
        };
        Fields::whole(table, Self::KEYS, report, take, |_, _| None)
    }
}

impl FromToml for WatchSetting {
    const EXPECTED: &'static str = "a list of paths, or a table with `paths`";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Table(table) => {
                WatchKeys::read(table, report).map(|keys| Self::Table(Box::new(keys)))
            }
            DeValue::Array(_) | DeValue::String(_) => {
                FromToml::from_toml(value, place, report).map(Self::Paths)
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

/// What is done when watched files have changed.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum ChangeSetting {
    Word(ChangeWord),
    Line(#[schemars(with = "Vec<String>")] Located<CommandLine>),
    Command(ChangeKeys),
}

impl ChangeSetting {
    /// The program that runs, or else what is done.
    pub(crate) fn program(self) -> Result<ChangeKeys, ChangeWord> {
        match self {
            Self::Word(word) => Err(word),
            Self::Line(line) => Ok(ChangeKeys {
                command: Some(line),
                timeout: None,
            }),
            Self::Command(keys) => Ok(keys),
        }
    }
}

/// A program that runs when watched files have changed.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ChangeKeys {
    /// The program and its arguments. It runs in the folder, with the environment and
    /// under the account of the service; what it prints is kept as that of a service
    /// called `NAME.on-change`. If it still runs at the next change, it begins anew.
    pub(crate) command: Option<Located<CommandLine>>,
    /// How long it may run (10 min); then it is stopped as the service is.
    pub(crate) timeout: Option<Located<DurationText>>,
}

impl ChangeKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "on_change",
        known: &["command", "timeout"],
        later: &[],
    };

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
pub(crate) enum ChangeWord {
    Restart,
    Reload,
}

impl Choice for ChangeWord {
    const EXPECTED: &'static str = "\"restart\" or \"reload\"";
    const WORDS: &'static [(&'static str, Self)] =
        &[("restart", Self::Restart), ("reload", Self::Reload)];

    fn explain(word: &str) -> Option<String> {
        match word {
            "ignore" | "none" | "nothing" => Some("leave `watch` out".to_owned()),
            _ if word.contains(['/', ' ', '.']) => Some(format!(
                "to run a program, write its words as a list, or {{ command = {word:?} }}"
            )),
            _ => None,
        }
    }
}

impl FromToml for ChangeSetting {
    const EXPECTED: &'static str =
        "\"restart\", \"reload\", the words of a command, or a table with a `command`";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Word),
            DeValue::Array(_) => {
                let span = place.span;
                let line = FromToml::from_toml(value, place, report)?;
                Some(Self::Line(Located::new(line, span)))
            }
            DeValue::Table(table) => ChangeKeys::read(table, report).map(Self::Command),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
