//! The list of cases.

use serde::Deserialize;

const LIST: &str = include_str!("cases.toml");

/// A service that is run once. `cases.toml` tells what each key means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) command: Vec<String>,
    pub(crate) cause: Vec<String>,
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    #[serde(default)]
    pub(crate) keys: String,
    #[serde(default)]
    pub(crate) then: Option<Then>,
    #[serde(default = "yes")]
    pub(crate) sure: bool,
}

/// What is done to it once it is ready.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) enum Then {
    /// Somebody sends its process these signals, one after the other.
    Kill(Vec<String>),
    /// It is stopped by command.
    Stop,
}

#[derive(Deserialize)]
struct List {
    case: Vec<Case>,
}

const fn yes() -> bool {
    true
}

impl From<String> for Then {
    fn from(text: String) -> Self {
        match text.strip_prefix("kill ") {
            Some(signals) => Self::Kill(signals.split(' ').map(str::to_owned).collect()),
            None => Self::Stop,
        }
    }
}

/// All of them, or those that `OUTLAST_CORPUS_ONLY` names.
pub(crate) fn all() -> Vec<Case> {
    let list: List = ::toml::from_str(LIST).expect("the list of cases is in order");
    let only = std::env::var("OUTLAST_CORPUS_ONLY").unwrap_or_default();
    let is_wanted =
        |case: &Case| only.is_empty() || only.split(',').any(|part| case.name.contains(part));
    list.case.into_iter().filter(is_wanted).collect()
}

impl Case {
    /// Whether something is to be found at all.
    pub(crate) fn is_incident(&self) -> bool {
        !self.cause.is_empty()
    }

    /// Whether `word`, as `$word`, stands in it.
    pub(crate) fn speaks_of(&self, word: &str) -> bool {
        let word = format!("${word}");
        self.keys.contains(&word) || self.command.iter().any(|part| part.contains(&word))
    }
}
