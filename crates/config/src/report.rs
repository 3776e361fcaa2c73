//! Where every stage reports what it finds.

use crate::diagnostic::{Basis, Diagnostic, Diagnostics, Severity};
use crate::source::Source;

/// How many diagnostics are held before sorting. It is well above
/// [`Diagnostics::MAX`], so that the first ones of the file survive although
/// the stages do not find them in order, and it bounds memory.
const MAX_HELD: usize = 1000;

/// Collects diagnostics.
#[derive(Debug, Default)]
pub(crate) struct Report {
    held: Vec<Diagnostic>,
    dropped: usize,
    errors: usize,
}

impl Report {
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        if self.held.len() < MAX_HELD {
            self.held.push(diagnostic);
        } else {
            self.dropped += 1;
        }
    }

    /// How many errors there were so far.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Whether so much was said already that nobody will read more: nothing
    /// expensive should be worked out for one more message.
    pub(crate) fn is_crowded(&self) -> bool {
        self.held.len() >= Diagnostics::MAX
    }

    /// Forgets what may be only a consequence of the `syntax` errors found
    /// before: what rests on something not seen, and what stands on a line that
    /// has such an error.
    pub(crate) fn without_consequences(mut self, syntax: Self, source: &Source) -> Self {
        let line =
            |diagnostic: &Diagnostic| source.line_start(diagnostic.primary.span.range().start);
        let broken: Vec<usize> = syntax.held.iter().map(line).collect();
        if !broken.is_empty() {
            self.held.retain(|diagnostic| {
                diagnostic.basis == Basis::Seen
                    && !diagnostic.primary.span.is_empty()
                    && !broken.contains(&line(diagnostic))
            });
        }
        self.held.extend(syntax.held);
        self.dropped += syntax.dropped;
        self.errors += syntax.errors;
        self
    }

    /// In the order of the text, each once, and no more than people read.
    pub(crate) fn finish(mut self, source: Source) -> Diagnostics {
        self.held.sort_by_key(|diagnostic| diagnostic.primary.span);
        self.held
            .dedup_by(|b, a| a.primary.span == b.primary.span && a.message == b.message);
        let excess = self.held.len().saturating_sub(Diagnostics::MAX);
        self.held.truncate(Diagnostics::MAX);
        Diagnostics {
            source,
            list: self.held,
            omitted: self.dropped + excess,
        }
    }
}
