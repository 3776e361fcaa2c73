//! How V8 gives up: no heap left, or a fault in itself.

use super::block::{Block, Kind, Language, Named};
use super::words::{NEAR, near, run, trimmed};

/// The block that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    let head = if line.starts_with("<--- Last few GCs --->") {
        near(lines, at, |line| line.starts_with("FATAL ERROR: "))
    } else {
        line.starts_with("FATAL ERROR: ").then_some(at)
    };
    if let Some(head) = head {
        return out_of_memory(lines, at, head).map(Block::fatal);
    }
    if line.starts_with("<--- Last few GCs --->") {
        let error = Named::new("", "JavaScript heap out of memory");
        let end = run(lines, at, |line| {
            line.is_empty() || line.starts_with(['<', '['])
        });
        return Some(Block::new(
            Language::Node,
            Kind::OutOfMemory,
            error,
            trimmed(lines, at..end),
        ));
    }
    internal(lines, at).map(Block::fatal)
}

fn out_of_memory(lines: &[&str], at: usize, head: usize) -> Option<Block> {
    let message = lines[head].strip_prefix("FATAL ERROR: ")?;
    let memory =
        message.contains("JavaScript heap out of memory") || message.contains("Allocation failed");
    let end = run(lines, head + 1, is_native);
    let traced = lines[head + 1..end].iter().any(|line| !line.is_empty());
    if !memory && !traced {
        return None;
    }
    let kind = if memory {
        Kind::OutOfMemory
    } else {
        Kind::Fatal
    };
    Some(Block::new(
        Language::Node,
        kind,
        Named::new("", message),
        trimmed(lines, at..end),
    ))
}

/// ` 1: 0xb78db3 node::OOMErrorHandler(…) [node]`
fn is_native(line: &str) -> bool {
    let number = line.trim_start().split(": 0x").next().unwrap_or_default();
    let counted = line.contains(": 0x") && number.bytes().all(|byte| byte.is_ascii_digit());
    line.is_empty() || counted || line.starts_with("----- ") && line.ends_with(" -----")
}

/// `#`, `# Fatal error in , line 0`, `# …`
fn internal(lines: &[&str], at: usize) -> Option<Block> {
    if lines[at].trim() != "#" {
        return None;
    }
    let next = at + 1;
    lines.get(next).filter(|line| {
        line.starts_with("# Fatal error in ") || line.starts_with("# Fatal JavaScript ")
    })?;
    let end = run(lines, at, |line| line.starts_with('#'));
    let words = |index: usize| {
        lines
            .get(index)
            .map_or("", |line| line.trim_start_matches('#').trim())
    };
    let memory = words(next).contains("out of memory") || words(next + 1).contains("out of memory");
    let kind = if memory {
        Kind::OutOfMemory
    } else {
        Kind::Fatal
    };
    let end = run(lines, end, |line| {
        line.starts_with('#') || is_native(line) || line.starts_with("======")
    });
    let end = end.min(at + 8 * NEAR);
    Some(Block::new(
        Language::Node,
        kind,
        Named::new("", words(next + 1)),
        trimmed(lines, at..end),
    ))
}
