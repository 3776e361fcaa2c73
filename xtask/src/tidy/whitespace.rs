//! No line ends in white space.

use crate::tidy::finding::Finding;
use crate::tidy::tree::TextFile;

/// All findings in one text file.
pub(crate) fn check(file: &TextFile) -> Vec<Finding> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_tabs_and_carriage_returns_are_found() {
        let file = TextFile {
            path: "a.md".to_owned(),
            text: "a \nb\nc\t\nd\r\n\n".to_owned(),
        };
        let lines: Vec<usize> = check(&file).iter().map(|finding| finding.line).collect();
        assert_eq!(lines, [1, 3, 4]);
    }
}
