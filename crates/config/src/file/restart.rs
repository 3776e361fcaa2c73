//! `restart`.

use outlast_model::service::RestartWhen;
use schemars::JsonSchema;
use toml::de::DeValue;

use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Place, wrong_type};
use crate::report::Report;
use crate::source::{Located, Span};

/// When and how fast a program is started again.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum RestartSetting {
    Policy(RestartWord),
    Table(RestartKeys),
}

/// When and how fast a program is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct RestartKeys {
    /// After which ends: `always` (any that nobody asked for), `on-failure`
    /// (any that is no success), `never`.
    pub(crate) policy: Option<Located<RestartWord>>,
    /// How long to wait before the first restart. If it is longer than the
    /// default of `max_delay`, `max_delay` becomes as long.
    pub(crate) delay: Option<Located<DurationText>>,
    /// No wait is longer than this. If it is shorter than the default of
    /// `delay`, `delay` becomes as short.
    pub(crate) max_delay: Option<Located<DurationText>>,
    /// What each wait is multiplied by to give the next; at least 1.
    pub(crate) factor: Option<Located<f64>>,
    /// The largest share of a wait that chance may add; from 0 to 1.
    pub(crate) jitter: Option<Located<f64>>,
    /// After an instance that ran at least this long the waits begin anew.
    /// Where its health is watched, it has to have been well for so long on
    /// end.
    pub(crate) reset_after: Option<Located<DurationText>>,
    /// How many starts, manual ones included, are made within `window` before
    /// the service counts as failed. So many failures of health in a row end
    /// in that, too, however long they take. `0`: never give up.
    pub(crate) limit: Option<Located<i64>>,
    /// See `limit`.
    pub(crate) window: Option<Located<DurationText>>,
}

impl RestartKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "restart",
        known: &[
            "policy",
            "delay",
            "max_delay",
            "factor",
            "jitter",
            "reset_after",
            "limit",
            "window",
        ],
        later: &[],
    };
}

impl RestartSetting {
    /// A bare word as the table that it stands for.
    pub(crate) fn keys(&self) -> RestartKeys {
        match *self {
            Self::Table(keys) => keys,
            Self::Policy(policy) => RestartKeys {
                policy: Some(Located::new(policy, Span::START)),
                ..RestartKeys::default()
            },
        }
    }
}

/// After which ends a program is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RestartWord(pub(crate) RestartWhen);

impl Choice for RestartWord {
    const EXPECTED: &'static str = "\"always\", \"on-failure\" or \"never\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("always", Self(RestartWhen::Always)),
        ("on-failure", Self(RestartWhen::OnFailure)),
        ("never", Self(RestartWhen::Never)),
    ];

    fn explain(word: &str) -> Option<String> {
        let meant = match word {
            "no" => "never",
            "unless-stopped" | "yes" => "always",
            "on-abnormal" | "on-abort" | "on-error" => "on-failure",
            _ => return None,
        };
        Some(format!("write `{meant}`"))
    }
}

impl FromToml for RestartSetting {
    const EXPECTED: &'static str = "\"always\", \"on-failure\", \"never\" or a table";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Policy),
            DeValue::Table(table) => {
                let mut fields = Fields::new(table, RestartKeys::KEYS, report);
                let keys = RestartKeys {
                    policy: fields.take("policy"),
                    delay: fields.take("delay"),
                    max_delay: fields.take("max_delay"),
                    factor: fields.take("factor"),
                    jitter: fields.take("jitter"),
                    reset_after: fields.take("reset_after"),
                    limit: fields.take("limit"),
                    window: fields.take("window"),
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
