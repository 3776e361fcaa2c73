//! Exceptions of .NET.

use super::block::{Block, Kind, Language, Named};
use super::stack::{At, frame};
use super::words::{NEAR, innermost, is_type, trimmed};

const UNHANDLED: [&str; 3] = [
    "Unhandled exception. ",
    "Unhandled Exception: ",
    "[ERROR] FATAL UNHANDLED EXCEPTION: ",
];

/// The exception that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    let unhandled = UNHANDLED.iter().find_map(|head| line.strip_prefix(head));
    if let Some(said) = unhandled {
        let block = trace(lines, at, at, said);
        let typed = block.error.name.contains('.')
            || block.error.name.ends_with("Exception")
            || lines
                .get(block.lines.start + 1)
                .and_then(|line| frame(line))
                .is_some();
        return typed.then(|| block.fatal());
    }
    // The older machine puts the type on a line of its own.
    if UNHANDLED.iter().any(|head| line == head.trim_end()) {
        let said = lines.get(at + 1).filter(|line| is_error(line))?;
        return Some(trace(lines, at, at + 1, said).fatal());
    }
    // The console's logger indents what it logs.
    let line = line.trim_start();
    if !is_error(line) || stack_start(lines, at + 1).is_none() {
        return None;
    }
    Some(trace(lines, at, at, line))
}

fn is_error(line: &str) -> bool {
    let name = line.split([':', ' ']).next().unwrap_or_default();
    name.contains('.') && is_type(name) && line[name.len()..].starts_with(':')
}

/// The first frame, or cause, near the words of an exception.
fn stack_start(lines: &[&str], from: usize) -> Option<usize> {
    for index in (from..lines.len()).take(NEAR) {
        match frame(lines[index]) {
            Some((At::Dotnet, _)) => return Some(index),
            Some(_) => return None,
            None if lines[index].trim_start().starts_with("---> ") => return Some(index),
            None if is_error(lines[index])
                || UNHANDLED.iter().any(|head| lines[index].starts_with(head)) =>
            {
                return None;
            }
            None => {}
        }
    }
    None
}

fn trace(lines: &[&str], at: usize, head: usize, said: &str) -> Block {
    // What came first may stand on the same line.
    let mut said = said.split(" ---> ");
    let mut error = Named::read(said.next().unwrap_or_default());
    let mut causes: Vec<Named> = said.map(Named::read).collect();
    let stack = stack_start(lines, head + 1).unwrap_or(head + 1);
    lines[head + 1..stack]
        .iter()
        .for_each(|line| causes.last_mut().unwrap_or(&mut error).add(line));
    let mut frames = Vec::new();
    let mut end = stack;
    while let Some(line) = lines.get(end) {
        let plain = line.trim();
        if let Some((At::Dotnet | At::Node, text)) = frame(line) {
            frames.push(text);
        } else if let Some(cause) = plain.strip_prefix("---> ") {
            let cause = cause
                .rsplit_once(") ")
                .filter(|_| cause.starts_with("(Inner Exception #"))
                .map_or(cause, |(_, cause)| cause);
            let mut cause = Named::read(cause);
            let next = stack_start(lines, end + 1).unwrap_or(end + 1);
            lines[end + 1..next].iter().for_each(|line| cause.add(line));
            causes.push(cause);
            end = next;
            continue;
        } else if !(plain.starts_with("--- End of ")
            || plain.ends_with("<---") && !plain.is_empty())
        {
            break;
        }
        end += 1;
    }
    let root = causes.pop();
    let kind = match kind(&error) {
        Kind::Exception => root.as_ref().map_or(Kind::Exception, kind),
        kind => kind,
    };
    let place = innermost(&frames, own).map(str::to_owned);
    let mut block = Block::new(Language::Dotnet, kind, error, trimmed(lines, at..end)).at(place);
    block.root = root;
    block
}

/// Whether a frame is of the program, not of .NET.
pub(super) fn own(frame: &str) -> bool {
    ![
        "System.",
        "Microsoft.",
        "Internal.",
        "Interop.",
        "Newtonsoft.",
    ]
    .iter()
    .any(|name| frame.starts_with(name))
}

fn kind(error: &Named) -> Kind {
    match error.name.as_str() {
        "System.OutOfMemoryException" if error.message.contains("thread") => Kind::NoThread,
        "System.OutOfMemoryException" | "System.InsufficientMemoryException" => Kind::OutOfMemory,
        "System.StackOverflowException" => Kind::StackOverflow,
        "System.AccessViolationException" => Kind::Crash,
        "System.IO.FileNotFoundException" | "System.IO.FileLoadException"
            if error.message.contains("load file or assembly") =>
        {
            Kind::NotLoaded
        }
        "System.DllNotFoundException"
        | "System.TypeLoadException"
        | "System.BadImageFormatException"
        | "System.MissingMethodException" => Kind::NotLoaded,
        _ => Kind::Exception,
    }
}
