//! Text inside an XML element.

/// `text` as the content of an element. `None`: XML 1.0 has no spelling for one
/// of its characters, escaped or not.
///
/// White space is escaped too: a parser makes `\n` of `\r\n` as it stands, and
/// a value that stays on one line can be read back line by line.
pub fn escape(text: &str) -> Option<String> {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\t' => escaped.push_str("&#9;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => return None,
            other => escaped.push(other),
        }
    }
    Some(escaped)
}

/// What [`escape`] was given to make `escaped`; `None` when it has not made it.
pub fn unescape(escaped: &str) -> Option<String> {
    const SPELLINGS: [(&str, char); 6] = [
        ("amp;", '&'),
        ("lt;", '<'),
        ("gt;", '>'),
        ("#9;", '\t'),
        ("#10;", '\n'),
        ("#13;", '\r'),
    ];
    let mut parts = escaped.split('&');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (spelling, c) = SPELLINGS
            .into_iter()
            .find(|(spelling, _)| part.starts_with(spelling))?;
        text.push(c);
        text.push_str(&part[spelling.len()..]);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{escape, unescape};

    #[test]
    fn markup_is_escaped_and_control_characters_are_refused() {
        assert_eq!(escape("a<b>&\n").as_deref(), Some("a&lt;b&gt;&amp;&#10;"));
        assert_eq!(escape("\u{1b}[0m"), None);
    }

    proptest! {
        #[test]
        fn what_can_be_spelled_is_read_back(text in any::<String>()) {
            if let Some(escaped) = escape(&text) {
                prop_assert!(!escaped.contains(['<', '>', '\n']));
                prop_assert_eq!(unescape(&escaped), Some(text));
            }
        }
    }
}
