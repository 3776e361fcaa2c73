//! Words that programs say of a cause: `cannot open {file}: no space left`.

/// The longest that a name in a phrase can stand for, in bytes.
const LONGEST: usize = 300;

/// A phrase: text that stands anywhere in a line, in any case, with names for the
/// parts that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// A name for the word before it.
    before: Option<String>,
    /// In lower case.
    first: String,
    /// A name, and the text after it; that of the last one may be empty.
    rest: Vec<(String, String)>,
}

impl Phrase {
    /// Reads it.
    ///
    /// # Errors
    /// When it has no words, or a brace is not closed.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_lowercase();
        let (before, words) = match lower
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'))
        {
            Some((name, words)) => (Some(name.to_owned()), words),
            None => (None, lower.as_str()),
        };
        let mut parts = words.split('{');
        let first = parts.next().unwrap_or_default().to_owned();
        if first.trim().is_empty() {
            return Err(format!("the phrase {text:?} has no words at its beginning"));
        }
        let part = |part: &str| {
            let (name, after) = part
                .split_once('}')
                .ok_or_else(|| format!("a brace in the phrase {text:?} is not closed"))?;
            Ok((name.to_owned(), after.to_owned()))
        };
        Ok(Self {
            before,
            first,
            rest: parts.map(part).collect::<Result<_, String>>()?,
        })
    }

    /// What its names stand for in `line`; `None`: the line does not say it. `lower`
    /// is the same line in lower case, byte for byte.
    pub(crate) fn find(&self, line: &str, lower: &str) -> Option<Vec<(String, String)>> {
        let mut from = 0;
        while let Some(found) = lower.get(from..)?.find(&self.first) {
            let begin = from + found;
            let end = begin + self.first.len();
            if is_apart(lower, begin, end)
                && let Some(mut names) = self.names(line, lower, end)
                && let Some(before) = self.name_before(line, begin)
            {
                names.splice(0..0, before);
                return Some(names);
            }
            from = end;
        }
        None
    }

    /// What the name before the words stands for, if there is one; `None`: nothing.
    fn name_before(&self, line: &str, begin: usize) -> Option<Option<(String, String)>> {
        let Some(name) = &self.before else {
            return Some(None);
        };
        let word = line.get(..begin)?.trim_end().rsplit(ends_a_word).next()?;
        (!word.is_empty()).then(|| Some((name.clone(), word.to_owned())))
    }

    fn names(&self, line: &str, lower: &str, mut at: usize) -> Option<Vec<(String, String)>> {
        let mut names = Vec::new();
        for (name, after) in &self.rest {
            // `option '--x'` names the same as `option --x`.
            if after.is_empty() {
                at += lower.get(at..)?.len() - lower.get(at..)?.trim_start_matches(QUOTES).len();
            }
            let rest = lower.get(at..)?;
            let length = if after.is_empty() {
                rest.find(ends_a_word).unwrap_or(rest.len())
            } else {
                rest.find(after.as_str())?
            };
            if length == 0 || length > LONGEST {
                return None;
            }
            let value = line.get(at..at + length)?.trim();
            names.push((name.clone(), value.trim_end_matches(['.', ':']).to_owned()));
            at += length + after.len();
        }
        Some(names)
    }
}

/// No part of a longer word, so that `killed` is not found in `unkilled`.
fn is_apart(text: &str, begin: usize, end: usize) -> bool {
    let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let before = text[..begin].chars().next_back();
    let first = text[begin..].chars().next();
    let last = text[..end].chars().next_back();
    let after = text[end..].chars().next();
    !(is_word(before) && is_word(first) || is_word(last) && is_word(after))
}

/// What a value at the end of a phrase may stand in.
const QUOTES: [char; 5] = [' ', '\'', '"', '`', '\u{2018}'];

fn ends_a_word(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            ',' | ';' | ')' | ']' | '}' | '"' | '\'' | '`' | '>' | '\u{2019}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(phrase: &str, line: &str) -> Option<Vec<(String, String)>> {
        let phrase = Phrase::parse(phrase).expect("in order");
        phrase.find(line, &line.to_ascii_lowercase())
    }

    #[test]
    fn names_stand_for_what_is_between_the_words() {
        let line = "app: error while loading shared libraries: libFoo.so.3: cannot open shared object file";
        let found = find("loading shared libraries: {library}: cannot open", line);
        assert_eq!(found, Some(vec![("library".into(), "libFoo.so.3".into())]));
        assert_eq!(
            find("port {port}", "Port 8080, which"),
            Some(vec![("port".into(), "8080".into())])
        );
        assert_eq!(find("port {port}", "the port "), None);
        assert_eq!(
            find("option {what}", "unrecognized option '--x'"),
            Some(vec![("what".into(), "--x".into())])
        );
        let found = find(
            "{file}: no such file",
            "cat: '/a/b': No such file or directory",
        );
        assert_eq!(found, None, "a quote ends a word");
        let found = find(
            "{file}: no such file",
            "cat: /a/b: No such file or directory",
        );
        assert_eq!(found, Some(vec![("file".into(), "/a/b".into())]));
    }

    #[test]
    fn a_phrase_is_no_part_of_a_word() {
        assert_eq!(find("killed", "unkilled"), None);
        assert_eq!(
            find("killed", "it was killed, and killedness"),
            Some(vec![])
        );
        assert_eq!(find("enospc", "Error: ENOSPC: no space"), Some(vec![]));
    }

    #[test]
    fn any_letters_are_borne() {
        assert_eq!(find("ß", "Straße ß"), Some(vec![]));
        assert!(Phrase::parse("{name}").is_err());
        assert!(Phrase::parse("{name}{other}").is_err());
        assert!(Phrase::parse("open {name").is_err());
    }
}
