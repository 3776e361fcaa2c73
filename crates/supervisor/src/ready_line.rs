//! Looking for a line in what a program prints: the line by which it is ready.
//!
//! Only whole lines count: the part of one that has come may become any other.
//! What a line is coloured with is not part of it.

use std::borrow::Cow;

use outlast_config::LinePattern;

/// So much of a line is looked at; the rest of it is passed over.
pub const MAX_LINE: usize = 4096;

/// `ESC [`, what begins the sequences that colour text (ECMA-48, 5.4).
const COLOUR: &[u8] = b"\x1b[";

/// A search in one stream, of which the bytes come in pieces.
#[derive(Debug)]
pub struct LineSearch {
    pattern: LinePattern,
    /// The beginning of the line that has not ended yet.
    begun: Vec<u8>,
}

impl LineSearch {
    /// A search for lines in which `pattern` is found.
    pub const fn new(pattern: LinePattern) -> Self {
        Self {
            pattern,
            begun: Vec::new(),
        }
    }

    /// Takes what comes next. Whether a line that ends in it is such a line.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let is_found = self.end_line(&rest[..end]);
            rest = &rest[end + 1..];
            if is_found {
                return true;
            }
        }
        self.keep(rest);
        false
    }

    fn end_line(&mut self, last: &[u8]) -> bool {
        if self.begun.is_empty() {
            return is_in(&self.pattern, &last[..last.len().min(MAX_LINE)]);
        }
        self.keep(last);
        let is_found = is_in(&self.pattern, &self.begun);
        self.begun.clear();
        is_found
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = MAX_LINE - self.begun.len();
        self.begun
            .extend_from_slice(&piece[..piece.len().min(room)]);
    }
}

fn is_in(pattern: &LinePattern, line: &[u8]) -> bool {
    pattern.is_in(&plain(line.strip_suffix(b"\r").unwrap_or(line)))
}

/// `line` without what colours it.
fn plain(line: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = next_colour(line) else {
        return Cow::Borrowed(line);
    };
    let mut plain = Vec::with_capacity(line.len());
    let (mut rest, mut next) = (line, Some(first));
    while let Some(at) = next {
        plain.extend_from_slice(&rest[..at]);
        rest = &rest[at + COLOUR.len()..];
        // Parameters, then one byte that says what they are for.
        let end = rest
            .iter()
            .position(|byte| !(0x20..=0x3f).contains(byte))
            .unwrap_or(rest.len());
        rest = rest.get(end + 1..).unwrap_or_default();
        next = next_colour(rest);
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

fn next_colour(text: &[u8]) -> Option<usize> {
    text.windows(COLOUR.len()).position(|part| part == COLOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(pattern: &str) -> LineSearch {
        LineSearch::new(LinePattern::new(pattern).expect("it is valid"))
    }

    /// The number of the piece in which it is found, from 1; 0: in none.
    fn found(pattern: &str, pieces: &[&[u8]]) -> usize {
        let mut search = search(pattern);
        let mut pieces = pieces.iter();
        pieces
            .position(|piece| search.take(piece))
            .map_or(0, |index| index + 1)
    }

    #[test]
    fn a_line_may_come_in_pieces_and_counts_once_it_is_whole() {
        assert_eq!(found("^ready$", &[b"ready\n"]), 1);
        assert_eq!(found("^ready$", &[b"rea", b"dy", b"\n"]), 3);
        assert_eq!(found("ready", &[b"x\nready", b" or not?\n"]), 2);
        assert_eq!(found("ready", &[b"ready"]), 0);
        assert_eq!(found("ab", &[b"a\nb\n"]), 0);
        assert_eq!(found("^ready$", &[b"ready\r", b"\n"]), 2);
    }

    #[test]
    fn colours_are_left_out() {
        assert_eq!(
            found(
                "^listening on 80$",
                &[b"\x1b[1;32mlistening\x1b[0m on \x1b[1m80\x1b[m\n"]
            ),
            1
        );
        assert_eq!(found("^ab$", &[b"a\x1b[", b"3", b"1mb\n"]), 3);
        assert_eq!(found("^a$", &[b"a\x1b[31\n"]), 1);
    }

    #[test]
    fn of_a_long_line_the_beginning_counts() {
        let long = [vec![b'x'; MAX_LINE], b"ready\nready\n".to_vec()].concat();
        assert_eq!(found("^xx", &[&long]), 1);
        assert_eq!(found("xready", &[&long]), 0);
        let pieces: Vec<&[u8]> = long.chunks(1000).collect();
        assert_eq!(found("xready", &pieces), 0);
        assert_eq!(found("^ready", &[&long]), 1, "the next line is whole again");
        let mut search = search("never");
        for piece in vec![b'x'; 10 * MAX_LINE].chunks(1000) {
            search.take(piece);
        }
        assert!(search.begun.capacity() <= 2 * MAX_LINE);
    }
}
