//! Errors of Node.js, Deno and Bun.

use super::block::{Block, Kind, Language, Named};
use super::stack::{At, frame};
use super::words::{NEAR, between, ends_in_number, innermost, is_type, trimmed};

/// The error that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    if let Some(head) = excerpt(lines, at) {
        return uncaught(lines, at, head);
    }
    logged(lines, at)
}

/// The line of the error that follows the source line which threw it.
fn excerpt(lines: &[&str], at: usize) -> Option<usize> {
    let place = lines[at];
    let is_place = place.starts_with('/')
        || place.starts_with("node:")
        || place.starts_with("file://")
        || place.starts_with("evalmachine")
        || place.starts_with("[eval]")
        || place.get(1..3) == Some(":\\")
        || place.contains(".js:")
        || place.contains("internal/");
    if place.starts_with(' ') || !ends_in_number(place) || !is_place {
        return None;
    }
    let caret = (at + 1..lines.len()).take(4).find(|index| {
        let line = lines[*index].trim();
        !line.is_empty() && line.bytes().all(|byte| byte == b'^')
    })?;
    let head = caret + 1 + usize::from(lines.get(caret + 1).is_some_and(|line| line.is_empty()));
    lines
        .get(head)
        .filter(|line| !line.is_empty())
        .map(|_| head)
}

fn uncaught(lines: &[&str], at: usize, head: usize) -> Option<Block> {
    let said = lines[head]
        .trim_start_matches('[')
        .trim_end_matches(" {")
        .trim_end_matches(']');
    let mut block = told(lines, at, head, said);
    // What does not compile has no frame of its own; what was thrown has no stack.
    if own(lines[at]) && !block.place.as_deref().is_some_and(own) {
        block.place = Some(lines[at].to_owned());
    }
    let end = block.lines.end;
    let footer = (end..lines.len())
        .take(8)
        .find(|index| is_footer(lines[*index]));
    let between_them = |index: usize| {
        lines[end..index]
            .iter()
            .all(|line| line.is_empty() || line.starts_with("(Use `node"))
    };
    if let Some(footer) = footer.filter(|footer| between_them(*footer)) {
        block.lines.end = footer + 1;
        return Some(block.fatal());
    }
    Some(block)
}

fn is_footer(line: &str) -> bool {
    line.strip_prefix("Node.js v")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// An error with its stack, wherever it was printed.
fn logged(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if line.starts_with(' ') || line.starts_with('\t') {
        return None;
    }
    let deno = line.strip_prefix("error: Uncaught ");
    let said = deno.map_or(line, |rest| rest.trim_start_matches("(in promise) "));
    let said = said.strip_prefix("Uncaught ").unwrap_or(said);
    let said = between_brackets(said)
        .or_else(|| said.split_once("Warning: ").map(|(_, rest)| rest))
        .unwrap_or(said);
    let said = said.strip_prefix("error: ").unwrap_or(said);
    let bun = line.starts_with("error: ").then_some(said);
    let start = error_start(said).or(bun)?;
    let first = stack_start(lines, at + 1)?;
    let named = is_error_name(start);
    if first > at + 1 && !named {
        return None;
    }
    let block = told(lines, at, at, start);
    Some(if deno.is_some() { block.fatal() } else { block })
}

fn between_brackets(text: &str) -> Option<&str> {
    text.strip_prefix('[')
        .map(|rest| rest.trim_end_matches(" {").trim_end_matches(']'))
}

/// Where in a logged line an error begins: `unhandled: TypeError: …`.
fn error_start(text: &str) -> Option<&str> {
    if is_error_name(text) {
        return Some(text);
    }
    let at = text.find("Error: ").or_else(|| text.find("Error ["))?;
    let start = text[..at].rfind(' ').map_or(0, |blank| blank + 1);
    Some(&text[start..])
}

/// `TypeError: …`, `Error [ERR_X]: …`, `StoreError`.
fn is_error_name(text: &str) -> bool {
    let name = name_of(text);
    let rest = &text[name.len()..];
    let followed = rest.is_empty()
        || rest.starts_with(": ")
        || rest == ":"
        || rest.starts_with(" [")
        || rest.starts_with(" {");
    followed
        && is_type(name)
        && (name.ends_with("Error") || name.ends_with("Exception") || name.ends_with("Rejection"))
}

fn name_of(text: &str) -> &str {
    text.split([':', ' ', '[', '{']).next().unwrap_or_default()
}

fn stack_start(lines: &[&str], from: usize) -> Option<usize> {
    for index in (from..lines.len()).take(NEAR) {
        match frame(lines[index]) {
            Some((At::Node, _)) => return Some(index),
            Some(_) => return None,
            None if error_start(lines[index]).is_some() || is_footer(lines[index]) => return None,
            None => {}
        }
    }
    None
}

/// Reads the words of an error at `head`, its stack, its fields and its causes.
fn told(lines: &[&str], at: usize, head: usize, said: &str) -> Block {
    let mut error = read_error(said);
    let fields = lines[head].ends_with(" {");
    let stack = stack_start(lines, head + 1)
        .filter(|_| !fields)
        .unwrap_or(head + 1);
    lines[head + 1..stack]
        .iter()
        .for_each(|line| error.add(line));
    let mut parts: Vec<Vec<&str>> = vec![Vec::new()];
    let mut causes = Vec::new();
    let mut code = None;
    let mut end = stack;
    while let Some(line) = lines.get(end) {
        let plain = line.trim_start();
        let indented = plain.len() < line.len();
        if let Some((At::Node, text)) = frame(line) {
            parts
                .last_mut()
                .expect("there is one")
                .push(text.trim_end_matches([',', '{', ' ']));
        } else if let Some(cause) = plain
            .strip_prefix("[cause]: ")
            .or_else(|| plain.strip_prefix("Caused by: "))
        {
            causes.push(read_error(
                cause.trim_end_matches(" {").trim_end_matches(','),
            ));
            parts.push(Vec::new());
        } else if let Some(value) = plain.strip_prefix("code: '") {
            code = code.or(value.split('\'').next());
        } else if !(indented
            || plain.starts_with('}')
            || plain.starts_with("Emitted '")
            || is_part(lines, end))
        {
            break;
        }
        end += 1;
    }
    let kind = kind(&error, code);
    let place = parts
        .iter()
        .rev()
        .find_map(|part| innermost(part, own).filter(|frame| own(frame)));
    let place = place.or_else(|| parts.iter().find_map(|part| part.first().copied()));
    let mut block = Block::new(Language::Node, kind, error, trimmed(lines, at..end))
        .at(place.map(str::to_owned));
    block.root = causes.pop();
    block
}

/// A line that has its place only among others of a stack.
fn is_part(lines: &[&str], at: usize) -> bool {
    let thrown = |line: &str| {
        line == "Thrown at:" || line.starts_with("Require stack:") || line.starts_with("- /")
    };
    thrown(lines[at]) || lines[at].is_empty() && lines.get(at + 1).is_some_and(|next| thrown(next))
}

fn read_error(text: &str) -> Named {
    let text = text.trim();
    let name = name_of(text);
    let Some(_) = between(text, " [", "]:").filter(|code| !code.contains(' ')) else {
        // A thrown word is no type.
        let typed = text.starts_with(|c: char| c.is_uppercase()) || text.contains(": ");
        return if typed {
            Named::read(text)
        } else {
            Named::new("", text)
        };
    };
    let message = text.split_once("]:").map_or("", |(_, message)| message);

    if is_type(name) {
        Named::new(name, message)
    } else {
        Named::new("", text)
    }
}

fn kind(error: &Named, code: Option<&str>) -> Kind {
    let missing = matches!(
        code,
        Some(
            "MODULE_NOT_FOUND"
                | "ERR_MODULE_NOT_FOUND"
                | "ERR_REQUIRE_ESM"
                | "ERR_DLOPEN_FAILED"
                | "ERR_PACKAGE_PATH_NOT_EXPORTED"
        )
    );
    if missing || error.name == "SyntaxError" || error.message.starts_with("Cannot find module ") {
        Kind::NotLoaded
    } else if error
        .message
        .starts_with("Maximum call stack size exceeded")
    {
        Kind::StackOverflow
    } else if error.message.contains("Array buffer allocation failed")
        || error
            .message
            .contains("WebAssembly.Memory(): could not allocate")
    {
        Kind::OutOfMemory
    } else {
        Kind::Exception
    }
}

/// Whether a frame is of the program, not of Node or of what it depends on.
fn own(frame: &str) -> bool {
    let place = frame
        .strip_suffix(')')
        .and_then(|frame| frame.rsplit_once('('))
        .map_or(frame, |(_, place)| place);
    let place = place
        .strip_prefix("async ")
        .unwrap_or(place)
        .replace('\\', "/");
    let foreign = place.starts_with("node:")
        || place.starts_with("internal/")
        || place.starts_with("ext:")
        || place.contains("/node_modules/");
    let known = place.starts_with('/') || place.contains('/') || place.get(1..2) == Some(":");
    !foreign && known && !place.starts_with('<')
}
