//! The one place where text gets into a unit file.
//!
//! A unit file is read in layers: lines (a backslash at the end joins two), then
//! words with quotes and C escapes, then `%` specifiers, then, in a command line,
//! `$` variables (systemd.syntax(7), systemd.unit(5), systemd.service(5)).
//! [`spell`] takes text through all of them, so that what systemd understands is
//! what was given.

use std::path::Path;

use crate::manager::Error;

/// Where in a unit file text stands, which decides how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A word of `ExecStart=` after the program.
    Argument,
    /// The program of `ExecStart=`, an absolute path.
    Program,
    /// A word of a list that knows C escapes, as `Environment=`.
    Word,
    /// A word of a list of paths, which knows quotes and no escapes.
    PathWord,
    /// The whole of a line, for people: `Description=`.
    Line,
    /// The whole of a line, an absolute path: `WorkingDirectory=`.
    PathLine,
}

/// `text` as a unit file spells it at `place`.
///
/// # Errors
/// [`Error::Inexpressible`] when there is no spelling for it.
pub fn spell(text: &str, place: Place) -> Result<String, Error> {
    if let Some(reason) = unspeakable(text, place) {
        return Err(inexpressible(format!("{text:?} {reason}")));
    }
    let specifiers_doubled = text.replace('%', "%%");
    Ok(match place {
        Place::Argument => quoted(&specifiers_doubled.replace('$', "$$")),
        Place::Program | Place::Word => quoted(&specifiers_doubled),
        Place::PathWord if is_plain(&specifiers_doubled) => specifiers_doubled,
        Place::PathWord => format!("\"{specifiers_doubled}\""),
        Place::Line => specifiers_doubled.trim().to_owned(),
        Place::PathLine => shielded(specifiers_doubled),
    })
}

/// The same for a path.
///
/// # Errors
/// As [`spell`], and when the path is no Unicode.
pub fn spell_path(path: &Path, place: Place) -> Result<String, Error> {
    let text = path.to_str().ok_or_else(|| {
        inexpressible(format!(
            "{path:?} is no Unicode text; give it another name, or a link that has one"
        ))
    })?;
    spell(text, place)
}

/// The error for what a unit file cannot say.
pub(super) fn inexpressible(reason: String) -> Error {
    Error::Inexpressible {
        manager: "systemd",
        reason,
    }
}

fn unspeakable(text: &str, place: Place) -> Option<&'static str> {
    if text.contains('\0') {
        return Some("has a character of code 0, which no program can be given");
    }
    let has_control = text.chars().any(|c| c.is_ascii_control());
    let has = |set: &[char]| text.contains(set);
    match place {
        Place::Argument | Place::Word => None,
        // systemd refuses such programs whatever the quotes around them say.
        Place::Program => (has_control || has(&['"', '\'', '\\'])).then_some(
            "has a quote, a backslash or a control character, and systemd starts no program \
             with these in its path; move it, or make a link to it",
        ),
        // Versions differ in whether a backslash in such a list escapes.
        Place::PathWord => (has_control || has(&['"', '\\'])).then_some(
            "has a quote, a backslash or a control character, which a list of paths in a unit \
             file cannot have; give it another name",
        ),
        Place::Line if joins_lines(text.trim()) => {
            Some("ends with a backslash, which would join it with the next line")
        }
        Place::Line | Place::PathLine => has_control.then_some(
            "has a line break or another control character, which a line of a unit file \
             cannot have",
        ),
    }
}

/// Whether a backslash that nothing precedes stands at the end.
fn joins_lines(line: &str) -> bool {
    (line.len() - line.trim_end_matches('\\').len()) % 2 == 1
}

/// Blanks at the end of a line are cut off, and a backslash joins it with the
/// next. A slash after them keeps both, and means nothing at the end of a path.
fn shielded(mut path: String) -> String {
    if path.ends_with([' ', '\\']) {
        path.push('/');
    }
    path
}

/// A word with quotes and escapes where it needs them.
fn quoted(word: &str) -> String {
    if is_plain(word) {
        return word.to_owned();
    }
    let mut quoted = String::with_capacity(word.len() + 2);
    quoted.push('"');
    for c in word.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Whether nobody could read `word` in another way than it stands.
fn is_plain(word: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || "/._-=:,+@%$".contains(c);
    !word.is_empty() && word.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Place, spell};

    /// Reads one word as systemd's `extract_first_word` with `UNQUOTE` and
    /// `CUNESCAPE` does, as far as [`spell`] makes use of it.
    fn read_word(text: &str) -> String {
        let mut word = String::new();
        let mut chars = text.chars();
        let mut is_quoted = false;
        while let Some(c) = chars.next() {
            match c {
                '"' => is_quoted = !is_quoted,
                '\\' => match chars.next().expect("nothing follows a backslash") {
                    'n' => word.push('\n'),
                    't' => word.push('\t'),
                    'x' => {
                        let digits: String = chars.by_ref().take(2).collect();
                        let code = u8::from_str_radix(&digits, 16).expect("two digits");
                        word.push(char::from(code));
                    }
                    other => word.push(other),
                },
                ' ' | '\t' if !is_quoted => panic!("{text:?} is more than one word"),
                c => word.push(c),
            }
        }
        assert!(!is_quoted, "{text:?} has an open quote");
        word
    }

    fn halved(text: &str, doubled: char) -> String {
        let pair: String = [doubled, doubled].iter().collect();
        assert_eq!(
            text.replace(&pair, "").matches(doubled).count(),
            0,
            "a lone {doubled} in {text:?}"
        );
        text.replace(&pair, &doubled.to_string())
    }

    proptest! {
        #[test]
        fn an_argument_is_read_as_it_was_given(word in "[^\0]*") {
            let spelled = spell(&word, Place::Argument).expect("every word has a spelling");
            prop_assert!(!spelled.contains(['\n', '\r', '\0']));
            let read = halved(&halved(&read_word(&spelled), '%'), '$');
            prop_assert_eq!(read, word);
        }

        #[test]
        fn a_word_is_read_as_it_was_given(word in "[^\0]*") {
            let spelled = spell(&word, Place::Word).expect("every word has a spelling");
            prop_assert!(!spelled.contains(['\n', '\r', '\0']));
            prop_assert_eq!(halved(&read_word(&spelled), '%'), word);
        }

        #[test]
        fn a_line_stays_one_line_or_is_refused(text in "\\PC*[\\\\ \n]*") {
            for place in [Place::Line, Place::PathLine, Place::PathWord, Place::Program] {
                if let Ok(spelled) = spell(&text, place) {
                    prop_assert!(!spelled.contains(['\n', '\r']));
                    prop_assert!(!super::joins_lines(&spelled));
                    prop_assert_eq!(spelled.trim_end_matches([' ', '\t']), &spelled);
                }
            }
        }
    }

    #[test]
    fn plain_words_stay_readable() {
        assert_eq!(
            spell("--port=8080", Place::Argument).expect("plain"),
            "--port=8080"
        );
        assert_eq!(spell(";", Place::Argument).expect("a word"), "\";\"");
        assert_eq!(spell("", Place::Argument).expect("a word"), "\"\"");
        assert_eq!(spell("100%", Place::Argument).expect("a word"), "100%%");
        assert_eq!(spell("$HOME", Place::Argument).expect("a word"), "$$HOME");
    }

    #[test]
    fn what_has_no_spelling_is_refused() {
        for (text, place) in [
            ("/it's", Place::Program),
            ("/a\\b", Place::Program),
            ("/a\nb", Place::PathLine),
            ("/a\"b", Place::PathWord),
            ("two\nlines", Place::Line),
            ("ends with \\", Place::Line),
            ("nul\0", Place::Argument),
        ] {
            spell(text, place).expect_err(text);
        }
    }

    #[test]
    fn the_end_of_a_path_is_kept() {
        assert_eq!(spell("/a ", Place::PathLine).expect("a path"), "/a /");
        assert_eq!(spell("/a\\", Place::PathLine).expect("a path"), "/a\\/");
    }
}
