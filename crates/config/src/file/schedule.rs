//! `schedule`.

use outlast_model::schedule::{CatchUp, Cron};
use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::cron::{InvalidCron, cron};
use crate::diagnostic::{Diagnostic, quoted};
use crate::read::{Choice, DurationText, Fields, FromToml, Keys, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::{Located, Span};

/// The times at which a service is started.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum ScheduleSetting {
    Times(CronText),
    Table(ScheduleKeys),
}

/// The times at which a service is started.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct ScheduleKeys {
    /// The times, as `crontab(5)` has them: minute, hour, day of the month, month and
    /// day of the week, or one of `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    /// A schedule needs them.
    pub(crate) cron: Option<Located<CronText>>,
    /// The time zone that they are meant in, by its IANA name (`Europe/Berlin`, `UTC`).
    pub(crate) zone: Option<Located<Text>>,
    /// What becomes of runs whose time has passed, because the machine slept or the
    /// clock was set: `once`, one run makes up for all of them, at once; `skip`, none
    /// does. Those that fell into a time without a guardian are not known.
    pub(crate) catch_up: Option<Located<CatchUpWord>>,
    /// How long a run may take; then it is stopped, and has failed.
    pub(crate) timeout: Option<Located<DurationText>>,
}

impl ScheduleKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "schedule",
        known: &["cron", "zone", "catch_up", "timeout"],
        later: &[],
    };

    /// All or nothing: half of it is not what was meant.
    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            cron: fields.take("cron"),
            zone: fields.take("zone"),
            catch_up: fields.take("catch_up"),
            timeout: fields.take("timeout"),
        };
        Fields::whole(table, Self::KEYS, report, take, |key, _| match key {
            "overlap" | "concurrency" => {
                Some("a run that is due while another is under way is always left out".to_owned())
            }
            "time_zone" | "timezone" | "tz" => Some("write `zone`".to_owned()),
            "persistent" => Some(
                "runs that fell into a time without a guardian are not known; see `catch_up`"
                    .to_owned(),
            ),
            _ => None,
        })
    }
}

/// The times of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CronText(pub(crate) Cron);

impl FromToml for CronText {
    const EXPECTED: &'static str = "a string such as \"30 2 * * *\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let text = match &value {
            DeValue::String(text) => text.clone().into_owned(),
            _ => {
                wrong_type::<Self>(&value, place, report);
                return None;
            }
        };
        match cron(&text) {
            Ok(cron) => Some(Self(cron)),
            Err(error) => {
                report.push(refused(&text, error, place));
                None
            }
        }
    }
}

fn refused(text: &str, error: InvalidCron, place: Place<'_>) -> Diagnostic {
    let message = format!("{} is no schedule: {}", place.key, quoted(text));
    Diagnostic::error(within(place.span, text, &error), message)
        .label(error.reason)
        .help(error.help)
}

/// The part that is to blame, if the text stands in the file as it is: between two
/// quotes and without escapes.
fn within(whole: Span, text: &str, error: &InvalidCron) -> Span {
    let range = whole.range();
    if range.len() != text.len() + 2 || error.at.is_empty() {
        return whole;
    }
    let start = range.start + 1;
    Span::from(start + error.at.start..start + error.at.end)
}

/// What becomes of missed runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CatchUpWord(pub(crate) CatchUp);

impl Choice for CatchUpWord {
    const EXPECTED: &'static str = "\"once\" or \"skip\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        (CatchUp::Once.word(), Self(CatchUp::Once)),
        (CatchUp::Skip.word(), Self(CatchUp::Skip)),
    ];

    fn explain(word: &str) -> Option<String> {
        match word {
            "none" | "no" | "never" => Some("write `skip`".to_owned()),
            "all" | "always" => Some(
                "write `once`: one run makes up for all, and a guardian does not know what fell into a time before it"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

impl FromToml for ScheduleSetting {
    const EXPECTED: &'static str = "a string such as \"30 2 * * *\", or a table with `cron`";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => FromToml::from_toml(value, place, report).map(Self::Times),
            DeValue::Table(table) => ScheduleKeys::read(table, report).map(Self::Table),
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
