//! What a self-test has come to.

use outlast_journal::events::stored::Time;
use outlast_model::RealTime;
use serde_json::{Value, json};

use super::note::Note;
use super::{SelfTest, Watched};
use crate::terminal::{BAD, CHANGING, GOOD, styled};

/// The result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// What happened is what was said.
    AsPromised,
    /// It is not.
    NotAsPromised,
    /// Nobody can say: it did not come about, or too little is known.
    Inconclusive,
}

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    /// The same for the same kind of thing in every version.
    pub(super) id: &'static str,
    /// The same for people.
    pub(super) text: String,
}

/// The result and what led to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    /// Whether the operating system told the guardian of it.
    pub(super) told: bool,
    /// Whether the guardian is the process that it was.
    pub(super) kept_running: bool,
    /// How often steady services ended on their own.
    pub(super) false_restarts: usize,
    pub(super) reasons: Vec<Reason>,
}

impl Reason {
    pub(super) fn new(id: &'static str, text: impl Into<String>) -> Self {
        Self {
            id,
            text: text.into(),
        }
    }
}

impl Outcome {
    /// Its name, as `--json` has it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::AsPromised => "as-promised",
            Self::NotAsPromised => "not-as-promised",
            Self::Inconclusive => "inconclusive",
        }
    }

    fn phrase(self) -> String {
        match self {
            Self::AsPromised => styled(GOOD, "as promised"),
            Self::NotAsPromised => styled(BAD, "not as promised"),
            Self::Inconclusive => styled(CHANGING, "inconclusive"),
        }
    }
}

impl Verdict {
    /// The lines for people.
    pub(super) fn lines(&self, test: SelfTest, watched: &Watched) -> Vec<String> {
        let head = format!(
            "self-test {} of {}: {}",
            test.word(),
            watched.name,
            self.outcome.phrase()
        );
        let reasons = self
            .reasons
            .iter()
            .map(|reason| format!("  {}", reason.text));
        std::iter::once(head).chain(reasons).collect()
    }

    /// The same for programs, and for the file.
    pub(super) fn report(
        &self,
        test: SelfTest,
        watched: &Watched,
        note: &Note,
        ended: RealTime,
    ) -> Value {
        let reasons: Vec<Value> = self
            .reasons
            .iter()
            .map(|reason| json!({ "id": reason.id, "text": reason.text }))
            .collect();
        json!({
            "selftest": test.word(),
            "guardian": watched.name,
            "outlast": env!("CARGO_PKG_VERSION"),
            "os": std::env::consts::OS,
            "as": watched.promise.form.word(),
            "promised": note.promised,
            "begun": note.begun,
            "ended": Time(ended),
            "result": self.outcome.word(),
            "told": self.told,
            "guardian_kept_running": self.kept_running,
            "false_restarts": self.false_restarts,
            "reasons": reasons,
            "machine": watched.machine,
        })
    }
}
