//! What the sanitizers of clang and gcc report.

use super::block::{Block, Kind, Language, Named};
use super::words::{innermost, run, trimmed};

const TOOLS: [&str; 9] = [
    "AddressSanitizer",
    "HWAddressSanitizer",
    "LeakSanitizer",
    "ThreadSanitizer",
    "MemorySanitizer",
    "UndefinedBehaviorSanitizer",
    "DataFlowSanitizer",
    "RealtimeSanitizer",
    "TypeSanitizer",
];

/// A report is no longer than this many lines.
const LONGEST: usize = 4096;

/// The report that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    if let Some(block) = undefined(lines, at) {
        return Some(block);
    }
    let head = head(lines, at)?;
    let (tool, report) = parts(lines[head])?;
    let name = report
        .split([' ', '('])
        .next()
        .unwrap_or_default()
        .trim_end_matches(':');
    let race = tool == "ThreadSanitizer";
    let (name, message) = match report.strip_prefix("data race") {
        Some(rest) => ("data race", rest.trim()),
        None if name == "detected" => ("", report),
        None => (name, report[name.len()..].trim_start_matches(':').trim()),
    };
    let end = end(lines, head);
    let place = place(&lines[head + 1..end]);
    let block = Block::new(
        Language::Native,
        kind(name),
        Named::new(name, message),
        trimmed(lines, at..end),
    )
    .at(place);
    Some(if race { block } else { block.fatal() })
}

/// The line that says what was found: this one, or one after the rule above it.
fn head(lines: &[&str], at: usize) -> Option<usize> {
    let mut index = at;
    while index < at + 3 {
        let line = lines.get(index)?;
        if parts(line).is_some() {
            return Some(index);
        }
        let rule = line.len() >= 10 && line.bytes().all(|byte| byte == b'=');
        if !(rule || line.ends_with("Sanitizer:DEADLYSIGNAL")) {
            return None;
        }
        index += 1;
    }
    None
}

/// `==123==ERROR: AddressSanitizer: what` in its tool and what it found.
fn parts(line: &str) -> Option<(&str, &str)> {
    let rest = match line.strip_prefix("==") {
        Some(rest) => {
            rest.split_once("==")
                .filter(|(pid, _)| pid.bytes().all(|byte| byte.is_ascii_digit()))?
                .1
        }
        None => line,
    };
    let rest = rest
        .strip_prefix("ERROR: ")
        .or_else(|| rest.strip_prefix("WARNING: "))?;
    rest.split_once(": ")
        .filter(|(tool, _)| TOOLS.contains(tool))
}

fn end(lines: &[&str], head: usize) -> usize {
    let rest = lines[head + 1..].iter().take(LONGEST);
    let last = rest
        .clone()
        .position(|line| line.starts_with("SUMMARY: ") || parts(line).is_some());
    let Some(last) = last.map(|last| head + 1 + last) else {
        return run(lines, head + 1, belongs);
    };
    if parts(lines[last]).is_some() {
        return last;
    }
    let after = run(lines, last + 1, |line| {
        line.starts_with("Shadow ")
            || line.starts_with("  ")
            || line.starts_with("=>")
            || line.starts_with("=====")
    });
    let aborted = lines
        .get(after)
        .is_some_and(|line| line.starts_with("==") && line.ends_with("==ABORTING"));
    after + usize::from(aborted)
}

fn belongs(line: &str) -> bool {
    line.is_empty()
        || line.starts_with(' ')
        || line.starts_with("==")
        || line.starts_with("0x")
        || line.contains(" of size ")
        || line.contains(" by thread ")
        || line.contains("leak of ")
        || line.starts_with("Shadow ")
}

fn kind(name: &str) -> Kind {
    match name {
        "data race" => Kind::DataRace,
        "stack-overflow" => Kind::StackOverflow,
        "out-of-memory" | "allocation-size-too-big" | "calloc-overflow" | "rss-limit-exceeded" => {
            Kind::OutOfMemory
        }
        _ => Kind::Sanitizer,
    }
}

/// The innermost frame of the program in the first stack.
fn place(lines: &[&str]) -> Option<String> {
    let start = lines
        .iter()
        .position(|line| line.trim_start().starts_with("#0 "))?;
    let stack = lines[start..]
        .iter()
        .take_while(|line| line.trim_start().starts_with('#'));
    let frames: Vec<&str> = stack.map(|line| without_address(line.trim())).collect();
    innermost(&frames, own).map(str::to_owned)
}

/// `#0 0x5602 in use(char*) s.cpp:7` as `use(char*) s.cpp:7`.
fn without_address(frame: &str) -> &str {
    let rest = frame
        .split_once(' ')
        .map_or("", |(_, rest)| rest.trim_start());
    match rest
        .strip_prefix("0x")
        .and_then(|rest| rest.split_once(" in "))
    {
        Some((_, function)) => function,
        None => rest,
    }
}

fn own(frame: &str) -> bool {
    let names = [
        "__interceptor_",
        "operator new",
        "operator delete",
        "__libc_",
        "_start",
        "std::",
        "__asan",
        "__sanitizer",
        "malloc ",
        "free ",
        "calloc ",
        "realloc ",
        "memcpy",
        "__gnu_cxx",
        "__invoke",
    ];
    let files = [
        "libsanitizer",
        "compiler-rt",
        "/usr/include/",
        "/usr/lib/",
        "/lib/x86_64",
        "sysdeps/",
    ];
    !names.iter().any(|name| frame.starts_with(name))
        && !files.iter().any(|file| frame.contains(file))
}

/// `s.cpp:15:34: runtime error: signed integer overflow: …`; the program goes on.
fn undefined(lines: &[&str], at: usize) -> Option<Block> {
    let (place, message) = lines[at].split_once(": runtime error: ")?;
    let mut numbers = place.rsplit(':');
    let column = numbers.next()?.parse::<u32>().is_ok();
    let line = numbers.next()?.parse::<u32>().is_ok();
    (column && line && !place.contains(' ')).then_some(())?;
    let mut end = run(lines, at + 1, |line| line.starts_with("    #"));
    end += usize::from(
        lines
            .get(end)
            .is_some_and(|line| line.starts_with("SUMMARY: UndefinedBehavior")),
    );
    Some(
        Block::new(
            Language::Native,
            Kind::Sanitizer,
            Named::new("", message),
            at..end,
        )
        .at(Some(place.to_owned())),
    )
}
