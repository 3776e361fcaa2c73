//! Changing one key of `[native]` in the text of a file, without touching
//! anything else: comments, order and layout are the user's.

use std::path::Path;

use outlast_model::service::StopSequence;
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::config::{Host, parse};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::report::Report;
use crate::source::{Source, Span};

/// The text with `key` of `[native]` set to `value`, which is written as on a
/// command line: `delayed`, `10s`, `false`, `a,b` or `["a", "b"]` for a list,
/// `{ trigger = "network" }` for a table. `path` is the file's, for messages
/// and for what is relative to it.
///
/// # Errors
/// What is wrong with the text, or would be wrong with the new one; the spans
/// of the latter point into the new one.
pub fn set_native(text: &str, path: &Path, key: &str, value: &str) -> Result<String, Diagnostics> {
    edit(text, path, |document| {
        let native = document
            .entry("native")
            .or_insert_with(|| Item::Table(Table::new()));
        // What is no table is told by the check of the new text.
        if let Some(table) = native.as_table_like_mut() {
            put(table, key, understood(key, value));
        }
        // In one line, the space before the brace would come to stand before
        // the comma.
        if let Item::Value(Value::InlineTable(table)) = native {
            table.fmt();
        }
    })
}

/// The text without `key` of `[native]`, so that its default applies. A text
/// that does not have it comes back as it is.
///
/// # Errors
/// What is wrong with the text, or would be wrong with the new one.
pub fn unset_native(text: &str, path: &Path, key: &str) -> Result<String, Diagnostics> {
    edit(text, path, |document| {
        let Some(native) = document.get_mut("native") else {
            return;
        };
        if let Some(table) = native.as_table_like_mut() {
            table.remove(key);
        }
        if is_bare(native) {
            document.remove("native");
        }
    })
}

fn edit(
    text: &str,
    path: &Path,
    change: impl FnOnce(&mut DocumentMut),
) -> Result<String, Diagnostics> {
    let (mark, body) = match text.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", text),
    };
    let mut document: DocumentMut = match body.parse() {
        Ok(document) => document,
        Err(error) => return Err(refused(text, path, &error)),
    };
    change(&mut document);
    let written = format!("{mark}{}", with_line_ends_of(body, document.to_string()));
    parse(&written, path, &host()).map(|_| written)
}

/// The editor's parser is the reader's, so the reader has something to say, too.
fn refused(text: &str, path: &Path, error: &toml_edit::TomlError) -> Diagnostics {
    parse(text, path, &host()).err().unwrap_or_else(|| {
        let mut report = Report::default();
        let span = error.span().map_or(Span::START, Span::from);
        report.push(Diagnostic::error(span, error.message().to_owned()));
        report.finish(Source::new(path, text))
    })
}

/// Whether a file is in order does not depend on how its host asks processes to
/// end, nor on how it is restarted.
fn host() -> Host {
    Host {
        stop: StopSequence { steps: Vec::new() },
        reboot: Vec::new(),
        webhook: Vec::new(),
    }
}

/// Lists and tables as TOML writes them, everything else as it stands: who
/// types `description My program` should not have to think of two kinds of
/// quotes.
fn understood(key: &str, value: &str) -> Value {
    let as_toml = || value.parse::<Value>().ok();
    let found = match key {
        "groups" | "capabilities" | "depends_on" if value.trim_start().starts_with('[') => {
            as_toml()
        }
        "groups" | "capabilities" | "depends_on" => Some(listed(value)),
        "start" if value.trim_start().starts_with('{') => as_toml(),
        "watchdog" if value == "false" || value == "true" => as_toml(),
        _ => None,
    };
    found.unwrap_or_else(|| Value::from(value))
}

fn listed(value: &str) -> Value {
    let elements = value.split(',').map(str::trim);
    elements.filter(|element| !element.is_empty()).collect()
}

/// Sets `key`; a comment behind the old value stays.
fn put(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key) {
        Some(Item::Value(old)) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        _ => {
            table.remove(key);
            table.insert(key, Item::Value(value));
        }
    }
}

/// Whether nothing is left of the table: no key, and no comment above it.
fn is_bare(native: &Item) -> bool {
    match native {
        Item::Table(table) => {
            let above = table.decor().prefix().and_then(|above| above.as_str());
            table.is_empty() && above.unwrap_or_default().trim().is_empty()
        }
        Item::Value(Value::InlineTable(table)) => InlineTable::is_empty(table),
        _ => false,
    }
}

/// TOML's writer ends new lines with a line feed.
fn with_line_ends_of(before: &str, after: String) -> String {
    let all = before.matches('\n').count();
    if all > 0 && before.matches("\r\n").count() == all {
        after.replace("\r\n", "\n").replace('\n', "\r\n")
    } else {
        after
    }
}
