//! What a check has found.

use serde_json::{Value, json};

use crate::terminal::{BAD, CHANGING, FAINT, styled};

/// How bad it is; the worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Somebody can become more than they are. `install` refuses it.
    Danger,
    /// It is not as it should be.
    Warning,
    /// Good to know; also what nobody could find out.
    Note,
}

impl Severity {
    /// One word for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Danger => "danger",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One thing, why it matters, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The same for the same kind of thing in every version; also what
    /// `--accept-risk` takes.
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    /// What is so.
    pub(crate) what: String,
    /// What may come of it.
    pub(crate) why: String,
    /// What to do about it.
    pub(crate) fix: String,
}

impl Finding {
    /// The lines for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let style = match self.severity {
            Severity::Danger => BAD,
            Severity::Warning => CHANGING,
            Severity::Note => FAINT,
        };
        vec![
            format!(
                "{} {} {}",
                styled(style, &format!("{}:", self.severity.word())),
                self.what,
                styled(FAINT, &format!("[{}]", self.id)),
            ),
            format!("  why: {}", self.why),
            format!("  fix: {}", self.fix),
        ]
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "severity": self.severity.word(),
            "what": self.what,
            "why": self.why,
            "fix": self.fix,
        })
    }
}
