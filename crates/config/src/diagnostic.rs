//! What is wrong with a file, as data.

use std::fmt;

use crate::render::{self, Colour};
use crate::source::{Position, Source, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used and probably does not mean what its author wanted.
    Warning,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line, without a full stop.
    pub message: String,
    /// Where.
    pub primary: Label,
    /// Other places that belong to it.
    pub secondary: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    pub(crate) basis: Basis,
}

/// A place and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// Empty where the message says it all.
    pub text: String,
}

/// What a diagnostic rests on. In a file with syntax errors, something that was
/// not seen may have been there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    Seen,
    Missing,
}

impl Diagnostic {
    pub(crate) fn error(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, span, message.into())
    }

    pub(crate) fn warning(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, span, message.into())
    }

    /// An error that something is not there.
    pub(crate) fn missing(span: Span, message: impl Into<String>) -> Self {
        Self {
            basis: Basis::Missing,
            ..Self::error(span, message)
        }
    }

    fn new(severity: Severity, span: Span, message: String) -> Self {
        Self {
            severity,
            message,
            primary: Label {
                span,
                text: String::new(),
            },
            secondary: Vec::new(),
            help: None,
            basis: Basis::Seen,
        }
    }

    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    pub(crate) fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: text.into(),
        });
        self
    }
}

/// The diagnostics of one text, in its order, at most [`Diagnostics::MAX`].
#[derive(Clone, Debug)]
pub struct Diagnostics {
    pub(crate) source: Source,
    pub(crate) list: Vec<Diagnostic>,
    pub(crate) omitted: usize,
}

impl Diagnostics {
    /// How many are kept; the rest is only counted.
    pub const MAX: usize = 50;

    /// Those that were kept.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// How many more there were.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The text they are about.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Where `diagnostic` points to.
    pub fn position(&self, diagnostic: &Diagnostic) -> Position {
        self.source.position(diagnostic.primary.span)
    }

    /// Everything as text for a terminal, ending with a newline unless empty.
    pub fn render(&self, colour: Colour) -> String {
        render::all(self, colour)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.render(Colour::Off).trim_end())
    }
}

impl std::error::Error for Diagnostics {}

/// Foreign text for a message: in backticks, and shortened.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 72;
    if text.is_empty() {
        return "\"\"".to_owned();
    }
    let shown: String = text.chars().take(LONGEST).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("`{shown}{more}`")
}
