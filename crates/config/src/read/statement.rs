//! Where statements of a TOML text begin, judged line by line: by eye, as it
//! were, so that it also works where the parser has lost its way.

use std::ops::Range;

/// The header on `line`, if it is one: `[services.api]`, or `[services.api`,
/// whose author forgot the rest.
pub(super) fn header(line: &str) -> Option<&str> {
    let line = line.trim();
    let inside = line.strip_prefix('[')?;
    let end = line.rfind(']').map_or(line.len(), |bracket| bracket + 1);
    let allowed = |c: char| c.is_alphanumeric() || "[]._-\"' \t".contains(c);
    let rest = line[end..].trim_start();
    let is_header = line[..end].chars().all(allowed)
        && inside.contains(char::is_alphanumeric)
        && (rest.is_empty() || rest.starts_with('#'));
    is_header.then_some(&line[..end])
}

/// Whether a statement begins on `line`: a header or `key =`.
pub(super) fn begins(line: &str) -> bool {
    header(line).is_some() || has_key(line)
}

/// Whether `line` is a comment, or was meant as a statement and is none: within
/// a list or a text of several lines hardly any begins with a letter.
pub(super) fn stands_alone(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('#') || (line.starts_with(char::is_alphabetic) && !begins(line))
}

fn has_key(line: &str) -> bool {
    let mut rest = line.trim_start();
    let mut length = 0;
    loop {
        let before = rest.len();
        rest = match rest.chars().next() {
            Some(quote @ ('"' | '\'')) => match rest[1..].split_once(quote) {
                Some((_, after)) => after,
                None => return false,
            },
            _ => rest.trim_start_matches(|c: char| c.is_alphanumeric() || "_-.".contains(c)),
        };
        rest = rest.trim_start();
        if rest.len() == before {
            return length > 0 && rest.starts_with('=');
        }
        length += before - rest.len();
    }
}

/// The statement that holds `offset`: from the line it begins on to the line
/// where the next begins. For a header, all that stands below it.
pub(super) fn around(text: &str, offset: usize) -> Range<usize> {
    let mut found = 0..text.len();
    let mut is_header = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let ends_it = header(line).is_some() || (!is_header && has_key(line));
        if start > offset && ends_it {
            found.end = start;
            break;
        }
        if start <= offset && begins(line) {
            found.start = start;
            is_header = header(line).is_some();
        }
        start += line.len();
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn beginnings_are_told_from_continuations() {
        for line in [
            "[a]",
            "[a.b",
            "[[a.b]] # x",
            "a = 1",
            " a.b=1",
            "\"a b\" . c = [",
            "'x'=1",
        ] {
            assert!(begins(line), "{line}");
        }
        for line in [
            "",
            "[",
            "[1, 2],",
            "# a = 1",
            "\"a=b\",",
            "]",
            "{ a = 1 },",
            "= 1",
            "a b",
            "\"a",
        ] {
            assert!(!begins(line), "{line}");
        }
    }

    #[test]
    fn a_statement_ends_where_the_next_begins() {
        let text = "a = [\n 1,\n]\nb = 2\n[c]\nd = 3\n[e]\n";
        assert_eq!(&text[around(text, 7)], "a = [\n 1,\n]\n");
        assert_eq!(&text[around(text, 13)], "b = 2\n");
        assert_eq!(&text[around(text, 19)], "[c]\nd = 3\n");
        assert_eq!(&text[around(text, 23)], "d = 3\n");
    }

    proptest! {
        #[test]
        fn a_statement_is_part_of_its_text(text in "[a-z\\[\\]\"= \n]{0,40}", offset in 0_usize..50) {
            prop_assert!(text.get(around(&text, offset)).is_some());
        }
    }
}
