//! What Java's machine says for itself: it crashed, it did not start, it found a deadlock.

use super::block::{Block, Kind, Language, Named};
use super::words::{NEAR, near, run, trimmed};

/// The block that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if line == "#"
        || line.starts_with("# A fatal error has been detected by the Java Runtime")
        || line.starts_with("# There is insufficient memory")
    {
        return banner(lines, at).map(Block::fatal);
    }
    if let Some(error) = line
        .strip_prefix("Terminating due to ")
        .or_else(|| line.strip_prefix("Aborting due to "))
    {
        return error
            .starts_with("java.lang.")
            .then(|| out_of_memory(lines, at, error).fatal());
    }
    if line == "Error occurred during initialization of VM"
        || line == "Error occurred during initialization of boot layer"
    {
        return Some(unborn(lines, at).fatal());
    }
    if line.starts_with("Found ") && line.ends_with(" Java-level deadlock:") {
        return Some(deadlock(lines, at));
    }
    not_loaded(lines, at).map(Block::fatal)
}

fn out_of_memory(lines: &[&str], at: usize, error: &str) -> Block {
    let error = Named::read(error);
    let kind = if error.message.contains("native thread") {
        Kind::NoThread
    } else {
        Kind::OutOfMemory
    };
    // What aborts prints the banner of a crash as well.
    let end = lines
        .get(at + 1)
        .and_then(|_| banner(lines, at + 1))
        .map_or(at + 1, |banner| banner.lines.end);
    Block::new(Language::Java, kind, error, at..end)
}

/// The lines with `#` that tell of a crash.
fn banner(lines: &[&str], at: usize) -> Option<Block> {
    lines[at].starts_with('#').then_some(())?;
    let head = (at..lines.len()).take(3).find(|index| {
        lines[*index].starts_with("# A fatal error has been detected by the Java Runtime")
            || lines[*index].starts_with("# There is insufficient memory for the Java Runtime")
    })?;
    let comment = |line: &str| line.starts_with('#');
    let mut end = run(lines, head, comment);
    // Between its lines the machine may say where it has put a core, or a log.
    while let Some(next) = (end..lines.len())
        .take(4)
        .find(|index| comment(lines[*index]))
    {
        end = run(lines, next, comment);
    }
    let words = |line: &str| line.trim_start_matches('#').trim().to_owned();
    let body = &lines[head + 1..end];
    let what = body
        .iter()
        .map(|line| words(line))
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    if lines[head].contains("insufficient memory") {
        let error = Named::new("", &what);
        return Some(Block::new(
            Language::Java,
            Kind::OutOfMemory,
            error,
            trimmed(lines, at..end),
        ));
    }
    let name = what.split([' ', '(']).next().unwrap_or_default();
    let signal = name.starts_with("SIG") || name.starts_with("EXCEPTION_");
    let (kind, error) = if signal {
        (Kind::Crash, Named::new(name, what[name.len()..].trim()))
    } else {
        let second = body
            .iter()
            .map(|line| words(line))
            .filter(|line| !line.is_empty())
            .nth(1)
            .unwrap_or_default();
        let kind = if second.contains("OutOfMemory") {
            Kind::OutOfMemory
        } else {
            Kind::Fatal
        };
        (
            kind,
            Named::new(
                "Internal Error",
                second
                    .split_once(": ")
                    .map_or(what.as_str(), |(_, message)| message),
            ),
        )
    };
    let frame = body
        .iter()
        .position(|line| line.starts_with("# Problematic frame:"));
    let place = frame
        .and_then(|index| body.get(index + 1))
        .map(|line| words(line));
    Some(Block::new(Language::Java, kind, error, trimmed(lines, at..end)).at(place))
}

/// It gave up before the program began.
fn unborn(lines: &[&str], at: usize) -> Block {
    let reason = lines.get(at + 1).copied().unwrap_or_default();
    let memory = reason.contains("enough space") || reason.contains("memory");
    let kind = if memory {
        Kind::OutOfMemory
    } else {
        Kind::Fatal
    };
    let frames = |line: &str| line.starts_with('\t') || line.starts_with("Caused by: ");
    let end = run(lines, (at + 2).min(lines.len()), frames);
    Block::new(Language::Java, kind, Named::read(reason), at..end)
}

fn deadlock(lines: &[&str], at: usize) -> Block {
    let found = |line: &str| {
        line.starts_with("Found ")
            && (line.ends_with(" deadlock.") || line.ends_with(" deadlocks."))
    };
    let part = |line: &str| {
        line.is_empty()
            || line.starts_with([' ', '\t', '=', '"'])
            || line.starts_with("which is held by")
            || line.starts_with("Java stack information")
    };
    let mut end = run(lines, at + 1, part);
    end += usize::from(lines.get(end).is_some_and(|line| found(line)));
    let stacks = near(lines, at, |line| line.starts_with("Java stack information")).unwrap_or(at);
    let first = near(lines, stacks, |line| line.starts_with("\tat "));
    let place = first
        .filter(|index| *index < end)
        .map(|index| lines[index].trim_start()[3..].to_owned());
    let thread = lines[at..end]
        .iter()
        .find_map(|line| line.strip_prefix('"')?.split('"').next());
    let mut block = Block::new(
        Language::Java,
        Kind::Deadlock,
        Named::new("", lines[at].trim_end_matches(':')),
        trimmed(lines, at..end),
    )
    .at(place);
    block.thread = thread.map(str::to_owned);
    block
}

fn not_loaded(lines: &[&str], at: usize) -> Option<Block> {
    let message = lines[at].strip_prefix("Error: ")?;
    let known = [
        "Could not find or load main class ",
        "Unable to access jarfile ",
        "Main method not found in class ",
        "Invalid or corrupt jarfile ",
        "LinkageError occurred while loading main class ",
        "Could not find or load the main class",
        "Unable to initialize main class ",
    ];
    known
        .iter()
        .any(|known| message.starts_with(known))
        .then_some(())?;
    let end = at
        + 1
        + lines[at + 1..]
            .iter()
            .take(NEAR)
            .take_while(|line| {
                line.starts_with("Caused by: ")
                    || line.starts_with("\tat ")
                    || line.starts_with("\tjava.lang.")
            })
            .count();
    let mut block = Block::new(
        Language::Java,
        Kind::NotLoaded,
        Named::new("", message),
        at..end,
    );
    block.root = lines[at + 1..end]
        .iter()
        .find_map(|line| line.strip_prefix("Caused by: "))
        .map(Named::read);
    Some(block)
}
