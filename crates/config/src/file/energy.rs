//! `sleep` and `throttle`.

use outlast_model::service::{SleepPolicy, SleepWhile, ThrottlePolicy};
use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::read::{Choice, Fields, FromToml, Keys, Place, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// Whether the machine may sleep while a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SleepWord(pub(crate) SleepPolicy);

impl Choice for SleepWord {
    const EXPECTED: &'static str = "\"allow\", \"inhibit\" or \"inhibit-on-ac\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        (SleepPolicy::Allow.word(), Self(SleepPolicy::Allow)),
        (SleepPolicy::Inhibit.word(), Self(SleepPolicy::Inhibit)),
        (
            SleepPolicy::InhibitOnAc.word(),
            Self(SleepPolicy::InhibitOnAc),
        ),
    ];

    fn explain(word: &str) -> Option<String> {
        let meant = match word {
            "never" | "prevent" | "block" => "inhibit",
            "on-ac" | "prevent-on-ac" | "inhibit-on-mains" => "inhibit-on-ac",
            _ => return None,
        };
        Some(format!("write `{meant}`"))
    }
}

/// Whether the machine may sleep, in one word or in two.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum SleepSetting {
    Word(SleepWord),
    Table(SleepKeys),
}

/// Whether the machine may sleep, and when.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct SleepKeys {
    /// `inhibit` or `inhibit-on-ac`, as in one word.
    pub(crate) policy: Option<Located<SleepWord>>,
    /// `running`; or `busy`: only while the program says so, by `X_OUTLAST_BUSY=1` and
    /// `X_OUTLAST_BUSY=0` in the way of `sd_notify(3)` (Linux, Windows).
    #[schemars(rename = "while")]
    pub(crate) lasts: Option<Located<WhileWord>>,
}

impl SleepKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "sleep",
        known: &["policy", "while"],
        later: &[],
    };

    fn read(table: DeTable<'_>, report: &mut Report) -> Self {
        let mut fields = Fields::new(table, Self::KEYS, report);
        let keys = Self {
            policy: fields.take("policy"),
            lasts: fields.take("while"),
        };
        fields.finish(|_, _| None);
        keys
    }
}

impl FromToml for SleepSetting {
    const EXPECTED: &'static str = "\"allow\", \"inhibit\", \"inhibit-on-ac\" or a table";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Word),
            DeValue::Table(table) => Some(Self::Table(SleepKeys::read(table, report))),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

/// While what lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WhileWord(pub(crate) SleepWhile);

impl Choice for WhileWord {
    const EXPECTED: &'static str = "\"running\" or \"busy\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("running", Self(SleepWhile::Running)),
        ("busy", Self(SleepWhile::Busy)),
    ];
}

/// Whether a program may be slowed down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThrottleWord(pub(crate) ThrottlePolicy);

impl Choice for ThrottleWord {
    const EXPECTED: &'static str = "\"allow\" or \"never\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("allow", Self(ThrottlePolicy::Allow)),
        ("never", Self(ThrottlePolicy::Never)),
    ];
}
