//! Panics of Rust, of every format, and errors that `main` returned.

use super::block::{Block, Fatality, Kind, Language, Named};
use super::rust_abort;
use super::stack::rust_frames;
use super::words::{NEAR, cut, innermost, is_type, trimmed};

/// So many panics can follow from one before the process is aborted.
const CHAIN: usize = 4;

/// The panic that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    if lines[at].starts_with("Error: ") {
        return returned(lines, at);
    }
    let mut first = panic(lines, at)?;
    let mut end = first.lines.end;
    for _ in 0..CHAIN {
        if let Some(abort) = rust_abort::ending(lines, end) {
            first.lines.end = abort;
            return Some(first.fatal());
        }
        let next = (end..lines.len())
            .take(NEAR)
            .find(|index| !lines[*index].trim().is_empty());
        let Some(next) = next
            .and_then(|next| panic(lines, next))
            .filter(|next| next.thread == first.thread)
        else {
            break;
        };
        end = next.lines.end;
    }
    Some(first)
}

/// What the head of a panic says.
struct Head<'a> {
    thread: &'a str,
    place: &'a str,
    /// What stands on the same line: all formats up to 1.72.
    message: Option<&'a str>,
}

/// `thread 'main' (4711) panicked at src/main.rs:2:5:`
fn head(line: &str) -> Option<Head<'_>> {
    let (thread, rest) = line.strip_prefix("thread '")?.split_once('\'')?;
    let (id, rest) = rest.split_once(" panicked at ")?;
    let id = id.trim().trim_start_matches('(').trim_end_matches(')');
    if !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(place) = rest.strip_suffix(':') {
        return Some(Head {
            thread,
            place,
            message: None,
        });
    }
    let quoted = rest.strip_prefix('\'')?;
    Some(match quoted.rsplit_once("', ") {
        Some((message, place)) => Head {
            thread,
            place,
            message: Some(message),
        },
        None => Head {
            thread,
            place: "",
            message: Some(quoted),
        },
    })
}

fn panic(lines: &[&str], at: usize) -> Option<Block> {
    let head = head(lines[at])?;
    let mut place = head.place;
    let mut message = Named::new("", head.message.unwrap_or_default());
    let mut end = at + 1;
    if head.message.is_none() {
        end = message_end(lines, end);
        lines[at + 1..end].iter().for_each(|line| message.add(line));
    } else if place.is_empty() {
        let last = (end..lines.len())
            .take(NEAR)
            .find(|index| lines[*index].contains("', "));
        if let Some(last) = last {
            lines[end..last].iter().for_each(|line| message.add(line));
            let (words, told) = lines[last].rsplit_once("', ").expect("it was found by it");
            message.add(words);
            place = told;
            end = last + 1;
        }
    }
    let (frames, end) = rust_frames(lines, end);
    let place = if own(place) {
        Some(place)
    } else {
        innermost(&frames, own)
            .filter(|frame| own(frame))
            .or(Some(place))
    };
    let main = head.thread == "main";
    let mut block = Block::new(
        Language::Rust,
        kind(&message.message),
        message,
        trimmed(lines, at..end),
    );
    block.place = place
        .filter(|place| !place.is_empty())
        .map(|place| place.trim_start_matches("./").to_owned());
    block.thread = Some(head.thread.to_owned());
    block.fatality = if main {
        Fatality::Process
    } else {
        Fatality::Thread
    };
    Some(block)
}

/// A message ends before the note or the backtrace; without either it is one line
/// and what belongs to an assertion.
fn message_end(lines: &[&str], from: usize) -> usize {
    let marked = |line: &str| {
        line.starts_with("note: ")
            || line.starts_with("stack backtrace:")
            || rust_abort::is_abort(line)
    };
    for index in (from..lines.len()).take(NEAR) {
        if marked(lines[index]) {
            return index;
        }
        if head(lines[index]).is_some() {
            break;
        }
    }
    if from >= lines.len() {
        return from;
    }
    let more = |line: &&&str| line.starts_with("  left:") || line.starts_with(" right:");

    from + 1 + lines[from + 1..].iter().take_while(more).count()
}

fn kind(message: &str) -> Kind {
    if message.starts_with("failed to spawn thread") {
        Kind::NoThread
    } else if message.contains("capacity overflow") {
        Kind::OutOfMemory
    } else {
        Kind::Panic
    }
}

/// Whether a path is of the program, not of the library or of what it depends on.
fn own(path: &str) -> bool {
    let foreign = [
        "/rustc/",
        ".cargo/registry/",
        ".cargo/git/",
        "library/std/",
        "library/core/",
        "library/alloc/",
        "/rustlib/",
    ];
    let path = path.replace('\\', "/");
    !path.is_empty() && !foreign.iter().any(|part| path.contains(part))
}

/// `Error: …` and `Caused by:`, as anyhow and eyre print what `main` returned.
fn returned(lines: &[&str], at: usize) -> Option<Block> {
    let mut error = Named::new("", lines[at].strip_prefix("Error: ")?);
    let head = (at + 1..lines.len())
        .take(NEAR)
        .find(|index| lines[*index] == "Caused by:")?;
    let indented = |line: &str| line.starts_with("    ") && !line.trim_start().starts_with("at ");
    let first = lines.get(head + 1).filter(|line| indented(line))?;
    if lines[at + 1..head]
        .iter()
        .any(|line| line.starts_with("Error: ") || line.starts_with("\tat "))
    {
        return None;
    }
    lines[at + 1..head]
        .iter()
        .filter(|line| !line.trim().is_empty())
        .for_each(|line| error.add(line));
    let mut root = first.trim();
    let mut end = head + 1;
    while let Some(line) = lines.get(end).filter(|line| indented(line)) {
        let told = line.trim();
        root = told
            .split_once(": ")
            .filter(|(number, _)| number.parse::<u32>().is_ok())
            .map_or(told, |(_, told)| told);
        end += 1;
    }
    let mut place = None;
    if lines.get(end + 1).is_some_and(|line| *line == "Location:") {
        place = lines.get(end + 2).map(|line| line.trim().to_owned());
        end = (end + 3).min(lines.len());
    }
    let trace = (end..lines.len())
        .take(2)
        .find(|index| lines[*index].eq_ignore_ascii_case("stack backtrace:"));
    if let Some(trace) = trace {
        let (frames, after) = rust_frames(lines, trace);
        place = place.or_else(|| {
            innermost(&frames, own).map(|frame| frame.trim_start_matches("./").to_owned())
        });
        end = after;
    }
    let mut block = Block::new(
        Language::Rust,
        Kind::Exception,
        error,
        trimmed(lines, at..end),
    )
    .at(place);
    let named = Named::read(cut(root, 4096));
    block.root = Some(if is_type(&named.name) && named.name.contains("::") {
        named
    } else {
        Named::new("", root)
    });
    Some(block)
}
