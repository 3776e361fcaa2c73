//! Every file says what it is; a crate's root says how the crate works.

use crate::tidy::finding::Finding;
use crate::tidy::tree::TextFile;

/// Fewer lines than this are no theory of operation.
const CRATE_DOC_LINES: usize = 3;

/// All findings in one Rust file.
pub(crate) fn check(file: &TextFile) -> Vec<Finding> {
    if file
        .path
        .split('/')
        .any(|part| part == "tests" || part == "benches")
    {
        return Vec::new();
    }
    let doc_lines = file.text.lines().take_while(|line| line.starts_with("//!"));
    let told = doc_lines
        .filter(|line| line.trim_start_matches("//!").trim() != "")
        .count();
    let is_root = file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs");
    if told == 0 {
        vec![Finding::new(
            &file.path,
            1,
            "module-doc",
            "the file does not begin with a `//!` that says what it is",
        )]
    } else if is_root && told < CRATE_DOC_LINES {
        let message = format!(
            "the crate's doc has {told} of at least {CRATE_DOC_LINES} lines; say how the crate works"
        );
        vec![Finding::new(&file.path, 1, "module-doc", message)]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&TextFile {
            path: path.to_owned(),
            text: text.to_owned(),
        })
        .len()
    }

    #[test]
    fn a_file_begins_with_what_it_is() {
        assert_eq!(count("crates/os/src/tree.rs", "use std::fs;\n"), 1);
        assert_eq!(count("crates/os/src/tree.rs", "\n//! Late.\n"), 1);
        assert_eq!(count("crates/os/src/tree.rs", "//!\n"), 1);
        assert_eq!(count("crates/os/src/tree.rs", "//! Process trees.\n"), 0);
        assert_eq!(count("crates/os/tests/tree.rs", "use std::fs;\n"), 0);
    }

    #[test]
    fn a_crate_says_more() {
        assert_eq!(
            count("crates/os/src/lib.rs", "//! One.\n//!\n//! Two.\n"),
            1
        );
        assert_eq!(
            count("crates/os/src/lib.rs", "//! One.\n//! Two.\n//! Three.\n"),
            0
        );
    }
}
