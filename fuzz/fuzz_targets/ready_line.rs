//! Lines of output: in whatever pieces they come, the same is found, and it is found as in the whole text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use outlast_config::LinePattern;
use outlast_supervisor::ready_line::{LineSearch, MAX_LINE};

fuzz_target!(|input: (&str, &[u8], u8)| {
    let (pattern, text, piece) = input;
    let Ok(pattern) = LinePattern::new(pattern) else {
        return;
    };
    let whole = LineSearch::new(pattern.clone()).take(text);
    let mut search = LineSearch::new(pattern.clone());
    let in_pieces = text
        .chunks(usize::from(piece) + 1)
        .any(|piece| search.take(piece));
    assert_eq!(whole, in_pieces);
    let is_plain = !text.contains(&0x1b) && !text.contains(&b'\r');
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    let mut ended = lines.filter_map(|line| line.strip_suffix(b"\n"));
    if is_plain {
        let is_in = |line: &[u8]| pattern.is_in(&line[..line.len().min(MAX_LINE)]);
        assert_eq!(whole, ended.any(is_in));
    }
});
