//! How a type reads itself from a TOML value.

use std::fmt;

use toml::Spanned;
use toml::de::DeValue;

use crate::diagnostic::Diagnostic;
use crate::report::Report;
use crate::source::{Located, Span};

/// A type that a user writes as a TOML value.
pub(crate) trait FromToml: Sized {
    /// What the user should have written; fits after "must be".
    const EXPECTED: &'static str;

    /// Reads `value`; `None` means that the reason was reported.
    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self>;
}

/// Where a value stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) key: Key<'a>,
    pub(crate) span: Span,
}

/// A key as messages name it: with its table, without the service.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) table: &'a str,
    pub(crate) name: &'a str,
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.table {
            "" => write!(f, "`{}`", self.name),
            table => write!(f, "`{table}.{}`", self.name),
        }
    }
}

/// Reads `value` and remembers where it stands.
pub(crate) fn located<T: FromToml>(
    value: Spanned<DeValue<'_>>,
    key: Key<'_>,
    report: &mut Report,
) -> Option<Located<T>> {
    let span = Span::from(value.span());
    T::from_toml(value.into_inner(), Place { key, span }, report)
        .map(|value| Located::new(value, span))
}

/// Reports that `value` has the wrong type for a `T`.
pub(crate) fn wrong_type<T: FromToml>(value: &DeValue<'_>, place: Place<'_>, report: &mut Report) {
    let message = format!("{} must be {}", place.key, T::EXPECTED);
    report.push(Diagnostic::error(place.span, message).label(format!("this is {}", kind(value))));
}

pub(crate) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
