//! What the run-time and the host of .NET say for themselves.

use super::block::{Block, Kind, Language, Named};
use super::dotnet::own;
use super::stack::frame;
use super::words::{NEAR, innermost, run, trimmed};

/// The block that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    let next = lines.get(at + 1).copied().unwrap_or_default();
    let followed = frame(next).is_some();
    let deep = followed || next.starts_with("Repeat");
    if line == "Stack overflow." && deep
        || line.starts_with("Process is terminating due to StackOverflowException")
    {
        return Some(with_frames(
            lines,
            at,
            Kind::StackOverflow,
            Named::new("", line),
        ));
    }
    if line == "Out of memory." && followed {
        return Some(with_frames(
            lines,
            at,
            Kind::OutOfMemory,
            Named::new("", line),
        ));
    }
    if let Some(message) = line
        .strip_prefix("Fatal error.")
        .filter(|rest| rest.is_empty() || rest.starts_with(' '))
    {
        return fatal(lines, at, message.trim());
    }
    if let Some(message) = line
        .strip_prefix("Process terminated.")
        .filter(|rest| followed || rest.len() > 1 || next.starts_with("Assertion "))
    {
        return Some(terminated(lines, at, message.trim()));
    }
    host(lines, at)
}

fn fatal(lines: &[&str], at: usize, message: &str) -> Option<Block> {
    let said = if message.is_empty() {
        lines.get(at + 1)?.trim()
    } else {
        message
    };
    let error = Named::read(said);
    let known = said.contains("(0x8")
        || said.starts_with("System.")
        || said.starts_with("Internal CLR error");
    known.then_some(())?;
    let kind = match error.name.as_str() {
        "System.AccessViolationException" => Kind::Crash,
        "System.OutOfMemoryException" => Kind::OutOfMemory,
        _ => Kind::Fatal,
    };
    Some(with_frames(lines, at, kind, error))
}

fn terminated(lines: &[&str], at: usize, message: &str) -> Block {
    let assertion = message.starts_with("Assertion failed")
        || lines
            .get(at + 1)
            .is_some_and(|line| line.starts_with("Assertion failed"));
    let kind = if assertion {
        Kind::Assertion
    } else {
        Kind::Fatal
    };
    let mut error = Named::new("", message);
    let first = (at + 1..lines.len())
        .take(NEAR / 4)
        .find(|index| frame(lines[*index]).is_some());
    if let Some(first) = first {
        lines[at + 1..first].iter().for_each(|line| error.add(line));
    }
    with_frames(lines, at, kind, error)
}

fn with_frames(lines: &[&str], at: usize, kind: Kind, error: Named) -> Block {
    let first = (at + 1..lines.len())
        .take(NEAR / 4)
        .find(|index| frame(lines[*index]).is_some());
    let part = |line: &str| {
        frame(line).is_some()
            || line.starts_with("Repeat ")
            || line.starts_with("Repeated ")
            || line.starts_with("------")
            || line.trim_start().starts_with("... ")
            || line.trim_start().starts_with("--- End of ")
    };
    let end = first.map_or(at + 1, |first| run(lines, first, part));
    let frames: Vec<&str> = lines[at..end]
        .iter()
        .filter_map(|line| frame(line))
        .map(|(_, text)| text)
        .collect();
    let place = innermost(&frames, own).map(str::to_owned);
    Block::new(Language::Dotnet, kind, error, trimmed(lines, at..end))
        .at(place)
        .fatal()
}

/// The host found no run-time, or no program.
fn host(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    let heads = [
        "You must install or update .NET to run this application",
        "You must install .NET to run this application",
        "It was not possible to find any compatible framework version",
        "A fatal error occurred. The required library hostfxr",
        "A fatal error occurred, the required library hostfxr",
        "The framework 'Microsoft.",
        "The application to execute does not exist: '",
        "A fatal error was encountered. Cannot execute dotnet",
        "Could not execute because the application was not found",
        "Failed to load the dll from [",
    ];
    heads
        .iter()
        .any(|head| line.starts_with(head))
        .then_some(())?;
    let part = |line: &str| {
        let parts = [
            "App",
            "Architecture",
            "Framework",
            ".NET location",
            "The following frameworks",
            "Learn",
            "To install missing framework",
            "To install",
            "  ",
            "http",
            "- ",
            "Download",
            "Message:",
            "aka.ms",
        ];
        line.is_empty() || parts.iter().any(|part| line.starts_with(part))
    };
    let end = run(lines, at + 1, part).min(at + 4 * NEAR);
    let mut error = Named::new("", line);
    lines[at + 1..end]
        .iter()
        .filter(|line| line.starts_with("Framework: "))
        .for_each(|line| error.add(line));
    Some(
        Block::new(
            Language::Dotnet,
            Kind::NotLoaded,
            error,
            trimmed(lines, at..end),
        )
        .fatal(),
    )
}
