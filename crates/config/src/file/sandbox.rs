//! `sandbox`.

use outlast_model::sandbox::Preset;
use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::read::{Choice, Fields, FromToml, Keys, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// How far a service is shut off, in one word or with exceptions.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum SandboxSetting {
    Word(PresetWord),
    Table(SandboxKeys),
}

/// A preset and its exceptions.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct SandboxKeys {
    /// `default` or `strict`, as in one word.
    pub(crate) preset: Option<Located<PresetWord>>,
    /// Folders that the program may read although the preset hides them; relative ones
    /// count from the file's folder.
    pub(crate) read: Option<Located<Vec<Located<Text>>>>,
    /// Folders that it may change although the preset forbids it. The service's `dir`
    /// is always one, unless it is `/`.
    pub(crate) write: Option<Located<Vec<Located<Text>>>>,
}

impl SandboxKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "sandbox",
        known: &["preset", "read", "write"],
        later: &["network"],
    };

    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            preset: fields.take("preset"),
            read: fields.take("read"),
            write: fields.take("write"),
        };
        Fields::whole(table, Self::KEYS, report, take, |_, _| None)
    }
}

impl FromToml for SandboxSetting {
    const EXPECTED: &'static str = "\"off\", \"default\", \"strict\" or a table";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Word),
            DeValue::Table(table) => SandboxKeys::read(table, report).map(Self::Table),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

/// A preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PresetWord(pub(crate) Preset);

impl Choice for PresetWord {
    const EXPECTED: &'static str = "\"off\", \"default\" or \"strict\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        (Preset::Off.word(), Self(Preset::Off)),
        (Preset::Default.word(), Self(Preset::Default)),
        (Preset::Strict.word(), Self(Preset::Strict)),
    ];
}
