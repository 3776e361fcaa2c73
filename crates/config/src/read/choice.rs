//! Values that are one of several words.

use schemars::Schema;
use toml::de::DeValue;

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::from_toml::{FromToml, Place, wrong_type};
use crate::report::Report;
use crate::suggest;

/// A type with one word for each value.
pub(crate) trait Choice: Copy + 'static {
    /// See [`FromToml::EXPECTED`].
    const EXPECTED: &'static str;

    /// The words, in the order in which they are shown.
    const WORDS: &'static [(&'static str, Self)];

    /// What to say about a word that is near no known one.
    fn explain(_word: &str) -> Option<String> {
        None
    }
}

impl<T: Choice> FromToml for T {
    const EXPECTED: &'static str = <T as Choice>::EXPECTED;

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::String(word) = &value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        let found = T::WORDS.iter().find(|(known, _)| known == word);
        if found.is_none() {
            report.push(unknown::<T>(word, place));
        }
        found.map(|&(_, value)| value)
    }
}

fn unknown<T: Choice>(word: &str, place: Place<'_>) -> Diagnostic {
    let message = format!("{} cannot be {}", place.key, quoted(word));
    let diagnostic = Diagnostic::error(place.span, message);
    let words = || T::WORDS.iter().map(|&(word, _)| word);
    if let Some(explanation) = T::explain(word) {
        return diagnostic.help(explanation);
    }
    match suggest::nearest(word, words()) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => {
            let all: Vec<&str> = words().collect();
            diagnostic.help(format!("it is one of: {}", all.join(", ")))
        }
    }
}

/// The schema of a choice.
pub(crate) fn choice_schema<T: Choice>() -> Schema {
    let words: Vec<&str> = T::WORDS.iter().map(|&(word, _)| word).collect();
    schemars::json_schema!({ "type": "string", "enum": words })
}
