//! `log`.

use schemars::JsonSchema;
use toml::de::DeValue;

use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Place, Size, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// What becomes of a program's output.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum LogSetting {
    Switch(bool),
    Word(LogWord),
    Table(LogKeys),
}

/// The bounds of what is kept, for both streams of one service together.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct LogKeys {
    /// A segment file is closed when it has this many bytes. At most `keep`; if
    /// only `keep` is given and it is smaller than the default, it becomes as
    /// small.
    pub(crate) rotate: Option<Located<Size>>,
    /// All that is kept on disk of this service's output never takes more than
    /// this; the oldest goes first. At least `64KiB`.
    pub(crate) keep: Option<Located<Size>>,
    /// Segments whose last byte is older than this are deleted. `false`: age is
    /// no reason.
    pub(crate) max_age: Option<Located<MaxAge>>,
    /// How long the program may be blocked by a disk that does not take its
    /// output; after that the output is dropped and counted. `0s`: not at all.
    pub(crate) max_block: Option<Located<DurationText>>,
}

impl LogKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "log",
        known: &["rotate", "keep", "max_age", "max_block"],
        later: &[],
    };
}

impl LogSetting {
    /// The bounds, if output is kept at all.
    pub(crate) fn keys(&self) -> Option<LogKeys> {
        match *self {
            Self::Table(keys) => Some(keys),
            Self::Switch(true) => Some(LogKeys::default()),
            Self::Switch(false) | Self::Word(LogWord) => None,
        }
    }
}

/// The word `"inherit"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogWord;

impl Choice for LogWord {
    const EXPECTED: &'static str = "\"inherit\", true, false or a table";
    const WORDS: &'static [(&'static str, Self)] = &[("inherit", Self)];

    fn explain(word: &str) -> Option<String> {
        matches!(word, "none" | "null" | "off" | "discard" | "/dev/null")
            .then(|| "write log = false".to_owned())
    }
}

/// How old output may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MaxAge {
    Any,
    AtMost(DurationText),
}

impl FromToml for MaxAge {
    const EXPECTED: &'static str = "a duration such as \"14d\", or false";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Boolean(false) => Some(Self::Any),
            DeValue::String(_) => DurationText::from_toml(value, place, report).map(Self::AtMost),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

impl FromToml for LogSetting {
    const EXPECTED: &'static str = "a table, true, false or \"inherit\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Boolean(switch) => Some(Self::Switch(switch)),
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Word),
            DeValue::Table(table) => {
                let mut fields = Fields::new(table, LogKeys::KEYS, report);
                let keys = LogKeys {
                    rotate: fields.take("rotate"),
                    keep: fields.take("keep"),
                    max_age: fields.take("max_age"),
                    max_block: fields.take("max_block"),
                };
                fields.finish(|_, _| None);
                Some(Self::Table(keys))
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
