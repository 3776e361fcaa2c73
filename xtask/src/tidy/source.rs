//! Rust source as the checks see it: comments and the contents of strings blanked out, tests marked.
//!
//! This is not a parser. It knows just enough of Rust's tokens to tell code from text, and finds the extent of test
//! items by matching braces.

use std::ops::Range;

/// A file's code.
pub(crate) struct Source {
    /// The text with spaces in place of every byte of a comment or string; lines are where they were.
    code: String,
    /// Where each line begins in `code`.
    line_starts: Vec<usize>,
    /// The parts of `code` that exist only in tests.
    tests: Vec<Range<usize>>,
}

impl Source {
    /// Takes `text` apart.
    pub(crate) fn new(text: &str) -> Self {
        let code = blank(text);
        let newlines = code
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(index, _)| index + 1);
        let line_starts = std::iter::once(0).chain(newlines).collect();
        let tests = test_items(&code);
        Self {
            code,
            line_starts,
            tests,
        }
    }

    /// The code without comments and strings.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// The line, from 1, of a place in the code.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Whether a place in the code is compiled for tests only.
    pub(crate) fn is_test(&self, offset: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&offset))
    }

    /// The function that contains a place in the code; the rest of the code if none does.
    pub(crate) fn function_around(&self, offset: usize) -> &str {
        let start = words_in(&self.code[..offset], "fn")
            .last()
            .unwrap_or(offset);
        &self.code[start..item_end(&self.code, start)]
    }

    /// Every place where `word` stands by itself as an identifier or keyword.
    pub(crate) fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        words_in(&self.code, word)
    }
}

/// Every place in `code` where `word` is not part of a longer identifier.
pub(crate) fn words_in<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word)
        .map(|(start, _)| start)
        .filter(move |start| {
            let before = code[..*start].chars().next_back();
            let after = code[start + word.len()..].chars().next();
            !before.is_some_and(is_word) && !after.is_some_and(is_word)
        })
}

/// The text between the bracket at `open` and the one that closes it.
pub(crate) fn bracketed(code: &str, open: usize) -> &str {
    &code[open + 1..closing(code, open)]
}

/// Where the bracket that opens at `open` is closed; the end if it never is.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    code.len()
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The same text, of the same length, with spaces for everything in comments and between quotes.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut blanked = bytes.to_vec();
    let mut index = 0;
    while index < bytes.len() {
        let (hidden, next) = token(bytes, index);
        for place in hidden {
            if blanked[place] != b'\n' {
                blanked[place] = b' ';
            }
        }
        index = next;
    }
    // Only whole comments and strings became spaces, so what remains is what was valid before.
    String::from_utf8_lossy(&blanked).into_owned()
}

/// What to hide of the token at `index`, and where the next one begins.
fn token(bytes: &[u8], index: usize) -> (Range<usize>, usize) {
    let rest = &bytes[index..];
    if rest.starts_with(b"//") {
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(bytes.len(), |length| index + length);
        return (index..end, end);
    }
    if rest.starts_with(b"/*") {
        let end = block_comment_end(bytes, index);
        return (index..end, end);
    }
    let starts_word = index == 0 || !is_word_byte(bytes[index - 1]);
    if starts_word && let Some((start, end, next)) = raw_string(bytes, index) {
        return (start..end, next);
    }
    match rest[0] {
        b'"' => {
            let end = quoted_end(bytes, index + 1, b'"');
            (index + 1..end, (end + 1).min(bytes.len()))
        }
        b'\'' => character_literal(bytes, index),
        _ => (index..index, index + 1),
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Block comments nest in Rust.
fn block_comment_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut index = start;
    while index < bytes.len() {
        if bytes[index..].starts_with(b"/*") {
            depth += 1;
            index += 2;
        } else if bytes[index..].starts_with(b"*/") {
            depth -= 1;
            index += 2;
            if depth == 0 {
                return index;
            }
        } else {
            index += 1;
        }
    }
    bytes.len()
}

/// Content and end of a raw string (`r"…"`, `br#"…"#`) that begins at `index`, if one does.
fn raw_string(bytes: &[u8], index: usize) -> Option<(usize, usize, usize)> {
    let rest = &bytes[index..];
    let prefix = [&b"br"[..], b"cr", b"r"]
        .into_iter()
        .find(|prefix| rest.starts_with(prefix))?;
    let hashes = rest[prefix.len()..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let quote = prefix.len() + hashes;
    if rest.get(quote) != Some(&b'"') {
        return None;
    }
    let start = index + quote + 1;
    let closing = [&b"\""[..], &b"#".repeat(hashes)].concat();
    let length = bytes[start..]
        .windows(closing.len())
        .position(|window| window == closing);
    let end = length.map_or(bytes.len(), |length| start + length);
    Some((start, end, (end + closing.len()).min(bytes.len())))
}

fn quoted_end(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut index = start;
    while index < bytes.len() && bytes[index] != quote {
        index += if bytes[index] == b'\\' { 2 } else { 1 };
    }
    index.min(bytes.len())
}

/// `'x'` and `'\n'` are characters, `'a` alone is a lifetime.
fn character_literal(bytes: &[u8], index: usize) -> (Range<usize>, usize) {
    let Some(first) = bytes.get(index + 1) else {
        return (index..index, index + 1);
    };
    let length = match first {
        b'\\' => quoted_end(bytes, index + 1, b'\'') - index - 1,
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    };
    let end = index + 1 + length;
    if bytes.get(end) == Some(&b'\'') {
        (index + 1..end, end + 1)
    } else {
        (index..index, index + 1)
    }
}

/// The items behind `#[test]`, `#[tokio::test]`, `#[cfg(test)]` and `#[cfg(all(test, …))]`.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let attributes = code.match_indices("#[").map(|(start, _)| start);
    attributes
        .filter(|start| is_test_attribute(bracketed(code, start + 1)))
        .map(|start| start..item_end(code, closing(code, start + 1) + 1))
        .collect()
}

fn is_test_attribute(attribute: &str) -> bool {
    let dense: String = attribute
        .chars()
        .filter(|character| !character.is_whitespace())
        .collect();
    let path = dense.split('(').next().unwrap_or_default();
    let condition = dense.strip_prefix("cfg(").unwrap_or_default();
    path == "test"
        || path.ends_with("::test")
        || condition.starts_with("test")
        || condition.starts_with("all(test")
}

/// The end of the item whose attributes, or itself, follow `start`: its closing brace or semicolon.
fn item_end(code: &str, start: usize) -> usize {
    let mut index = start;
    while index < code.len() {
        match code.as_bytes()[index] {
            b'{' => return closing(code, index) + 1,
            b';' => return index + 1,
            b'(' | b'[' => index = closing(code, index) + 1,
            _ => index += 1,
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blank() {
        for text in [
            "// unsafe",
            "/// unsafe",
            "/* a /* unsafe */ unsafe */",
            "\"unsafe\"",
            "\"\\\"unsafe\"",
            "r\"unsafe\"",
            "r##\"\"# unsafe\"##",
            "b\"unsafe\"",
            "br#\"unsafe\"#",
            "c\"unsafe\"",
            "\"a\n unsafe\"",
        ] {
            let source = Source::new(text);
            assert_eq!(source.words("unsafe").count(), 0, "{text}");
            assert_eq!(source.code().len(), text.len());
        }
    }

    #[test]
    fn code_around_them_is_not() {
        for text in [
            "\"a\" unsafe",
            "/* */ unsafe",
            "// a\nunsafe",
            "'\"' unsafe",
            "'\\'' unsafe",
            "fn f<'a>() unsafe \"'\"",
            "r#\"a\"# unsafe",
            "for\"\"unsafe",
            "'ü' unsafe \"\"",
            "b'\"' unsafe",
        ] {
            assert_eq!(Source::new(text).words("unsafe").count(), 1, "{text}");
        }
    }

    #[test]
    fn words_are_whole() {
        assert_eq!(
            Source::new("unsafe_code deny_unsafe unsafely r#unsafe")
                .words("unsafe")
                .count(),
            1
        );
    }

    #[test]
    fn lines_are_counted_from_one() {
        let source = Source::new("a\nb\n\"c\nd\" e");
        assert_eq!(source.line_of(0), 1);
        assert_eq!(source.line_of(2), 2);
        assert_eq!(
            source.line_of(source.code().find('e').expect("it is there")),
            4
        );
    }

    #[test]
    fn knows_what_is_a_test() {
        let source = Source::new(
            "fn here() {}\n#[cfg(test)]\nmod tests { fn t1() { { } } }\nfn here() {}\n\
             #[tokio::test(flavor = \"current_thread\")]\n#[ignore]\nasync fn t2(a: [u8; 3]) { t3 }\nfn here() {}\n\
             #[cfg(all(test, unix))] use t4;\nfn here() {}\n#[cfg(not(test))] fn here() {}",
        );
        for word in ["t1", "t2", "t3", "t4"] {
            assert!(
                source.words(word).all(|offset| source.is_test(offset)),
                "{word}"
            );
        }
        assert_eq!(
            source
                .words("here")
                .filter(|offset| !source.is_test(*offset))
                .count(),
            5
        );
    }
}
