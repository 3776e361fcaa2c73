//! `env` and `inherit_env`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use toml::de::DeValue;

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::{FromToml, Key, Place, kind, wrong_type};
use crate::report::Report;
use crate::source::{Located, Span};

/// Variables by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Variables(pub(crate) BTreeMap<String, String>);

impl FromToml for Variables {
    const EXPECTED: &'static str = "a table of strings";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::Table(table) = value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        let mut variables = BTreeMap::new();
        for (name, value) in table {
            let name_span = Span::from(name.span());
            let name = name.into_inner().into_owned();
            check_name(&name, name_span, report);
            let span = Span::from(value.span());
            if let Some(value) = variable(&name, Located::new(value.into_inner(), span), report) {
                variables.insert(name, value);
            }
        }
        Some(Self(variables))
    }
}

/// A number is refused, although it has an obvious text, because some have
/// two: `0x10`, `1_000` and `1e3` would not arrive as they were written.
fn variable(name: &str, value: Located<DeValue<'_>>, report: &mut Report) -> Option<String> {
    let key = Key { table: "env", name };
    let Located { value, span } = value;
    let written = match &value {
        DeValue::String(_) => return String::from_toml(value, Place { key, span }, report),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(switch) => Some(switch.to_string()),
        _ => None,
    };
    let message = format!("the variable {} must be a string", quoted(name));
    let mut diagnostic =
        Diagnostic::error(span, message).label(format!("this is {}", kind(&value)));
    diagnostic.help = written.map(|written| format!("write \"{written}\""));
    report.push(diagnostic);
    None
}

fn check_name(name: &str, span: Span, report: &mut Report) {
    if name.is_empty() || name.contains(['=', '\0']) {
        report.push(
            Diagnostic::error(span, format!("{} cannot name a variable", quoted(name)))
                .help("a variable's name is not empty and has neither `=` nor NUL in it"),
        );
    }
}

/// Which of the guardian's variables are passed on.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum InheritSetting {
    Switch(bool),
    Named(Vec<Located<String>>),
}

impl FromToml for InheritSetting {
    const EXPECTED: &'static str = "true, false or a list of names";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Boolean(switch) => Some(Self::Switch(switch)),
            DeValue::Array(_) => {
                let names: Vec<Located<String>> = Vec::from_toml(value, place, report)?;
                for name in &names {
                    check_name(&name.value, name.span, report);
                }
                Some(Self::Named(names))
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
