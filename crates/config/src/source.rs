//! A text, and places in it.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::webhook;

/// A text and the name it is shown under.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    text: Arc<str>,
    /// As people may see it.
    shown: Arc<str>,
}

impl Source {
    pub(crate) fn new(path: &Path, text: &str) -> Self {
        let masked = webhook::masked(text);
        let text: Arc<str> = text.into();
        Self {
            path: path.to_owned(),
            shown: if masked == *text {
                Arc::clone(&text)
            } else {
                masked.into()
            },
            text,
        }
    }

    /// The name to show: the path as the user gave it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as people may see it: without addresses of webhooks, and as long.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Where `span` begins, as an editor counts.
    pub fn position(&self, span: Span) -> Position {
        let before = &self.text[..self.floor(span.range().start)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }

    /// The nearest character boundary at or before `offset`.
    pub(crate) fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }

    /// Where the line that holds `offset` begins.
    pub(crate) fn line_start(&self, offset: usize) -> usize {
        self.text[..self.floor(offset)]
            .rfind('\n')
            .map_or(0, |newline| newline + 1)
    }

    /// Where the line that holds `offset` ends, without its newline.
    pub(crate) fn line_end(&self, offset: usize) -> usize {
        let offset = self.floor(offset);
        self.text[offset..]
            .find('\n')
            .map_or(self.text.len(), |newline| offset + newline)
    }
}

/// A line and a column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// A range of bytes of a [`Source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The very beginning of the text.
    pub(crate) const START: Self = Self { start: 0, end: 0 };

    /// The range itself.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

impl From<Range<usize>> for Span {
    /// Offsets beyond 4 GiB, which no accepted file has, become the end.
    fn from(range: Range<usize>) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: clamp(range.start),
            end: clamp(range.end),
        }
    }
}

/// A value and where it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

impl<T> Located<T> {
    pub(crate) const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_characters_from_one() {
        let source = Source::new(Path::new("x"), "a\näö = 1\n");
        let equals = source.text().find('=').expect("it is there");
        let position = source.position((equals..equals + 1).into());
        assert_eq!(position, Position { line: 2, column: 4 });
        let end = source.position((usize::MAX..usize::MAX).into());
        assert_eq!(end, Position { line: 3, column: 1 });
    }
}
