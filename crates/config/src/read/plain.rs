//! Texts, numbers, switches and lists.

use std::time::Duration;

use schemars::JsonSchema;
use toml::de::DeValue;

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::from_toml::{FromToml, Place, located, wrong_type};
use crate::report::Report;
use crate::source::Located;
use crate::{duration, size};

/// Text that can be given to the operating system: not empty and without NUL,
/// which ends every string there.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Text(pub(crate) String);

impl FromToml for Text {
    const EXPECTED: &'static str = "a string";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let text = String::from_toml(value, place, report)?;
        if text.is_empty() {
            let message = format!("{} is empty", place.key);
            report.push(Diagnostic::error(place.span, message).help("remove it, or fill it in"));
            return None;
        }
        Some(Self(text))
    }
}

/// Text in one line for people and for the operating system: not empty, and
/// without control characters, which no list and no unit file can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line(pub(crate) String);

impl FromToml for Line {
    const EXPECTED: &'static str = "a string";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let Text(text) = Text::from_toml(value, place, report)?;
        if text.contains(char::is_control) {
            let message = format!(
                "{} has a line break or another control character",
                place.key
            );
            report.push(
                Diagnostic::error(place.span, message).help("write it in one line of plain text"),
            );
            return None;
        }
        Some(Self(text))
    }
}

/// Text without NUL.
impl FromToml for String {
    const EXPECTED: &'static str = "a string";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::String(text) = value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        if text.contains('\0') {
            let message = format!("{} contains a NUL character", place.key);
            report.push(
                Diagnostic::error(place.span, message)
                    .help("no operating system can pass one to a program; remove it"),
            );
            return None;
        }
        Some(text.into_owned())
    }
}

impl FromToml for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let read = value.as_bool();
        if read.is_none() {
            wrong_type::<Self>(&value, place, report);
        }
        read
    }
}

impl FromToml for i64 {
    const EXPECTED: &'static str = "an integer";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::Integer(integer) = &value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        let read = Self::from_str_radix(integer.as_str(), integer.radix());
        if read.is_err() {
            let message = format!("{} is too large a number", place.key);
            report.push(Diagnostic::error(place.span, message));
        }
        read.ok()
    }
}

impl FromToml for f64 {
    const EXPECTED: &'static str = "a number";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let read = match &value {
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse().ok(),
            _ => None,
        };
        if read.is_none() {
            wrong_type::<Self>(&value, place, report);
        }
        read
    }
}

/// A duration, written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DurationText(pub(crate) Duration);

impl FromToml for DurationText {
    const EXPECTED: &'static str = "a duration such as \"10s\" or \"1m30s\"";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::String(text) = &value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        match duration::parse(text) {
            Ok(duration) => Some(Self(duration)),
            Err(reason) => {
                let message = format!("{} is no duration: {}", place.key, quoted(text));
                report.push(
                    Diagnostic::error(place.span, message)
                        .label(reason.to_string())
                        .help(reason.help()),
                );
                None
            }
        }
    }
}

/// A number of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

impl FromToml for Size {
    const EXPECTED: &'static str = "a size such as \"16MiB\", or a number of bytes";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let written = match &value {
            DeValue::String(text) => text.clone(),
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().into(),
            _ => {
                wrong_type::<Self>(&value, place, report);
                return None;
            }
        };
        match size::parse(&written) {
            Ok(bytes) => Some(Self(bytes)),
            Err(reason) => {
                let message = format!("{} is no size: {}", place.key, quoted(&written));
                report.push(
                    Diagnostic::error(place.span, message)
                        .label(reason.to_string())
                        .help(reason.help()),
                );
                None
            }
        }
    }
}

impl<T: FromToml> FromToml for Vec<Located<T>> {
    const EXPECTED: &'static str = "a list";

    /// Elements that were refused are left out, so that the others are checked.
    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::Array(array) = value else {
            let found = match &value {
                DeValue::String(text) => Some(format!("write [{:?}]", text.as_ref())),
                DeValue::Integer(integer) => Some(format!("write [{integer}]")),
                _ => None,
            };
            let message = format!("{} must be {}", place.key, Self::EXPECTED);
            let mut diagnostic = Diagnostic::error(place.span, message)
                .label(format!("this is {}", super::kind(&value)));
            diagnostic.help = found;
            report.push(diagnostic);
            return None;
        };
        let elements = array.into_iter();
        Some(
            elements
                .filter_map(|element| located(element, place.key, report))
                .collect(),
        )
    }
}
