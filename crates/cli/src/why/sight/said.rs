//! What the last lines speak of, so that it is looked for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use outlast_diagnose::text::Line;

/// So many ports, and so many folders, are looked at.
const MOST: usize = 8;

/// What was printed last.
pub(super) struct Said {
    text: String,
}

impl Said {
    pub(super) fn of(lines: &[Line]) -> Self {
        const LAST: usize = 60;
        let last = lines[lines.len().saturating_sub(LAST)..].iter();
        let texts: Vec<&str> = last.map(|line| line.text.as_str()).collect();
        Self {
            text: texts.join("\n"),
        }
    }

    fn speaks_of(&self, words: &[&str]) -> bool {
        let lower = self.text.to_ascii_lowercase();
        words.iter().any(|word| lower.contains(word))
    }

    pub(super) fn speaks_of_ports(&self) -> bool {
        self.speaks_of(&[
            "in use",
            "eaddrinuse",
            "os error 98",
            "only one usage",
            "bind",
        ])
    }

    pub(super) fn speaks_of_disks(&self) -> bool {
        self.speaks_of(&[
            "no space",
            "enospc",
            "os error 28",
            "not enough space",
            "disk",
            "read-only",
        ])
    }

    /// Numbers that stand where a port does: after a colon or the word.
    pub(super) fn ports(&self) -> BTreeSet<u16> {
        let mut ports = BTreeSet::new();
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(begin) = bytes[at..].iter().position(u8::is_ascii_digit) {
            let begin = at + begin;
            let length = bytes[begin..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            at = begin + length;
            let before = self.text[..begin]
                .trim_end_matches([' ', '=', '"', '\'', '('])
                .to_ascii_lowercase();
            let is_port = bytes[..begin].ends_with(b":")
                || before.ends_with("port")
                || before.ends_with("port:");
            let number = self.text[begin..at].parse::<u16>();
            if is_port && ports.len() < MOST {
                ports.extend(number.ok().filter(|&number| number > 0));
            }
        }
        ports
    }

    /// The absolute paths that are named.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let ends = |letter: char| letter.is_whitespace() || "'\"`,;()[]<>".contains(letter);
        let words = self.text.split(ends);
        let words = words.map(|word| word.trim_end_matches([':', '.']));
        let paths = words.filter(|word| word.starts_with('/') && word.len() > 1);
        paths.map(Path::new)
    }

    /// The folders of the paths that are named.
    pub(super) fn folders(&self) -> BTreeSet<PathBuf> {
        let folders = self.paths().filter_map(existing);
        folders.take(MOST).collect()
    }
}

/// The path, or the nearest folder above it that there is.
fn existing(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .find(|path| path.is_dir())
        .map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        Said {
            text: text.to_owned(),
        }
    }

    #[test]
    fn ports_are_told_from_other_numbers() {
        let ports = |text| said(text).ports().into_iter().collect::<Vec<_>>();
        assert_eq!(
            ports("listen tcp :8080: bind: address already in use"),
            [8080]
        );
        assert_eq!(ports("[::]:9000 (errno 98)"), [9000]);
        assert_eq!(
            ports("Port 3000 is in use; port=4000, 5 tries"),
            [3000, 4000]
        );
        assert_eq!(ports("pid 77, 99999:0"), Vec::<u16>::new());
    }

    #[test]
    fn folders_are_those_that_there_are() {
        let found = said("write '/tmp/no/such/file': No space left").folders();
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [existing(Path::new("/tmp")).expect("there")]
        );
    }
}
