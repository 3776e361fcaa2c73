//! The last words of a Perl program.

use super::block::{Block, Kind, Language, Named};
use super::words::{NEAR, trimmed};

/// The death that begins at `at`. Perl warns in the same words, so that only the very
/// last ones can be a death.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    if lines.len() - at > NEAR {
        return None;
    }
    let (message, place) = died(lines[at])?;
    let tail = |line: &&str| {
        line.is_empty()
            || died(line).is_some()
            || line.starts_with("BEGIN failed--")
            || line.starts_with("Compilation failed in require at ")
            || line.starts_with("Execution of ")
            || line.starts_with("syntax error at ")
            || is_call(line)
    };
    lines[at + 1..].iter().all(tail).then_some(())?;
    // Of several warnings before a death only the last can be it.
    let later = lines[at + 1..].iter().any(|line| {
        died(line).is_some()
            && !is_call(line)
            && !line.starts_with("BEGIN failed--")
            && !line.starts_with("Compilation failed")
    });
    (!later).then_some(())?;
    let loading = message.starts_with("Can't locate ")
        || message.starts_with("syntax error")
        || lines[at + 1..]
            .iter()
            .any(|line| line.starts_with("BEGIN failed--"));
    let kind = match message {
        _ if loading => Kind::NotLoaded,
        "Out of memory!" => Kind::OutOfMemory,
        _ => Kind::Exception,
    };
    Some(
        Block::new(
            Language::Perl,
            kind,
            Named::new("", message),
            trimmed(lines, at..lines.len()),
        )
        .at(Some(place)),
    )
}

/// `\tmain::f(1) called at b.pl line 1`
fn is_call(line: &str) -> bool {
    line.starts_with('\t') && line.contains(" called at ")
}

/// `message at file line 3.`, also `…, <STDIN> line 7.`
fn died(line: &str) -> Option<(&str, String)> {
    let line = line
        .strip_suffix('.')
        .or_else(|| line.ends_with(", at end of line").then_some(line))?;
    let line = line
        .rsplit_once(", <")
        .filter(|(_, rest)| rest.contains("> line ") || rest.contains("> chunk "))
        .map_or(line, |(line, _)| line);
    let (rest, number) = line.rsplit_once(" line ")?;
    let (message, file) = rest.rsplit_once(" at ")?;
    let number = number.strip_suffix(", at end of line").unwrap_or(number);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let script = [".pl", ".pm", ".t", ".cgi", ".psgi"]
        .iter()
        .any(|end| file.ends_with(end))
        || file == "-e"
        || file.starts_with("(eval ")
        || file.contains('/');
    let plain = !file.contains(' ') || file.starts_with("(eval ");
    (is_number && script && plain && !message.is_empty())
        .then(|| (message, format!("{file}:{number}")))
}
