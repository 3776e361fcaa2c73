//! `command`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use toml::de::DeValue;

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::{FromToml, Place, wrong_type};
use crate::report::Report;
use crate::source::Located;
use crate::words;

/// A program and its arguments; never empty.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CommandLine {
    pub(crate) program: Located<String>,
    pub(crate) arguments: Vec<String>,
}

impl FromToml for CommandLine {
    const EXPECTED: &'static str = "a list of strings, or one string";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let words = match value {
            DeValue::Array(_) => listed_words(value, place, report)?,
            DeValue::String(_) => split_words(value, place, report)?,
            other => {
                wrong_type::<Self>(&other, place, report);
                return None;
            }
        };
        let mut words = words.into_iter();
        match words.next() {
            Some(program) if !program.value.is_empty() => Some(Self {
                program,
                arguments: words.map(|word| word.value).collect(),
            }),
            Some(Located { span, .. }) => {
                report.push(empty(Diagnostic::error(
                    span,
                    "the program's name is empty",
                )));
                None
            }
            None => {
                report.push(empty(Diagnostic::error(place.span, "the command is empty")));
                None
            }
        }
    }
}

fn empty(diagnostic: Diagnostic) -> Diagnostic {
    diagnostic.help("name the program to run, as in command = [\"./server\", \"--port\", \"8080\"]")
}

/// All or nothing: a command without one of its words is another command.
fn listed_words(
    value: DeValue<'_>,
    place: Place<'_>,
    report: &mut Report,
) -> Option<Vec<Located<String>>> {
    let errors = report.errors();
    let words = Vec::from_toml(value, place, report)?;
    (report.errors() == errors).then_some(words)
}

fn split_words(
    value: DeValue<'_>,
    place: Place<'_>,
    report: &mut Report,
) -> Option<Vec<Located<String>>> {
    let line = String::from_toml(value, place, report)?;
    let Ok(words) = words::split(&line) else {
        report.push(
            Diagnostic::error(place.span, "a quote in the command is never closed")
                .help("close it, or write the command as a list of strings"),
        );
        return None;
    };
    if let Some(operator) = words.iter().find(|word| words::is_operator(word)) {
        let message = format!(
            "no shell is run: {} is passed on as an argument",
            quoted(operator)
        );
        report.push(
            Diagnostic::warning(place.span, message)
                .help("write the command as a list, or run a shell: [\"sh\", \"-c\", \"…\"]"),
        );
    }
    Some(
        words
            .into_iter()
            .map(|word| Located::new(word, place.span))
            .collect(),
    )
}

impl JsonSchema for CommandLine {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "CommandLine".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "array", "items": { "type": "string" }, "minItems": 1 },
                { "type": "string", "minLength": 1 },
            ]
        })
    }
}
