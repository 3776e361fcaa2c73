//! Tracebacks of Python.

use super::block::{Block, Fatality, Kind, Language, Named};
use super::words::{NEAR, innermost, is_type, run, trimmed};

const HEAD: &str = "Traceback (most recent call last):";
const GROUP: &str = "Exception Group Traceback (most recent call last):";

/// The traceback that begins at `at`, with those that it follows from.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if is_head(line) {
        return Some(chain(lines, at, at)?.0);
    }
    if line.starts_with("  File \"") {
        return headless(lines, at);
    }
    introduced(lines, at)
}

fn is_head(line: &str) -> bool {
    let line = line.trim_start();
    line == HEAD || line.strip_prefix("+ ").is_some_and(|line| line == GROUP)
}

/// What some callers say before they print a traceback.
fn introduced(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    let thread = line
        .strip_prefix("Exception in thread ")
        .and_then(|rest| rest.strip_suffix(':'));
    let process = line
        .strip_prefix("Process ")
        .and_then(|rest| rest.strip_suffix(':'));
    let lines_before = if thread.or(process).is_some() || line.starts_with("Exception ignored in: ")
    {
        1
    } else if line.ends_with("exception was never retrieved") {
        2
    } else {
        return None;
    };
    let head = at + lines_before;
    lines.get(head).filter(|line| is_head(line))?;
    let (mut block, _) = chain(lines, at, head)?;
    if let Some(name) = thread.or(process) {
        block.thread = Some(name.split(" (").next().unwrap_or(name).to_owned());
        block.fatality = Fatality::Thread;
    }
    Some(block)
}

/// One traceback.
struct Traceback {
    error: Named,
    place: Option<String>,
    own: bool,
    end: usize,
}

/// Several tracebacks of which each follows from the one before.
fn chain(lines: &[&str], at: usize, head: usize) -> Option<(Block, usize)> {
    let indent = indent(lines[head]);
    let mut first: Option<Traceback> = None;
    let mut last = traceback(lines, head, indent)?;
    while let Some(next) = following(lines, last.end, indent) {
        let Some(next) = traceback(lines, next, indent) else {
            break;
        };
        let earlier = std::mem::replace(&mut last, next);
        first = first.or(Some(earlier));
    }
    let end = last.end;
    let root = first.as_ref().map(|first| first.error.clone());
    let place = match first {
        Some(first) if first.own || !last.own => first.place,
        _ => last.place,
    };
    let mut block = Block::new(
        Language::Python,
        kind(&last.error),
        last.error,
        trimmed(lines, at..end),
    )
    .at(place);
    block.root = root;
    Some((block, end))
}

fn indent(line: &str) -> usize {
    let plain = line.trim_start();
    // The head of a group is moved by its own `+`.
    let moved = if plain.starts_with("+ ") { 2 } else { 0 };
    (line.len() - plain.len()).saturating_sub(moved)
}

/// The head of the traceback that follows from the one which ended at `end`. The
/// message of that may have gone on until there.
fn following(lines: &[&str], end: usize, indent: usize) -> Option<usize> {
    for index in (end..lines.len()).take(NEAR) {
        let line = inner(lines[index], indent);
        let joins = line.ends_with("direct cause of the following exception:")
            || line.ends_with("another exception occurred:");
        if joins {
            return (index + 1..lines.len())
                .take(3)
                .find(|index| is_head(lines[*index]));
        }
        if is_head(lines[index]) {
            return None;
        }
    }
    None
}

/// A line without the indentation of its block and the bars of a group.
fn inner(line: &str, indent: usize) -> &str {
    let line = line.get(indent..).unwrap_or_else(|| line.trim_start());
    line.strip_prefix("  | ").unwrap_or(line)
}

fn traceback(lines: &[&str], head: usize, indent: usize) -> Option<Traceback> {
    let grouped = lines[head].trim_start().starts_with('+');
    let within = |line: &str| {
        inner(line, indent).starts_with("  ") && !inner(line, indent).trim_start().starts_with("+-")
    };
    let end = run(lines, head + 1, within);
    let frames = frames(&lines[head + 1..end], indent);
    let said = lines
        .get(end)
        .map(|line| inner(line, indent))
        .unwrap_or_default();
    let error = Named::read(said);
    if frames.is_empty() && error.name.is_empty() {
        return None;
    }
    let told = !error.name.is_empty() && !said.is_empty();
    let mut found = Traceback {
        error,
        place: None,
        own: false,
        end: if told { end + 1 } else { end },
    };
    if !told {
        found.error = Named::default();
    }
    if grouped {
        found.end = run(lines, found.end, |line| {
            line.trim_start().starts_with(['|', '+'])
        });
    } else if told {
        let more = more(lines, found.end, indent);
        lines[found.end..more]
            .iter()
            .for_each(|line| found.error.add(inner(line, indent)));
        found.end = more;
    }
    let innermost_first: Vec<&str> = frames.iter().rev().copied().collect();
    found.own = innermost_first.iter().any(|frame| own(frame));
    found.place = innermost(&innermost_first, own).map(place);
    Some(found)
}

/// Where a message ends whose further lines are indented, or introduce what is; or
/// that goes on until it is said what followed from it.
fn more(lines: &[&str], from: usize, indent: usize) -> usize {
    let begins = |index: usize, with: &str| {
        lines
            .get(index)
            .is_some_and(|line| inner(line, indent).starts_with(with))
    };
    let mut end = from;
    while end < lines.len() && end - from < 4 * NEAR {
        let goes_on = begins(end, "  ")
            || (begins(end + 1, "  ")
                && !lines[end].contains(['(', ':', '['])
                && !lines[end].is_empty());
        if !goes_on || begins(end, "  File \"") || is_head(lines[end]) {
            break;
        }
        end += 1;
    }
    end
}

fn frames<'a>(lines: &[&'a str], indent: usize) -> Vec<&'a str> {
    let frame = |line: &&'a str| {
        inner(line, indent)
            .trim_start()
            .strip_prefix("File \"")
            .filter(|rest| rest.contains("\", line "))
    };
    lines.iter().filter_map(frame).collect()
}

/// `/srv/app.py", line 12, in handle` as `/srv/app.py:12 in handle`.
pub(super) fn place(frame: &str) -> String {
    let (file, rest) = frame.split_once("\", line ").unwrap_or((frame, ""));
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let function = rest[digits..].trim_start_matches([',', ' ']);
    format!("{file}:{} {function}", &rest[..digits])
        .trim_end()
        .to_owned()
}

/// Whether a frame is of the program, not of Python or of what it depends on.
pub(super) fn own(frame: &str) -> bool {
    let frame = frame.replace('\\', "/");
    let file = frame.split('"').next().unwrap_or_default();
    let library =
        file.contains("/lib/python") || file.contains("/Lib/") || file.contains("/lib64/python");
    !(library
        || file.contains("site-packages/")
        || file.contains("dist-packages/")
        || file.starts_with("<frozen"))
}

/// A syntax error of the main file has no head; a torn traceback has lost it.
fn headless(lines: &[&str], at: usize) -> Option<Block> {
    // Of a run of such lines only the first can begin one, lest each of them is
    // followed to the end of all.
    if at > 0 && lines[at - 1].starts_with("  ") {
        return None;
    }
    let end = run(lines, at, |line| line.starts_with("  "));
    let said = lines.get(end)?;
    let error = Named::read(said);
    let simple = error.name.rsplit('.').next().unwrap_or_default();
    let named = is_type(&error.name)
        && (simple.ends_with("Error")
            || simple.ends_with("Exception")
            || simple == "KeyboardInterrupt");
    named.then_some(())?;
    let frames: Vec<&str> = frames(&lines[at..end], 0).into_iter().rev().collect();
    let mut chained = end + 1;
    let mut block = Block::new(Language::Python, kind(&error), error, at..end + 1)
        .at(innermost(&frames, own).map(place));
    if let Some(next) = following(lines, chained, 0)
        && let Some((later, after)) = chain(lines, at, next)
    {
        chained = after;
        block.root = Some(later.root.unwrap_or(block.error));
        block.error = later.error;
        block.kind = later.kind;
    }
    block.lines = trimmed(lines, at..chained);
    Some(block)
}

fn kind(error: &Named) -> Kind {
    match error.name.rsplit('.').next().unwrap_or_default() {
        "MemoryError" => Kind::OutOfMemory,
        "RecursionError" => Kind::StackOverflow,
        "ModuleNotFoundError" | "ImportError" | "SyntaxError" | "IndentationError" | "TabError" => {
            Kind::NotLoaded
        }
        "RuntimeError" if error.message.starts_with("can't start new thread") => Kind::NoThread,
        _ => Kind::Exception,
    }
}
