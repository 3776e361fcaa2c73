//! What a line of output has to look like: a regular expression.

use regex_lite::{Regex, RegexBuilder};

/// What a pattern may take in memory once it is compiled. The longest that people
/// write take a tenth of it; what is larger is a mistake, and slow.
const MAX_SIZE: usize = 256 * 1024;

/// How deep groups may lie in each other.
const MAX_NESTING: u32 = 50;

/// A regular expression that is looked for in lines. Whatever the pattern and the
/// line, that takes time in proportion to the product of their lengths.
#[derive(Clone, Debug)]
pub struct LinePattern(Regex);

impl LinePattern {
    /// Compiles it.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn new(text: &str) -> Result<Self, String> {
        RegexBuilder::new(text)
            .size_limit(MAX_SIZE)
            .nest_limit(MAX_NESTING)
            .build()
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Whether it is found in `line`. Bytes that are no UTF-8 are unlike any
    /// letter, and `.` is like them.
    pub fn is_in(&self, line: &[u8]) -> bool {
        self.0.is_match(&String::from_utf8_lossy(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(pattern: &str, line: &[u8]) -> bool {
        LinePattern::new(pattern).expect("it is valid").is_in(line)
    }

    #[test]
    fn text_is_found_anywhere_and_anchors_hold() {
        assert!(is_in("listening", b"now listening on 80"));
        assert!(!is_in("listening", b"Listening on 80"));
        assert!(is_in("(?i)LISTENING on [0-9]+$", b"now listening on 80"));
        assert!(!is_in("^listening", b"now listening"));
        assert!(is_in("a.b", b"a\xffb"));
    }

    #[test]
    fn what_would_be_too_large_is_refused() {
        assert!(LinePattern::new("(((x{1000}){1000}){1000})").is_err());
        assert!(LinePattern::new(&"(".repeat(100_000)).is_err());
        assert!(LinePattern::new("(").is_err());
    }

    #[test]
    fn no_pattern_takes_for_ever() {
        let line = "a".repeat(4096);
        assert!(!is_in("(a|a)*(a*)*$b", line.as_bytes()));
    }
}
