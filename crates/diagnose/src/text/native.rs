//! How C, C++ and their libraries end a program.

use super::block::{Block, Kind, Language, Named};
use super::words::{between, cut};

/// The block that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let block = terminate(lines, at)
        .or_else(|| heap(lines[at], at))
        .or_else(|| fortified(lines[at], at))
        .or_else(|| assertion(lines[at], at))
        .or_else(|| not_loaded(lines, at));
    block.map(Block::fatal)
}

fn one(kind: Kind, error: Named, at: usize) -> Block {
    Block::new(Language::Native, kind, error, at..at + 1)
}

/// `std::terminate`, as libstdc++ and libc++abi tell of it.
fn terminate(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if line == "pure virtual method called" || line.ends_with("Pure virtual function called!") {
        let followed = lines
            .get(at + 1)
            .is_some_and(|line| line.starts_with("terminate called"));
        let mut block = one(Kind::Fatal, Named::new("", line), at);
        block.lines.end += usize::from(followed);
        return Some(block);
    }
    if let Some(rest) = line.strip_prefix("terminate called ") {
        if let Some(name) = between(rest, "after throwing an instance of '", "'") {
            let what = lines
                .get(at + 1)
                .and_then(|line| line.strip_prefix("  what():  "));
            let mut block = one(thrown(name), Named::new(name, what.unwrap_or_default()), at);
            block.lines.end += usize::from(what.is_some());
            return Some(block);
        }
        let known =
            rest.starts_with("without an active exception") || rest.starts_with("recursively");
        return known.then(|| one(Kind::Fatal, Named::new("", line), at));
    }
    let rest = line.strip_prefix("libc++abi").map_or(line, |rest| {
        rest.split_once(": ").map_or(rest, |(_, rest)| rest)
    });
    let thrown_one = rest
        .strip_prefix("terminating with uncaught exception")
        .or_else(|| rest.strip_prefix("terminating due to uncaught exception"));
    if let Some(rest) = thrown_one {
        let error = Named::read(rest.trim_start_matches(" of type ").trim());
        return Some(one(thrown(&error.name), error, at));
    }
    let known = rest.len() < line.len() && rest.starts_with("terminat");
    known.then(|| one(Kind::Fatal, Named::new("", rest), at))
}

fn thrown(name: &str) -> Kind {
    match name {
        "std::bad_alloc" => Kind::OutOfMemory,
        _ => Kind::Exception,
    }
}

/// What `malloc` and `free` say when they find the heap corrupt.
fn heap(line: &str, at: usize) -> Option<Block> {
    const WHOLE: [&str; 6] = [
        "corrupted size vs. prev_size",
        "corrupted double-linked list",
        "corrupted size vs. prev_size while consolidating",
        "corrupted size vs. prev_size in fastbins",
        "corrupted double-linked list (not small)",
        "break adjusted to free malloc space",
    ];
    const WORDS: [&str; 10] = [
        "invalid",
        "corrupt",
        "double free",
        "unaligned",
        "too large",
        "mismatching",
        "smallbin",
        "unsorted",
        "free list",
        "too many chunks",
    ];
    if let Some(message) = line.strip_prefix("*** Error in `") {
        let (_, message) = message.split_once("': ")?;
        return Some(one(
            Kind::HeapCorruption,
            Named::new("", message.trim_end_matches(" ***")),
            at,
        ));
    }
    if let Some(message) = line.strip_prefix("Fatal glibc error: ") {
        let kind = if message.contains("malloc") {
            Kind::HeapCorruption
        } else {
            Kind::Fatal
        };
        return Some(one(kind, Named::new("", message), at));
    }
    let functions = [
        "free(): ",
        "malloc(): ",
        "realloc(): ",
        "calloc(): ",
        "munmap_chunk(): ",
        "malloc_consolidate(): ",
        "mremap_chunk(): ",
        "sysmalloc: ",
        "tcache_thread_shutdown(): ",
    ];
    let of_function = functions.iter().find_map(|name| line.strip_prefix(name));
    let short = line.len() < 80;
    let found = of_function.is_some_and(|rest| {
        WORDS.iter().any(|word| rest.starts_with(word))
            || rest.contains("corrupt")
            || rest.contains("invalid")
    }) || WHOLE.contains(&line)
        || line.starts_with("double free or corruption (");
    (found && short).then(|| one(Kind::HeapCorruption, Named::new("", line), at))
}

/// `*** stack smashing detected ***: terminated`
fn fortified(line: &str, at: usize) -> Option<Block> {
    let (what, rest) = line.strip_prefix("*** ")?.split_once(" ***: ")?;
    (rest.ends_with("terminated") || rest.is_empty()).then_some(())?;
    let kind = match what {
        "stack smashing detected" | "buffer overflow detected" => Kind::StackSmash,
        _ => Kind::Fatal,
    };
    Some(one(kind, Named::new("", what), at))
}

/// glibc, musl, macOS and Windows write four different ones.
fn assertion(line: &str, at: usize) -> Option<Block> {
    if let Some(rest) = line.strip_prefix("Assertion failed: ") {
        let (condition, place) = assertion_elsewhere(rest)?;
        return Some(one(Kind::Assertion, Named::new("", condition), at).at(Some(place)));
    }
    let (before, rest) = line.split_once(": Assertion ")?;
    let condition = rest.strip_suffix(" failed.")?.trim_matches(['`', '\'']);
    // `program: file:line: function`, in which the function may be missing.
    let mut place = None;
    let mut from = 0;
    while let Some(colon) = before[from..].find(':') {
        let number = &before[from + colon + 1..];
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 && (number.len() == digits || number[digits..].starts_with(':')) {
            let start = before[..from + colon]
                .rfind(": ")
                .map_or(0, |blank| blank + 2);
            place = Some(before[start..from + colon + 1 + digits].to_owned());
            break;
        }
        from += colon + 1;
    }
    // The allocator asserts what a sound heap fulfils.
    let allocator = place.as_ref()?.starts_with("malloc.c:");
    let kind = if allocator {
        Kind::HeapCorruption
    } else {
        Kind::Assertion
    };
    Some(one(kind, Named::new("", condition), at).at(place))
}

fn assertion_elsewhere(rest: &str) -> Option<(&str, String)> {
    if let Some((condition, place)) = rest.rsplit_once(", file ") {
        let (file, number) = place.split_once(", line ")?;
        let condition = condition.split(", function ").next()?;
        return Some((
            condition,
            format!("{file}:{}", number.trim_end_matches('.')),
        ));
    }
    let (condition, place) = rest.rsplit_once(" (")?;
    let place = place.strip_suffix(')')?;
    let (file, _) = place.split_once(": ")?;
    let (_, number) = place.rsplit_once(": ")?;
    number
        .parse::<u32>()
        .is_ok()
        .then(|| (condition, format!("{file}:{number}")))
}

/// What the loader of programs says.
fn not_loaded(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if line.starts_with("dyld")
        && (line.contains("Library not loaded: ") || line.contains("Symbol not found: "))
    {
        let part = |line: &&&str| {
            line.starts_with("  Referenced from: ")
                || line.starts_with("  Reason: ")
                || line.starts_with("  Expected in: ")
        };
        let end = at + 1 + lines[at + 1..].iter().take(8).take_while(part).count();
        let message = line.split_once(": ").map_or(line, |(_, message)| message);
        return Some(Block::new(
            Language::Native,
            Kind::NotLoaded,
            Named::new("", message),
            at..end,
        ));
    }
    let (program, message) = line.split_once(": ")?;
    let known = message.starts_with("error while loading shared libraries: ")
        || message.starts_with("symbol lookup error: ")
        || message.starts_with("relocation error: ")
        || message.starts_with("/lib")
            && message.contains(": version `")
            && message.contains("' not found (required by ")
        || program.starts_with("Error loading shared library ") && message.contains("(needed by ")
        || program == "Error relocating" && message.ends_with(": symbol not found");
    let message = if program.starts_with("Error loading") {
        line
    } else {
        message
    };
    (known && !program.contains('='))
        .then(|| one(Kind::NotLoaded, Named::new("", cut(message, 1024)), at))
}
