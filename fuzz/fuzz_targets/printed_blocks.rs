//! What programs print: a message is no longer than its line, and blocks are in order and within the lines.
#![no_main]

use std::borrow::Cow;

use libfuzzer_sys::fuzz_target;
use outlast_diagnose::text::{Line, blocks, message};
use outlast_model::record::Stream;

fuzz_target!(|input: &[u8]| {
    let lines: Vec<Line> = input.split(|byte| *byte == b'\n').map(line).collect();
    for line in &lines {
        let said = message(&line.text);
        match said.text {
            Cow::Borrowed(text) => assert!(line.text.contains(text), "a part of the line"),
            Cow::Owned(text) => assert!(text.len() <= line.text.len(), "no longer than the line"),
        }
    }
    let found = blocks(&lines);
    let mut end = 0;
    for block in &found {
        assert!(
            block.lines.start >= end,
            "in order, and none within another"
        );
        assert!(block.lines.start < block.lines.end, "not empty");
        assert!(block.lines.end <= lines.len(), "within the lines");
        end = block.lines.end;
    }
    assert_eq!(blocks(&lines), found, "the same lines say the same");
});

/// A first byte of 1 or 2 stands for the stream.
fn line(bytes: &[u8]) -> Line {
    let (stream, bytes) = match bytes {
        [1, rest @ ..] => (Some(Stream::Stdout), rest),
        [2, rest @ ..] => (Some(Stream::Stderr), rest),
        all => (None, all),
    };
    Line {
        stream,
        at: None,
        text: String::from_utf8_lossy(bytes).into_owned(),
    }
}
