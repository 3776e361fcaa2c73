//! Fatal errors of PHP.

use super::block::{Block, Kind, Language, Named};
use super::words::trimmed;

/// An uncaught exception is told in so many lines at most.
const LONGEST: usize = 2048;

/// The error that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    let line = line
        .strip_prefix("NOTICE: PHP message: ")
        .or_else(|| line.strip_prefix("PHP message: "))
        .unwrap_or(line);
    let line = line.strip_prefix("PHP ").unwrap_or(line);
    if let Some(rest) = line.strip_prefix("Parse error: ") {
        let (message, place) = located(rest)?;
        return Some(
            Block::new(
                Language::Php,
                Kind::NotLoaded,
                Named::new("ParseError", message),
                at..at + 1,
            )
            .at(Some(place))
            .fatal(),
        );
    }
    let rest = line.strip_prefix("Fatal error: ")?.trim_start();
    if let Some(rest) = rest.strip_prefix("Uncaught ") {
        return Some(uncaught(lines, at, rest)?.fatal());
    }
    let (message, place) = located(rest)?;
    Some(
        Block::new(
            Language::Php,
            kind(message),
            Named::new("", message),
            at..at + 1,
        )
        .at(Some(place))
        .fatal(),
    )
}

/// `message in file on line 3`
fn located(text: &str) -> Option<(&str, String)> {
    let (rest, number) = text.rsplit_once(" on line ")?;
    let (message, file) = rest.rsplit_once(" in ")?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| (message.trim(), format!("{file}:{number}")))
}

/// One exception: `T: message in file:3`.
struct Told {
    error: Named,
    place: String,
}

fn uncaught(lines: &[&str], at: usize, first: &str) -> Option<Block> {
    let mut chain = Vec::new();
    let mut said = first.to_owned();
    let mut frames = Vec::new();
    let mut end = None;
    for index in (at + 1..lines.len()).take(LONGEST) {
        let line = lines[index];
        let frame = frame(line);
        if line.starts_with("  thrown in ") {
            end = Some(index + 1);
            break;
        } else if let Some(next) = line.strip_prefix("Next ") {
            chain.push(told(&std::mem::replace(&mut said, next.to_owned())));
        } else if line.starts_with("PHP Fatal error: ") || line.starts_with("Fatal error: ") {
            break;
        } else if frame.is_some() {
            frames.extend(frame);
        } else if line != "Stack trace:" && !line.is_empty() && said.len() < 4096 {
            said.push('\n');
            said.push_str(line);
        }
    }
    if end.is_none() {
        // Torn, or the message alone: only what is certain.
        first.clone_into(&mut said);
        chain.clear();
        frames.clear();
        let stack = lines
            .get(at + 1)
            .is_some_and(|line| *line == "Stack trace:");
        end = Some(
            at + 1
                + usize::from(stack)
                + lines[at + 1..]
                    .iter()
                    .skip(1)
                    .take_while(|line| stack && line.starts_with('#'))
                    .count(),
        );
    }
    chain.push(told(&said));
    let last = chain.pop().expect("it was pushed just now");
    let root = chain.into_iter().next();
    let inner = root.as_ref().unwrap_or(&last);
    let own = |place: &str| !place.contains("/vendor/");
    let place = if own(&inner.place) {
        Some(inner.place.clone())
    } else {
        frames
            .into_iter()
            .find(|frame| own(frame))
            .or(Some(inner.place.clone()))
    };
    let mut block = Block::new(
        Language::Php,
        kind(&last.error.message),
        last.error,
        trimmed(lines, at..end?),
    );
    block.root = root.map(|root| root.error);
    block.place = place.filter(|place| !place.is_empty());
    Some(block)
}

fn told(text: &str) -> Told {
    let (message, place) = text
        .rsplit_once(" in ")
        .filter(|(_, place)| super::words::ends_in_number(place))
        .unwrap_or((text, ""));
    let mut error = Named::read(message.split('\n').next().unwrap_or_default());
    message.split('\n').skip(1).for_each(|line| error.add(line));
    Told {
        error,
        place: place.to_owned(),
    }
}

/// `#0 /srv/app.php(3): load()` as `/srv/app.php:3`.
fn frame(line: &str) -> Option<String> {
    let rest = line.strip_prefix('#')?;
    let (number, rest) = rest.split_once(' ')?;
    number
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(())?;
    let (file, rest) = rest.split_once('(').unwrap_or((rest, ""));
    let line = rest.split(')').next().unwrap_or_default();
    Some(if line.is_empty() {
        file.to_owned()
    } else {
        format!("{file}:{line}")
    })
}

fn kind(message: &str) -> Kind {
    if message.starts_with("Allowed memory size of ") || message.starts_with("Out of memory") {
        Kind::OutOfMemory
    } else if message.contains("Failed opening required ")
        || message.starts_with("Unable to load dynamic library")
    {
        Kind::NotLoaded
    } else if message.contains("Maximum function nesting level")
        || message.starts_with("Maximum call stack size")
    {
        Kind::StackOverflow
    } else if message.starts_with("Maximum execution time") {
        Kind::Fatal
    } else {
        Kind::Exception
    }
}
