//! What a diagnosis concludes about a death or a stall.

use std::fmt;

use crate::RealTime;

/// What a diagnosis concludes about a death or a stall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The cause, as the table of causes names it: `port.in_use`; [`Verdict::UNKNOWN`].
    pub cause: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// What happened, in one sentence, for people.
    pub sentence: String,
    /// What makes this incident the same as another one: the cause, and where in the
    /// program it lies.
    pub sameness: String,
    /// What the verdict rests on, what weighs most first.
    pub evidence: Vec<Quote>,
    /// What speaks against it.
    pub against: Vec<Quote>,
    /// What it may have been instead, likelier ones first.
    pub others: Vec<Other>,
    /// What to do, for people; each names a command or a setting.
    pub remedies: Vec<String>,
    /// What could not be seen, and how to see it next time.
    pub missing: Vec<String>,
    /// Where that is written: a man page, a name of an interface.
    pub reference: Option<String>,
}

impl Verdict {
    /// The cause of a verdict that finds none.
    pub const UNKNOWN: &'static str = "unknown";

    /// A verdict that finds no cause, and nothing else to tell than `sentence`.
    pub fn unknown(sentence: impl Into<String>) -> Self {
        Self {
            cause: Self::UNKNOWN.to_owned(),
            confidence: Confidence::Low,
            sentence: sentence.into(),
            sameness: Self::UNKNOWN.to_owned(),
            evidence: Vec::new(),
            against: Vec::new(),
            others: Vec::new(),
            remedies: Vec::new(),
            missing: Vec::new(),
            reference: None,
        }
    }
}

/// How sure a verdict is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// It may be so.
    Low,
    /// It is likely.
    Medium,
    /// It would take a coincidence for it not to be so.
    High,
}

impl Confidence {
    /// All of them, the surest first.
    pub const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The one that has this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// One less; `None`: it is not even that.
    #[must_use]
    pub const fn lower(self) -> Option<Self> {
        match self {
            Self::High => Some(Self::Medium),
            Self::Medium => Some(Self::Low),
            Self::Low => None,
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Words that are evidence, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Where: `exit`, `stderr`, `kernel log`, `memory.events` …
    pub source: String,
    /// When they were written, if that is known.
    pub at: Option<RealTime>,
    /// The words; several lines for a block.
    pub text: String,
}

/// Another cause that would explain what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// The cause.
    pub cause: String,
    /// How sure that is.
    pub confidence: Confidence,
    /// What would have happened, in one sentence.
    pub sentence: String,
}
