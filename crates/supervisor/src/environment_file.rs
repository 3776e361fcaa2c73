//! Environment files: `NAME=value` lines that somebody else has written.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// An environment file larger than this, in bytes, is a mistake.
const MAX_FILE: u64 = 1024 * 1024;

/// The text of the file at `path`. Blocks while it is read.
pub(crate) fn read(path: &Path) -> io::Result<String> {
    // Looked at first: a FIFO is not even opened before somebody writes.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let file = File::open(path)?;
    let mut text = String::new();
    file.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(io::Error::other("it is larger than 1 MiB"));
    }
    Ok(text)
}

/// Reads `NAME=value` lines. Empty lines and lines that begin with `#` or `;`
/// do not count, as in systemd.exec(5); a leading `export ` is allowed, as shell
/// files have it; a value may stand in single quotes (taken as it is) or double
/// quotes (`\"`, `\\` and `\n` are replaced). Nothing is expanded.
///
/// # Errors
/// The first line that is not like that, and why. It does not repeat what stands
/// in the line, which may be a secret.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    // Editors of Windows begin a file with this mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', ';']))
        .map(|(number, line)| assignment(line).map_err(|why| format!("line {number}: {why}")))
        .collect()
}

fn assignment(line: &str) -> Result<(String, String), &'static str> {
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, value) = line.split_once('=').ok_or("expected NAME=value")?;
    let name = name.trim_end();
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err("expected NAME=value, without spaces in the name");
    }
    let value = unquote(value.trim_start())?;
    if value.contains('\0') || name.contains('\0') {
        return Err("a NUL character cannot stand in an environment");
    }
    Ok((name.to_owned(), value))
}

fn unquote(value: &str) -> Result<String, &'static str> {
    if let Some(rest) = value.strip_prefix('\'') {
        return rest
            .strip_suffix('\'')
            .map(str::to_owned)
            .ok_or("a single quote is not closed");
    }
    let Some(rest) = value.strip_prefix('"') else {
        return Ok(value.to_owned());
    };
    let mut plain = String::with_capacity(rest.len());
    let mut characters = rest.chars();
    loop {
        match characters.next().ok_or("a double quote is not closed")? {
            '"' if characters.as_str().is_empty() => return Ok(plain),
            '"' => return Err("something follows the closing double quote"),
            '\\' => match characters.next().ok_or("a double quote is not closed")? {
                'n' => plain.push('\n'),
                other @ ('"' | '\\' | '$' | '`') => plain.push(other),
                other => plain.extend(['\\', other]),
            },
            other => plain.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn assignments_comments_and_quotes_are_understood() {
        check("", &[]);
        check("# a\n; b\n\n A=1 \nexport B = 2", &[("A", "1"), ("B", "2")]);
        check(
            "A='x # \\n'\nB=\"a \\\"b\\\" \\\\ \\n\"",
            &[("A", "x # \\n"), ("B", "a \"b\" \\ \n")],
        );
        check(
            "URL=http://h/?a=b#c\nEMPTY=",
            &[("URL", "http://h/?a=b#c"), ("EMPTY", "")],
        );
        check("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]);
        check("\u{feff}A=1", &[("A", "1")]);
    }

    #[test]
    fn an_unusable_line_is_named() {
        for (text, line) in [
            ("A=1\nno", "line 2"),
            ("=x", "line 1"),
            ("A='x", "line 1"),
            ("\nA=\"x\" y", "line 2"),
        ] {
            assert!(
                parse(text).is_err_and(|why| why.starts_with(line)),
                "{text:?}"
            );
        }
    }
}
