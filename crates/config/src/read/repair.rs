//! Getting past syntax errors.
//!
//! The parser recovers by itself, but a list without its `]` swallows all that
//! follows and complains about every line of it. So after each error the
//! statement that is to blame is blanked out, and the rest is parsed again: one
//! mistake, one message, and everything else is still checked.

use std::ops::Range;

use toml::de::{DeTable, Error};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::read::{statement, syntax};
use crate::report::Report;
use crate::source::Source;

/// How much text may be parsed to find all errors of one, so that a large heap
/// of nonsense takes no longer than a reader's patience.
const MAX_PARSED: usize = 2 * 1024 * 1024;

/// The text without the statements that cannot be parsed; every offset keeps
/// its meaning. `error` is what the parser said first.
pub(crate) fn repair(source: &Source, error: Error, report: &mut Report) -> String {
    let mut text = source.text().to_owned();
    let mut error = Some(error);
    let rounds = (MAX_PARSED / text.len().max(1)).clamp(2, Diagnostics::MAX);
    for _ in 0..rounds {
        let Some(found) = error.take() else { break };
        blank_blamed(&found, &mut text, source, report);
        error = DeTable::parse(&text).err();
    }
    text
}

fn blank_blamed(error: &Error, text: &mut String, source: &Source, report: &mut Report) {
    let offset = error.span().map_or(0, |span| span.start);
    let offset = source.floor(offset.min(text.len()));
    let line_start = source.line_start(offset);
    let line = &source.text()[line_start..source.line_end(offset)];
    let at_end = offset == text.len();
    // An error where a statement begins is the fault of one before it, if that
    // opened something. So is one at the end of the text.
    if at_end || (in_brackets(error) && statement::begins(line)) {
        let end = if at_end { offset } else { line_start };
        if let Some((range, diagnostic)) = unclosed_before(end, text, source) {
            report.push(diagnostic);
            blank(text, range);
            return;
        }
    }
    report.push(syntax::diagnostic(error, source));
    let range = if statement::stands_alone(line) {
        line_start..source.line_end(offset)
    } else {
        statement::around(text, offset)
    };
    blank(text, range);
}

/// The statement before `end` that opens something and does not close it; a
/// header in between may have been swallowed as an element.
fn unclosed_before(
    mut end: usize,
    text: &str,
    source: &Source,
) -> Option<(Range<usize>, Diagnostic)> {
    const STATEMENTS: usize = 2;
    for _ in 0..STATEMENTS {
        let range = statement::around(text, end.checked_sub(1)?);
        if let Some(diagnostic) = syntax::unclosed(source, range.clone()) {
            return Some((range, diagnostic));
        }
        end = range.start;
    }
    None
}

fn in_brackets(error: &Error) -> bool {
    ["array", "inline table", "key-value pairs", "unclosed"]
        .iter()
        .any(|word| error.message().contains(word))
}

/// Every byte becomes a space, except those that end lines.
fn blank(text: &mut String, range: Range<usize>) {
    let blanks: String = text[range.clone()]
        .bytes()
        .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
        .collect();
    text.replace_range(range, &blanks);
}
