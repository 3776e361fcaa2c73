//! `session`.

use outlast_model::service::InSession;

use crate::read::Choice;

/// In which sessions of users a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionWord {
    Active,
    Each,
}

impl SessionWord {
    pub(crate) const fn sessions(self) -> InSession {
        match self {
            Self::Active => InSession::Active,
            Self::Each => InSession::Each,
        }
    }
}

impl Choice for SessionWord {
    const EXPECTED: &'static str = "\"active\" or \"each\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        (InSession::Active.word(), Self::Active),
        (InSession::Each.word(), Self::Each),
    ];

    fn explain(word: &str) -> Option<String> {
        match word {
            "all" | "every" | "any" => Some("write `each`".to_owned()),
            "console" | "user" | "current" | "desktop" => Some("write `active`".to_owned()),
            "none" | "system" => Some("leave `session` out".to_owned()),
            _ => None,
        }
    }
}
