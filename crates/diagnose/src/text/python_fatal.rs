//! How Python itself gives up.

use super::block::{Block, Kind, Language, Named};
use super::python::{own, place};
use super::words::{innermost, trimmed};

/// The fatal error that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    if let Some(message) = lines[at].strip_prefix("Fatal Python error: ") {
        return Some(fatal(lines, at, message).fatal());
    }
    not_found(lines[at], at).map(Block::fatal)
}

fn fatal(lines: &[&str], at: usize, message: &str) -> Block {
    let mut end = at + 1;
    let mut frames = Vec::new();
    let mut thread = None;
    let mut current = false;
    while let Some(line) = lines.get(end).filter(|line| belongs(line)) {
        if let Some(rest) = line.strip_prefix("Current thread ") {
            current = true;
            thread = rest.split(' ').next().map(str::to_owned);
        } else if line.starts_with("Thread 0x") {
            current = false;
        }
        let frame = line
            .trim_start()
            .strip_prefix("File \"")
            .filter(|_| current);
        frames.extend(frame);
        end += 1;
    }
    let (signal, kind) = signal(message);
    let mut block = Block::new(
        Language::Python,
        kind,
        Named::new(signal, message),
        trimmed(lines, at..end),
    );
    block.place = innermost(&frames, own).map(place);
    block.thread = thread;
    block
}

fn signal(message: &str) -> (&'static str, Kind) {
    match message.split(':').next().unwrap_or_default() {
        "Segmentation fault" => ("SIGSEGV", Kind::Crash),
        "Aborted" => ("SIGABRT", Kind::Crash),
        "Bus error" => ("SIGBUS", Kind::Crash),
        "Illegal instruction" => ("SIGILL", Kind::Crash),
        "Floating point exception" => ("SIGFPE", Kind::Crash),
        _ if message.contains("stack overflow") || message.contains("recursion") => {
            ("", Kind::StackOverflow)
        }
        _ if message.to_ascii_lowercase().contains("memory") => ("", Kind::OutOfMemory),
        _ => ("", Kind::Fatal),
    }
}

fn belongs(line: &str) -> bool {
    line.is_empty()
        || line.starts_with("Current thread 0x")
        || line.starts_with("Thread 0x")
        || line.starts_with("  File \"")
        || line.starts_with("  <")
        || line.starts_with("  ...")
        || line.starts_with("Python runtime state: ")
        || line.starts_with("Extension modules: ")
        || line.starts_with("Current thread's C stack trace")
        || line.starts_with("  Binary file \"")
        || (line.contains("Error: ") && !line.contains(' ')
            || line.starts_with("ModuleNotFoundError: "))
}

/// `python3: can't open file 'x.py': [Errno 2] …` and `python3: No module named x`.
fn not_found(line: &str, at: usize) -> Option<Block> {
    let (program, message) = line.split_once(": ")?;
    let name = program.rsplit(['/', '\\']).next()?;
    if !name.starts_with("python") || name.contains(' ') {
        return None;
    }
    let file = message.starts_with("can't open file '") && message.contains("[Errno ");
    let module = message.starts_with("No module named ")
        || message.starts_with("Error while finding module specification for ");
    (file || module).then(|| {
        Block::new(
            Language::Python,
            Kind::NotLoaded,
            Named::new("", message),
            at..at + 1,
        )
    })
}
