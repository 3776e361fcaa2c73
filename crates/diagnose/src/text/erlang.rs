//! Crashes of Erlang and Elixir.

use super::block::{Block, Fatality, Kind, Language, Named};
use super::words::{between, innermost, is_type, near, run, trimmed};

/// The block that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if line.starts_with("** (") {
        return elixir(lines, at, at);
    }
    if line.starts_with("=CRASH REPORT====") || line.starts_with("=ERROR REPORT====") {
        return report(lines, at);
    }
    if line.starts_with("Crash dump is being written to: ") {
        return Some(dead(lines, at, Kind::Fatal, Named::new("", line)));
    }
    if let Some(process) = terminating(line) {
        let head = near(lines, at + 1, |line| line.starts_with("** ("))?;
        let mut block = elixir(lines, at, head)?;
        block.thread = process.split(' ').next().map(str::to_owned);
        block.fatality = Fatality::Thread;
        return Some(block);
    }
    boot(lines, at)
        .or_else(|| allocation(lines, at))
        .or_else(|| halted(lines, at))
}

/// The process of which a log says that it ends.
fn terminating(line: &str) -> Option<&str> {
    let process = line.strip_prefix("Process ").and_then(|rest| {
        rest.strip_suffix(" raised an exception")
            .or_else(|| rest.strip_suffix(" terminating"))
    });
    let other = ["GenServer ", "Task ", "State machine ", ":gen_event "]
        .iter()
        .find_map(|kind| line.strip_prefix(kind));
    process
        .or_else(|| other.and_then(|rest| rest.strip_suffix(" terminating")))
        .filter(|name| name.len() < 200)
}

/// `** (MatchError) …` and its frames.
fn elixir(lines: &[&str], at: usize, head: usize) -> Option<Block> {
    let mut error = thrown(lines[head])?;
    let mut root = None;
    let mut end = head + 1;
    if let Some(inner) = lines.get(end).and_then(|line| thrown(line.trim_start())) {
        // `** (EXIT from …) an exception was raised:` and what that was.
        root = Some(inner);
        end += 1;
    }
    let first = near(lines, end, is_frame).filter(|first| *first < end + 8);
    if let Some(first) = first {
        let words = root.as_mut().unwrap_or(&mut error);
        lines[end..first].iter().for_each(|line| words.add(line));
        end = first;
    }
    let after = run(lines, end, is_frame);
    let frames: Vec<&str> = lines[end..after].iter().map(|line| line.trim()).collect();
    let told = |line: &str| {
        line.starts_with("Function: ")
            || line.starts_with("    Args: ")
            || line.starts_with("Last message")
            || line.starts_with("State: ")
            || line.starts_with("Initial Call: ")
            || line.starts_with("Ancestors: ")
    };
    let end = run(lines, after, told);
    let foreign = [
        "(elixir ",
        "(stdlib ",
        "(kernel ",
        "(mix ",
        "(ex_unit ",
        "(logger ",
        "(erts ",
        "(iex ",
        "(phoenix",
        "(ecto",
        "(plug",
        "(cowboy",
    ];
    let own = |frame: &str| !foreign.iter().any(|name| frame.starts_with(name));
    let kind = kind(root.as_ref().unwrap_or(&error));
    let mut block = Block::new(Language::Erlang, kind, error, trimmed(lines, at..end));
    block.place = innermost(&frames, own).map(str::to_owned);
    block.root = root;
    Some(block)
}

/// `** (RuntimeError) in task`
fn thrown(line: &str) -> Option<Named> {
    let (name, message) = line.strip_prefix("** (")?.split_once(')')?;
    let known = name.starts_with("EXIT")
        || name == "exit"
        || name == "throw"
        || name == "stop"
        || is_type(name) && name.starts_with(|c: char| c.is_uppercase());
    known.then(|| Named::new(name, message))
}

/// `    lib/shop.ex:3: Shop.load/1`, `    (elixir 1.14.0) lib/file.ex:358: File.read!/1`
fn is_frame(line: &str) -> bool {
    let plain = line.trim_start();
    let plain = if plain.starts_with('(') {
        plain.split_once(") ").map_or("", |(_, rest)| rest)
    } else {
        plain
    };
    let file = plain
        .split(' ')
        .next()
        .unwrap_or_default()
        .trim_end_matches(':');
    line.starts_with("    ")
        && (super::words::ends_in_number(file)
            || line.trim_start().starts_with('(') && plain.contains('/') && !plain.contains(": "))
}

fn report(lines: &[&str], at: usize) -> Option<Block> {
    let crash = lines[at].starts_with("=CRASH");
    let end = run(lines, at + 1, |line| {
        !line.is_empty() && !line.starts_with('=')
    });
    let body = &lines[at + 1..end];
    let process = body
        .iter()
        .find_map(|line| {
            between(line, "Error in process ", " ").or_else(|| line.trim().strip_prefix("pid: "))
        })
        .or_else(|| {
            body.iter()
                .find_map(|line| between(line, "** Generic server ", " terminating"))
        });
    if !crash && process.is_none() {
        return None;
    }
    let words = |line: &&str| line.trim().strip_prefix("exception ").map(str::to_owned);
    let after = body
        .iter()
        .position(|line| line.contains("with exit value:"))
        .and_then(|index| body.get(index + 1));
    let reason = body
        .iter()
        .position(|line| line.contains("Reason for termination"))
        .and_then(|index| body.get(index + 1));
    let said = body
        .iter()
        .find_map(words)
        .or_else(|| after.or(reason).map(|line| line.trim().to_owned()))
        .unwrap_or_default();
    let error = match said.split_once(": ").filter(|(name, _)| is_type(name)) {
        Some((name, message)) => Named::new(name, message),
        None => term(&said),
    };
    let place = body
        .iter()
        .find_map(|line| place(line).or_else(|| in_function(line)));
    let mut block = Block::new(
        Language::Erlang,
        kind(&error),
        error,
        trimmed(lines, at..end),
    )
    .at(place);
    block.thread = process.map(str::to_owned);
    block.fatality = Fatality::Thread;
    Some(block)
}

/// `{badthing,[…]}`: the first atom names it.
fn term(text: &str) -> Named {
    let inner = text.trim_start_matches(['{', '*', ' ']);
    let name = inner.split([',', '}', ' ']).next().unwrap_or_default();
    if is_type(name) {
        Named::new(name, text)
    } else {
        Named::new("", text)
    }
}

/// `[{file,"sh.erl"},{line,5}]` as `sh.erl:5`.
fn place(line: &str) -> Option<String> {
    let file = between(line, "{file,\"", "\"}")?;
    let number = between(line, "{line,", "}")?;
    Some(format!("{file}:{number}"))
}

/// `in function  shop:init/1 (shop.erl, line 12)` as `shop:init/1 (shop.erl:12)`.
fn in_function(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("in function ")?;
    let (function, place) = rest.trim().split_once(" (")?;
    let (file, number) = place.strip_suffix(')')?.split_once(", line ")?;
    Some(format!("{function} ({file}:{number})"))
}

/// The virtual machine ends before, or because, its first program does.
fn boot(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    let heads = [
        "{\"init terminating in do_boot\",",
        "init terminating in do_boot (",
        "Runtime terminating during boot (",
        "Kernel pid terminated (",
        "{\"Kernel pid terminated\",",
    ];
    let head = heads.iter().find(|head| line.starts_with(**head))?;
    let error = term(&line[head.len()..]);
    let kind = if error.name == "undef" {
        Kind::NotLoaded
    } else {
        Kind::Fatal
    };
    Some(dead(lines, at, kind, error).at(place(line)))
}

/// `eheap_alloc: Cannot allocate 1000 bytes of memory (of type "heap").`
fn allocation(lines: &[&str], at: usize) -> Option<Block> {
    let (name, rest) = lines[at].split_once(": ")?;
    let known = name.ends_with("_alloc")
        && (rest.starts_with("Cannot allocate ") || rest.starts_with("Cannot reallocate "))
        && rest.contains(" of memory (of type ");
    known.then(|| dead(lines, at, Kind::OutOfMemory, Named::new("", lines[at])))
}

/// A program that halts with words of its own, which head the dump.
fn halted(lines: &[&str], at: usize) -> Option<Block> {
    let next = lines
        .get(at + 1)
        .filter(|line| line.is_empty())
        .and_then(|_| lines.get(at + 2))?;
    let dump = next.starts_with("Crash dump is being written to: ");
    dump.then(|| dead(lines, at, Kind::Fatal, Named::new("", lines[at])))
}

fn dead(lines: &[&str], at: usize, kind: Kind, error: Named) -> Block {
    let part = |line: &str| {
        line.is_empty()
            || line.starts_with("Crash dump is being written to: ")
            || line.starts_with("init terminating in do_boot (")
            || line.starts_with("Kernel pid terminated (")
    };
    let end = run(lines, at + 1, part);
    Block::new(Language::Erlang, kind, error, trimmed(lines, at..end)).fatal()
}

fn kind(error: &Named) -> Kind {
    match error.name.as_str() {
        "system_limit" | "SystemLimitError" => Kind::NoThread,
        "undef" | "UndefinedFunctionError"
            if error.message.contains("module") && error.message.contains("not available") =>
        {
            Kind::NotLoaded
        }
        _ => Kind::Exception,
    }
}
