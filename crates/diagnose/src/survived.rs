//! Whether a program has survived what it tells.

use std::time::Duration;

use outlast_model::RealTime;

use crate::text::line::{self, Level};
use crate::text::{Block, Language, Line};

/// What was printed longer before the last line than this was not said at the end.
const AT_THE_END: Duration = Duration::from_secs(5);

/// So many lines a program may print after the block that it dies of: "exit status 2"
/// of `go run`, a note of a shell, what `atexit` still tells.
const AFTER_THE_BLOCK: usize = 6;

/// Whether nothing of weight comes after `block`.
pub(crate) fn is_last(block: &Block, lines: &[Line]) -> bool {
    let after = &lines[block.lines.end..];
    let stream = lines[block.lines.start].stream;
    let counts = |line: &&Line| !line.text.trim().is_empty() && line.stream == stream;
    let last = lines.last().and_then(|line| line.at);
    let end = lines[block.lines.end - 1].at;
    after.iter().filter(counts).count() <= AFTER_THE_BLOCK && is_soon(end, last)
}

/// What a shell, a package manager or a run-time still prints of a program that has ended.
const OBITUARIES: [&str; 12] = [
    "exit status",
    "exit code",
    "exited with",
    "exited (",
    "npm err",
    "npm error",
    "command failed",
    "make: ***",
    "node.js v",
    "killed",
    "aborted",
    "core dumped",
];

/// Who writes into a system's log of others that have ended.
const MANAGERS: [&str; 3] = ["systemd", "kernel", "init"];

/// Whether something is printed after it that no program prints which has ended: of a log
/// that is all there is to be seen of that.
pub(crate) fn goes_on(block: &Block, lines: &[Line]) -> bool {
    let is_obituary = |line: &Line| {
        let message = line::message(&line.text);
        let lower = message.text.to_ascii_lowercase();
        let who = message.tag.as_deref().unwrap_or_default();
        let is_of_the_system = MANAGERS.iter().any(|name| who.starts_with(name));
        is_of_the_system || OBITUARIES.iter().any(|words| lower.contains(words))
    };
    let mut after = lines[block.lines.end..].iter();
    after.any(|line| !line.text.trim().is_empty() && !is_obituary(line))
}

/// A logger puts its stamp before the first line of what it was given. What a run-time
/// prints by itself has none, or one before each line from whoever collects them.
pub(crate) fn is_stamped_once(block: &Block, lines: &[Line]) -> bool {
    let is_stamped = |line: &Line| {
        let message = line::message(&line.text);
        let before = line.text.strip_suffix(&*message.text).unwrap_or_default();
        message.at.is_some() || before.bytes().filter(u8::is_ascii_digit).count() >= 4
    };
    let mut lines = lines[block.lines.clone()].iter();
    let is_first = lines.next().is_some_and(is_stamped);
    // PHP stamps what goes to its log, and nothing else.
    let is_php = block.language == Language::Php;
    is_first && (is_php || (lines.len() > 0 && !lines.any(is_stamped)))
}

/// Whether it was written into a log, by something that had caught it.
pub(crate) fn is_logged(block: &Block, lines: &[Line]) -> bool {
    const NEAR: usize = 3;
    let is_error = |line: &Line| {
        matches!(
            line::message(&line.text).level,
            Some(Level::Warning | Level::Error)
        )
    };
    let start = block.lines.start;
    let before = lines[start.saturating_sub(NEAR)..start].iter().rev();
    let header = before.clone().find(|line| !line.text.trim().is_empty());
    let names_it = |line: &Line| {
        let lower = line.text.to_ascii_lowercase();
        lower.contains("exception") || lower.contains("error")
    };
    // `Exception ignored in: <function …>` belongs to the block that it excuses.
    let is_ignored = lines[start].text.contains("Exception ignored ");
    is_ignored
        || is_error(&lines[start])
        || is_stamped_once(block, lines)
        || header.is_some_and(|line| is_error(line) || names_it(line))
}

pub(crate) fn is_soon(earlier: Option<RealTime>, later: Option<RealTime>) -> bool {
    match (earlier, later) {
        (Some(earlier), Some(later)) => later.since(earlier) <= AT_THE_END,
        _ => true,
    }
}
