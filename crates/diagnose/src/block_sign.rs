//! A block as a sign.

use outlast_model::record::Stream;

use crate::sign::Sign;
use crate::survived::is_logged;
use crate::text::{Block, Fatality, Kind, Language, Line};

/// So much of a block is quoted, in lines: its beginning and its end.
pub(crate) const QUOTED: (usize, usize) = (30, 10);

pub(crate) fn block_sign(block: &Block, lines: &[Line], is_last: bool) -> Sign {
    let first = &lines[block.lines.start];
    let root = block.root.clone().unwrap_or_default();
    Sign::new("block", source_of(first), quoted(block, lines))
        .with("language", language_word(block.language))
        .with("kind", kind_word(block.kind))
        .with("name", &block.error.name)
        .with("message", first_line(&block.error.message))
        .with("root", &root.name)
        .with("root_message", first_line(&root.message))
        .with(
            "names",
            format!("{} {}", block.error.name, root.name).trim(),
        )
        .with("place", block.place.as_deref().unwrap_or_default())
        .with("thread", block.thread.as_deref().unwrap_or_default())
        .with("fatality", fatality_word(block.fatality))
        .with("position", if is_last { "last" } else { "earlier" })
        .with("logged", if is_logged(block, lines) { "yes" } else { "" })
        .at(first.at)
}

fn quoted(block: &Block, lines: &[Line]) -> String {
    let all = &lines[block.lines.clone()];
    let left_out = all.len().saturating_sub(QUOTED.0 + QUOTED.1);
    let line = |line: &Line| cut(&line.text);
    if left_out == 0 {
        return all.iter().map(line).collect::<Vec<_>>().join("\n");
    }
    let mut kept: Vec<String> = all[..QUOTED.0].iter().map(line).collect();
    kept.push(format!("… {left_out} lines …"));
    kept.extend(all[all.len() - QUOTED.1..].iter().map(line));
    kept.join("\n")
}

/// So much of a line, in letters, tells what it says.
const LINE_LETTERS: usize = 400;

pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(LINE_LETTERS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn first_line(text: &str) -> String {
    cut(text.lines().next().unwrap_or_default().trim())
}

pub(crate) fn source_of(line: &Line) -> &'static str {
    line.stream.map_or("log", Stream::name)
}

const fn language_word(language: Language) -> &'static str {
    match language {
        Language::Rust => "rust",
        Language::Go => "go",
        Language::Python => "python",
        Language::Java => "java",
        Language::Node => "node",
        Language::Dotnet => "dotnet",
        Language::Native => "native",
        Language::Ruby => "ruby",
        Language::Php => "php",
        Language::Perl => "perl",
        Language::Erlang => "erlang",
    }
}

const fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Panic => "panic",
        Kind::Exception => "exception",
        Kind::Fatal => "fatal",
        Kind::Assertion => "assertion",
        Kind::OutOfMemory => "out-of-memory",
        Kind::NoThread => "no-thread",
        Kind::StackOverflow => "stack-overflow",
        Kind::Deadlock => "deadlock",
        Kind::DataRace => "data-race",
        Kind::HeapCorruption => "heap-corruption",
        Kind::StackSmash => "stack-smash",
        Kind::Sanitizer => "sanitizer",
        Kind::Crash => "crash",
        Kind::NotLoaded => "not-loaded",
    }
}

pub(crate) const fn fatality_word(fatality: Fatality) -> &'static str {
    match fatality {
        Fatality::Open => "open",
        Fatality::Thread => "thread",
        Fatality::Process => "process",
    }
}
