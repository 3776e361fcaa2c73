//! What the TOML parser has to say about a text.

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use crate::diagnostic::{Diagnostic, quoted};
use crate::read::statement;
use crate::source::{Source, Span};

/// `error`, which the parser found in a text as long as that of `source`.
pub(super) fn diagnostic(error: &Error, source: &Source) -> Diagnostic {
    let span = error.span().map_or(Span::START, Span::from);
    if error.message() == "duplicate key" {
        return duplicate(span, source);
    }
    Diagnostic::error(span, error.message())
}

/// The statement at `range` opens something that it does not close.
pub(super) fn unclosed(source: &Source, range: std::ops::Range<usize>) -> Option<Diagnostic> {
    let statement = source.text().get(range.clone())?;
    let line = statement.lines().next()?;
    let value = line.find('=')? + 1;
    let value = value + (line[value..].len() - line[value..].trim_start().len());
    let (what, missing) = match line[value..].chars().next()? {
        '[' => ("list", ']'),
        '{' => ("table", '}'),
        _ => return None,
    };
    let span = Span::from(range.start + value..range.start + line.trim_end().len());
    Some(
        Diagnostic::error(span, format!("this {what} is never closed"))
            .help(format!("add `{missing}` at its end")),
    )
}

/// The parser tells only the second place of two. The first is an earlier
/// header of that text or, for a key, the nearest earlier one of that name.
fn duplicate(span: Span, source: &Source) -> Diagnostic {
    let name = source.text().get(span.range()).unwrap_or_default();
    let diagnostic = Diagnostic::error(span, format!("{} is defined twice", quoted(name)))
        .label("the second time")
        .help("keep one of them");
    match earlier_header(span, source).or_else(|| earlier_key(name, span, source)) {
        Some(first) => diagnostic.also(first, "the first time"),
        None => diagnostic,
    }
}

fn earlier_header(span: Span, source: &Source) -> Option<Span> {
    let start = source.line_start(span.range().start);
    let header = statement::header(&source.text()[start..source.line_end(start)])?;
    let mut offset = 0;
    for line in source.text()[..start].split_inclusive('\n') {
        if statement::header(line) == Some(header) {
            return Some(Span::from(offset..offset + line.trim_end().len()));
        }
        offset += line.len();
    }
    None
}

fn earlier_key(name: &str, span: Span, source: &Source) -> Option<Span> {
    let (tree, _) = DeTable::parse_recoverable(source.text());
    let name = name.trim_matches(['"', '\'']);
    let mut nearest: Option<Span> = None;
    // The parser bounds how deep tables nest, so this stays small.
    let mut open: Vec<&DeTable<'_>> = vec![tree.get_ref()];
    while let Some(table) = open.pop() {
        for (key, value) in table {
            let here = Span::from(key.span());
            if key.get_ref() == name && here < span {
                nearest = nearest.max(Some(here));
            }
            open.extend(tables(value));
        }
    }
    nearest
}

fn tables<'a, 'i>(value: &'a Spanned<DeValue<'i>>) -> Vec<&'a DeTable<'i>> {
    match value.get_ref() {
        DeValue::Table(table) => vec![table],
        DeValue::Array(array) => array.iter().flat_map(tables).collect(),
        _ => Vec::new(),
    }
}
