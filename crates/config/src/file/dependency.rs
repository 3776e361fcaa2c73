//! The elements of `depends_on`.

use outlast_model::service::Until;
use schemars::JsonSchema;
use toml::de::DeValue;

use crate::diagnostic::Diagnostic;
use crate::read::{Choice, Fields, FromToml, Keys, Place, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// Another service that has to be there first.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum DependencySetting {
    Name(String),
    Condition(DependencyKeys),
}

/// Another service and how far it has to be.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct DependencyKeys {
    /// Its name.
    pub(crate) service: Located<String>,
    /// How far it has to be: `ready`, or `exited-ok` for one that has a task to
    /// finish, such as a migration.
    pub(crate) until: Option<Located<UntilWord>>,
}

impl DependencyKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "depends_on",
        known: &["service", "until"],
        later: &[],
    };
}

/// How far a dependency has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UntilWord(pub(crate) Until);

impl Choice for UntilWord {
    const EXPECTED: &'static str = "\"ready\" or \"exited-ok\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("ready", Self(Until::Ready)),
        ("exited-ok", Self(Until::ExitedOk)),
    ];
}

impl FromToml for DependencySetting {
    const EXPECTED: &'static str = "a service's name, or a table with `service` and `until`";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(name) => Some(Self::Name(name.into_owned())),
            DeValue::Table(table) => {
                let errors = report.errors();
                let mut fields = Fields::new(table, DependencyKeys::KEYS, report);
                let service = fields.take("service");
                let until = fields.take("until");
                fields.finish(|_, _| None);
                if service.is_none() && report.errors() == errors {
                    let message = "this dependency does not say on which service";
                    report.push(
                        Diagnostic::missing(place.span, message).help("add service = \"NAME\""),
                    );
                }
                Some(Self::Condition(DependencyKeys {
                    service: service?,
                    until,
                }))
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
