//! How Rust aborts without a panic, or after one.

use super::block::{Block, Kind, Language, Named};
use super::stack::rust_frames;
use super::words::{NEAR, between, innermost};

/// The abort that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if let Some(block) = overflow(lines, at).or_else(|| allocation(lines, at)) {
        return Some(block.fatal());
    }
    let message = line.strip_prefix("fatal runtime error: ")?;
    let kind = if message.starts_with("stack overflow") {
        Kind::StackOverflow
    } else {
        Kind::Fatal
    };
    Some(Block::new(Language::Rust, kind, Named::new("", message), at..at + 1).fatal())
}

/// Whether `line` is the last that is printed before an abort.
pub(super) fn is_abort(line: &str) -> bool {
    line.starts_with("thread caused non-unwinding panic.")
        || line.starts_with("thread panicked while processing panic.")
        || line.starts_with("thread panicked while panicking.")
        || line.starts_with("fatal runtime error: ")
}

/// The end of the abort that follows a panic which ended at `end`.
pub(super) fn ending(lines: &[&str], end: usize) -> Option<usize> {
    let next = (end..lines.len())
        .take(2)
        .find(|index| !lines[*index].trim().is_empty())?;
    is_abort(lines[next]).then_some(next + 1)
}

fn overflow(lines: &[&str], at: usize) -> Option<Block> {
    let rest = lines[at].strip_prefix("thread '")?;
    let (thread, rest) = rest.split_once('\'')?;
    rest.ends_with(" has overflowed its stack").then_some(())?;
    let end = ending(lines, at + 1).unwrap_or(at + 1);
    let error = Named::new("", "has overflowed its stack");
    let mut block = Block::new(Language::Rust, Kind::StackOverflow, error, at..end);
    block.thread = Some(thread.to_owned());
    Some(block)
}

fn allocation(lines: &[&str], at: usize) -> Option<Block> {
    let bytes = between(lines[at], "memory allocation of ", " bytes failed")?;
    let begins = lines[at].starts_with("memory allocation of ");
    (begins && bytes.parse::<u128>().is_ok()).then_some(())?;
    let mut end = at + 1;
    let mut place = None;
    let trace = (end..lines.len())
        .take(NEAR.min(2))
        .find(|index| lines[*index].starts_with("stack backtrace:"));
    if let Some(trace) = trace {
        let (frames, after) = rust_frames(lines, trace);
        let own = |path: &str| !path.contains("/rustc/") && !path.contains(".cargo/");
        place = innermost(&frames, own).map(|frame| frame.trim_start_matches("./").to_owned());
        end = after;
    }
    let error = Named::new("", lines[at]);
    Some(Block::new(Language::Rust, Kind::OutOfMemory, error, at..end).at(place))
}
