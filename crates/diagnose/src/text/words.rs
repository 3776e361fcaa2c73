//! What the languages have in common in how they tell of errors.

use std::ops::Range;

use super::block::{Block, Fatality, Kind, Language, Named};

/// So far a reader looks for what proves that a block has begun.
pub(super) const NEAR: usize = 32;

/// So many bytes of a message are kept.
const MESSAGE: usize = 4096;

impl Named {
    /// An error of a type.
    pub(super) fn new(name: &str, message: &str) -> Self {
        Self {
            name: name.to_owned(),
            message: cut(message.trim(), MESSAGE).to_owned(),
        }
    }

    /// `Type: message`, `Type`, or a message alone.
    pub(super) fn read(text: &str) -> Self {
        let text = text.trim();
        let name = text.find([' ', '\n']).map_or(text, |end| &text[..end]);
        let name = name.strip_suffix(':').unwrap_or(name);
        let rest = &text[name.len()..];
        let (name, message) = match rest.strip_prefix(':') {
            Some(message) => (name, message),
            None if rest.is_empty() => (name, ""),
            None => ("", text),
        };
        if is_type(name) {
            Self::new(name, message)
        } else {
            Self::new("", text)
        }
    }

    /// Adds further lines to the message.
    pub(super) fn add(&mut self, line: &str) {
        if self.message.len() + line.len() < MESSAGE {
            if !self.message.is_empty() {
                self.message.push('\n');
            }
            self.message.push_str(line.trim_end());
        }
    }
}

impl Block {
    /// A block about which nothing more is known yet.
    pub(super) fn new(language: Language, kind: Kind, error: Named, lines: Range<usize>) -> Self {
        Self {
            language,
            kind,
            error,
            root: None,
            place: None,
            thread: None,
            fatality: Fatality::Open,
            lines,
        }
    }

    /// The same; the process ends by it.
    pub(super) fn fatal(self) -> Self {
        Self {
            fatality: Fatality::Process,
            ..self
        }
    }

    /// The same; it happened there.
    pub(super) fn at(self, place: Option<String>) -> Self {
        Self { place, ..self }
    }
}

/// Whether `name` can be the name of a type: one word that begins like one.
pub(super) fn is_type(name: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || "_.$:<>/+".contains(c);
    name.len() < 200
        && name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(inner)
}

/// At most `most` bytes of `text`.
pub(super) fn cut(text: &str, most: usize) -> &str {
    if text.len() <= most {
        return text;
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// The first of `frames` that is the program's own; if none is, the first.
pub(super) fn innermost<'a>(frames: &[&'a str], own: impl Fn(&str) -> bool) -> Option<&'a str> {
    let found = frames.iter().find(|frame| own(frame));
    found.or(frames.first()).copied()
}

/// Where the lines end that go on from `from`.
pub(super) fn run(lines: &[&str], from: usize, goes_on: impl Fn(&str) -> bool) -> usize {
    let rest = lines.get(from..).unwrap_or_default();
    from + rest.iter().take_while(|line| goes_on(line)).count()
}

/// The first line from `from` that is wanted, if it is near.
pub(super) fn near(lines: &[&str], from: usize, wanted: impl Fn(&str) -> bool) -> Option<usize> {
    let rest = lines.get(from..)?;
    let found = rest.iter().take(NEAR).position(|line| wanted(line))?;
    Some(from + found)
}

/// `range` without the blank lines at its end.
pub(super) fn trimmed(lines: &[&str], range: Range<usize>) -> Range<usize> {
    let kept = lines[range.clone()]
        .iter()
        .rposition(|line| !line.trim().is_empty());
    range.start..range.start + kept.map_or(1, |last| last + 1)
}

/// What stands between two texts, the first of either.
pub(super) fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inside, _)| inside)
}

/// Whether `text` ends with a colon and a number.
pub(super) fn ends_in_number(text: &str) -> bool {
    let number = text.rsplit_once(':').map_or("", |(_, number)| number);
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}
