//! Panics and fatal errors of Go.

use super::block::{Block, Fatality, Kind, Language, Named};
use super::go_frames::{Dump, dump, is_goroutine};
use super::words::{NEAR, near, run, trimmed};

/// The block that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if let Some(message) = line.strip_prefix("panic: ") {
        panic(lines, at, message)
    } else if line.starts_with("fatal error: ") || introduces(line) {
        fatal(lines, at)
    } else if line.contains("http: panic serving ") {
        served(lines, at)
    } else if line == "==================" {
        race(lines, at)
    } else if is_goroutine(line)
        || line.starts_with("SIGQUIT: quit")
        || line.starts_with("SIGABRT: abort")
    {
        bare(lines, at)
    } else {
        signal(lines, at)
    }
}

fn panic(lines: &[&str], at: usize, first: &str) -> Option<Block> {
    let stack = near(lines, at + 1, is_goroutine);
    // Without a stack it is one only as the very last words.
    let rest = &lines[at + 1..];
    let last = rest.len() < NEAR && rest.iter().all(|line| line.is_empty() || is_rest(line));
    if stack.is_none() && !last {
        return None;
    }
    let end = stack.unwrap_or(lines.len());
    let mut chain = vec![Named::default()];
    say(&mut chain[0], first);
    let mut signal = None;
    for line in &lines[at + 1..end] {
        if let Some(message) = line.strip_prefix("\tpanic: ") {
            let mut next = Named::default();
            say(&mut next, message);
            chain.push(next);
        } else if line.starts_with("[signal ") {
            signal = line
                .strip_prefix("[signal ")
                .and_then(|line| line.split([':', ' ', ']']).next());
        } else if let Some(last) = chain
            .last_mut()
            .filter(|_| !line.trim().is_empty() && !line.starts_with("exit status "))
        {
            last.add(line.trim_start_matches('\t'));
        }
    }
    let error = chain.pop().expect("there is one from the beginning");
    let root = chain.into_iter().next().filter(|root| *root != error);
    let mut block = with_dump(
        lines,
        at,
        end,
        Block::new(Language::Go, Kind::Panic, error, at..end),
    );
    block.root = root;
    if let Some(signal) = signal {
        block.kind = Kind::Crash;
        block.error.name = signal.to_owned();
    }
    // Alone it may be anybody's words.
    let certain = stack.is_some() || lines.len() > at + 1;
    Some(if certain { block.fatal() } else { block })
}

/// What can follow the words of a panic when its stack is missing.
fn is_rest(line: &str) -> bool {
    line.starts_with("[signal ")
        || line.starts_with("\tpanic: ")
        || line.starts_with("exit status ")
}

/// `main.MyError{…}` and `(T) 0x…` have a type; `[recovered]` is none of the words.
fn say(error: &mut Named, message: &str) {
    let message = message
        .trim_end()
        .trim_end_matches(" [recovered, repanicked]")
        .trim_end_matches(" [recovered]");
    let message = message
        .strip_prefix("runtime error: ")
        .map_or(message, |rest| {
            error.name = "runtime error".to_owned();
            rest
        });
    error.add(message);
}

/// What the run-time says before `fatal error`.
fn introduces(line: &str) -> bool {
    line.starts_with("runtime: ") || line.starts_with("unexpected fault address ")
}

fn fatal(lines: &[&str], at: usize) -> Option<Block> {
    // Of several such lines the first introduces the error that follows them.
    if at > 0 && introduces(lines[at]) && introduces(lines[at - 1]) {
        return None;
    }
    let head = run(lines, at, introduces);
    let head = (head..lines.len())
        .take(4)
        .find(|index| lines[*index].starts_with("fatal error: "))?;
    let message = lines[head].strip_prefix("fatal error: ")?;
    let stack = near(lines, head + 1, |line| {
        is_goroutine(line) || line.starts_with("runtime stack:")
    });
    let kind = kind(message, lines[at]);
    if stack.is_none() && kind == Kind::Fatal {
        return None;
    }
    let signal = lines[head + 1..]
        .iter()
        .take(2)
        .find_map(|line| line.strip_prefix("[signal "));
    let mut error = Named::new("", message);
    if head > at && kind != Kind::StackOverflow {
        error.add(lines[at]);
    }
    let mut block = Block::new(Language::Go, kind, error, at..head + 1);
    if let Some(signal) = signal {
        block.kind = Kind::Crash;
        block.error.name = signal
            .split([':', ' '])
            .next()
            .unwrap_or_default()
            .to_owned();
    }
    Some(with_dump(lines, at, stack.unwrap_or(head + 1), block).fatal())
}

fn kind(message: &str, before: &str) -> Kind {
    if message.contains("goroutines are asleep") {
        Kind::Deadlock
    } else if message.starts_with("concurrent map ") {
        Kind::DataRace
    } else if message == "stack overflow" {
        Kind::StackOverflow
    } else if message.contains("out of memory")
        || message.contains("cannot allocate memory")
        || message.contains("cannot map pages")
    {
        Kind::OutOfMemory
    } else if before.contains("failed to create new OS thread") || message == "newosproc" {
        Kind::NoThread
    } else {
        Kind::Fatal
    }
}

/// `net/http` caught it and goes on.
fn served(lines: &[&str], at: usize) -> Option<Block> {
    let (_, rest) = lines[at].split_once("http: panic serving ")?;
    let (_, message) = rest.split_once(": ")?;
    let stack = (at + 1..lines.len())
        .take(4)
        .find(|index| is_goroutine(lines[*index]))?;
    let mut error = Named::default();
    say(&mut error, message);
    let block = Block::new(Language::Go, Kind::Panic, error, at..stack);
    Some(Block {
        fatality: Fatality::Open,
        ..with_dump(lines, at, stack, block)
    })
}

/// A stack without its head: torn, or asked for.
fn bare(lines: &[&str], at: usize) -> Option<Block> {
    let asked = lines[at].starts_with("SIG");
    let first = lines
        .iter()
        .take(at)
        .all(|line| line.trim().is_empty() || line.starts_with('\t') || line.ends_with(')'));
    let stack = near(lines, at, is_goroutine)?;
    let torn = first && at < 16;
    if !(asked || torn) {
        return None;
    }
    let (name, message) = if asked {
        lines[at].split_once(": ")?
    } else {
        ("", "")
    };
    let kind = if asked { Kind::Fatal } else { Kind::Panic };
    let block = Block::new(Language::Go, kind, Named::new(name, message), at..stack);
    let block = with_dump(lines, at, stack, block);
    Some(if asked { block.fatal() } else { block })
}

/// A signal in foreign code: `SIGSEGV: segmentation violation`, `PC=0x… m=0 sigcode=1`.
fn signal(lines: &[&str], at: usize) -> Option<Block> {
    let (name, message) = lines[at].split_once(": ")?;
    let is_name = name.starts_with("SIG") && name.bytes().all(|byte| byte.is_ascii_uppercase());
    let followed = lines
        .get(at + 1)
        .is_some_and(|line| line.starts_with("PC=0x"));
    (is_name && followed).then_some(())?;
    let stack = near(lines, at, is_goroutine).unwrap_or(at + 2);
    let block = Block::new(
        Language::Go,
        Kind::Crash,
        Named::new(name, message),
        at..stack,
    );
    Some(with_dump(lines, at, stack, block).fatal())
}

fn race(lines: &[&str], at: usize) -> Option<Block> {
    lines
        .get(at + 1)
        .filter(|line| **line == "WARNING: DATA RACE")?;
    let end = run(lines, at + 2, |line| {
        line.starts_with(' ') || line.is_empty() || line.ends_with(':') && line.contains("oroutine")
    });
    let end = end + usize::from(lines.get(end).is_some_and(|line| line.starts_with("====")));
    let function = lines.get(at + 3).map_or("", |line| line.trim());
    let file = lines
        .get(at + 4)
        .map_or("", |line| line.trim())
        .split(" +0x")
        .next()
        .unwrap_or_default();
    let error = Named::new(
        "DATA RACE",
        lines
            .get(at + 2)
            .map_or("", |line| line.trim_end_matches(':')),
    );
    let place =
        Some(format!("{} ({file})", function.trim_end_matches("()"))).filter(|_| !file.is_empty());
    Some(Block::new(Language::Go, Kind::DataRace, error, trimmed(lines, at..end)).at(place))
}

fn with_dump(lines: &[&str], at: usize, from: usize, block: Block) -> Block {
    let Dump { place, thread, end } = dump(lines, from);
    Block {
        place,
        thread,
        lines: trimmed(lines, at..end.max(from)),
        ..block
    }
}
