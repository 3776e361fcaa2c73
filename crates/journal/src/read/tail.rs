//! The last words of an instance.

use std::path::Path;

use outlast_model::record::{OutputLine, Stream};
use outlast_model::{InstanceId, RealTime};

use super::back::{Wanted, last_lines};
use super::line::{LineEnd, LogItem, LogLine};
use super::log_reader::{Ending, LogReader};
use crate::error::Result;
use crate::layout;
use crate::segment::TailLimits;

/// The last that an instance printed of what is in the folder `dir`, both streams merged by
/// arrival, within `limits`. What other instances printed after it counts against them.
///
/// # Errors
/// Segments cannot be listed or read.
pub fn tail(dir: &Path, instance: InstanceId, limits: TailLimits) -> Result<Vec<OutputLine>> {
    let wanted = Wanted {
        lines: limits.lines as u64,
        bytes: limits.bytes as u64,
    };
    let mut positions = Vec::new();
    for stream in Stream::ALL {
        positions.push((stream, last_lines(dir, layout::data(stream), wanted)?));
    }
    let mut reader = LogReader::at(dir, &positions)?;
    let mut lines = Lines::default();
    while let Some(item) = reader.next(Ending::Deliver)? {
        if let LogItem::Line(line) = item
            && line.instance == Some(instance)
        {
            lines.push(line);
        }
    }
    Ok(shorten(lines.lines, limits))
}

/// Lines, put together from their pieces.
#[derive(Default)]
struct Lines {
    lines: Vec<OutputLine>,
    unfinished: Option<Stream>,
}

impl Lines {
    fn push(&mut self, piece: LogLine) {
        let (stream, end) = (piece.stream, piece.end);
        match self.lines.last_mut() {
            Some(line) if self.unfinished == Some(stream) => line.text.extend(piece.bytes),
            _ => self.lines.push(OutputLine {
                stream,
                at: piece.at.unwrap_or(RealTime::from_unix_nanos(0)),
                text: piece.bytes,
            }),
        }
        self.unfinished = (end == LineEnd::Continues).then_some(stream);
    }
}

/// Both streams together were read up to the limit twice; takes from the
/// beginning what is too much.
fn shorten(mut lines: Vec<OutputLine>, limits: TailLimits) -> Vec<OutputLine> {
    lines.drain(..lines.len().saturating_sub(limits.lines));
    let bytes: usize = lines.iter().map(|line| line.text.len()).sum();
    let mut excess = bytes.saturating_sub(limits.bytes);
    let whole = lines
        .iter()
        .take_while(|line| {
            let goes = excess > 0 && line.text.len() <= excess;
            excess -= if goes { line.text.len() } else { 0 };
            goes
        })
        .count();
    lines.drain(..whole);
    if let Some(first) = lines.first_mut() {
        first.text.drain(..excess);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[&str], lines: usize, bytes: usize, expected: &[&str]) {
        let all = texts.iter().map(|text| OutputLine {
            stream: Stream::Stdout,
            at: RealTime::default(),
            text: text.as_bytes().to_vec(),
        });
        let kept = shorten(all.collect(), TailLimits { lines, bytes });
        let kept: Vec<_> = kept.iter().map(|line| line.text.as_slice()).collect();
        let expected: Vec<_> = expected.iter().map(|text| text.as_bytes()).collect();
        assert_eq!(kept, expected, "{texts:?} {lines} {bytes}");
    }

    #[test]
    fn the_end_is_kept_within_both_limits() {
        check(&["aa", "bb", "cc"], 2, 100, &["bb", "cc"]);
        check(&["aa", "bb", "cc"], 9, 6, &["aa", "bb", "cc"]);
        check(&["aa", "bb", "cc"], 9, 4, &["bb", "cc"]);
        check(&["aa", "bb", "cc"], 9, 3, &["b", "cc"]);
        check(&["aa", "", "cc"], 9, 2, &["", "cc"]);
        check(&["aa"], 9, 0, &[]);
        check(&[], 9, 9, &[]);
    }
}
