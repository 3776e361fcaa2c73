//! From text to a TOML tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error};

use crate::diagnostic::{Diagnostic, quoted};
use crate::report::Report;
use crate::source::{Source, Span};

/// As much of the text as can be understood, and what cannot.
pub(crate) fn tree<'i>(source: &'i Source, report: &mut Report) -> DeTable<'i> {
    let (tree, errors) = DeTable::parse_recoverable(source.text());
    let tree = tree.into_inner();
    for error in errors {
        report.push(diagnostic(&error, source, &tree));
    }
    tree
}

fn diagnostic(error: &Error, source: &Source, tree: &DeTable<'_>) -> Diagnostic {
    let span = error.span().map_or(Span::START, Span::from);
    if error.message() == "duplicate key" {
        return duplicate(span, source, tree);
    }
    Diagnostic::error(span, error.message())
}

/// The parser tells only the second place of two. The first is the nearest
/// earlier key of that name in the tree or, for a table, its earlier header
/// (the tree has only the last one).
fn duplicate(span: Span, source: &Source, tree: &DeTable<'_>) -> Diagnostic {
    let name = source.text().get(span.range()).unwrap_or_default();
    let diagnostic = Diagnostic::error(span, format!("{} is defined twice", quoted(name)))
        .label("the second time")
        .help("keep one of them");
    let first = earlier_header(span, source).or_else(|| {
        let decoded = name.trim_matches(['"', '\'']);
        earlier_key(decoded, span, tree)
    });
    match first {
        Some(first) => diagnostic.also(first, "the first time"),
        None => diagnostic,
    }
}

fn earlier_header(span: Span, source: &Source) -> Option<Span> {
    let start = source.line_start(span.range().start);
    let header = header(&source.text()[start..source.line_end(start)])?;
    let mut offset = 0;
    for line in source.text()[..start].split_inclusive('\n') {
        if self::header(line) == Some(header) {
            let length = line.trim_end().len();
            return Some(Span::from(offset..offset + length));
        }
        offset += line.len();
    }
    None
}

fn header(line: &str) -> Option<&str> {
    let line = line.trim();
    let end = line.starts_with('[').then(|| line.rfind(']'))??;
    Some(&line[..=end])
}

fn earlier_key(name: &str, span: Span, tree: &DeTable<'_>) -> Option<Span> {
    let mut nearest: Option<Span> = None;
    // The parser bounds how deep tables nest, so this stays small.
    let mut open: Vec<&DeTable<'_>> = vec![tree];
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
