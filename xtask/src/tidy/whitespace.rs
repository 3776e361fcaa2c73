//! No line ends in white space, except in what tests read: a carriage return may be what they are about.

use crate::tidy::finding::Finding;
use crate::tidy::tree::TextFile;

/// All findings in one text file.
pub(crate) fn check(file: &TextFile) -> Vec<Finding> {
    if is_test_data(&file.path) {
        return Vec::new();
    }
    let lines = file.text.split('\n').enumerate();
    let is_trailing = |line: &str| line.ends_with(|character: char| character.is_whitespace());
    lines
        .filter(|(_, line)| is_trailing(line))
        .map(|(index, _)| {
            Finding::new(
                &file.path,
                index + 1,
                "whitespace",
                "the line ends in white space",
            )
        })
        .collect()
}

fn is_test_data(path: &str) -> bool {
    path.split('/').any(|part| part == "tests") && !path.ends_with(".rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str) -> Vec<usize> {
        let text = "a \nb\nc\t\nd\r\n\n".to_owned();
        let file = TextFile {
            path: path.to_owned(),
            text,
        };
        check(&file).iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn spaces_tabs_and_carriage_returns_are_found() {
        assert_eq!(lines("a.md"), [1, 3, 4]);
        assert_eq!(lines("crates/config/tests/errors.rs"), [1, 3, 4]);
        assert!(lines("crates/config/tests/messages/crlf.toml").is_empty());
    }
}
