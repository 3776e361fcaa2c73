//! Exceptions and crashes of Ruby.

use super::block::{Block, Fatality, Kind, Language, Named};
use super::words::{NEAR, innermost, is_type, run, trimmed};

/// The block that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if line.starts_with("#<Thread:0x") && line.contains(" terminated with exception") {
        let mut block = chain(lines, at, at + 1)?;
        block.fatality = Fatality::Thread;
        block.thread = line
            .split(' ')
            .next()
            .map(|name| name.trim_start_matches("#<").to_owned());
        return Some(block);
    }
    if let Some((place, message)) = line.split_once(": [BUG] ") {
        return Some(bug(lines, at, place, message));
    }
    syntax(lines, at).or_else(|| chain(lines, at, at))
}

/// `file.rb:3:in 'load': cannot load (OrderError)`, in its place, its message and its type.
fn head(line: &str) -> Option<(&str, &str, &str)> {
    let in_method = line.find(":in `").or_else(|| line.find(":in '"));
    let (place, rest) = match in_method {
        Some(at) => {
            let method = at + 5;
            // Newer ones name the class, in whose name may be any sign.
            let close = line[method..].find("': ")?;
            (&line[..method + close + 1], &line[method + close + 3..])
        }
        None => {
            let at = line.find(".rb:")? + 4;
            let digits = line[at..].bytes().take_while(u8::is_ascii_digit).count();
            (
                &line[..at + digits],
                line[at + digits..].strip_prefix(": ")?,
            )
        }
    };
    let numbered = place
        .split(":in ")
        .next()
        .is_some_and(super::words::ends_in_number);
    if !numbered || place.starts_with([' ', '\t']) {
        return None;
    }
    let open = rest
        .rfind(" (")
        .map(|open| (open, open + 2))
        .or_else(|| rest.starts_with('(').then_some((0, 1)))?;
    let name = rest[open.1..].strip_suffix(')')?;
    // The class of what no program may rescue is `fatal`.
    let constant =
        is_type(name) && (name == "fatal" || name.starts_with(|c: char| c.is_uppercase()));
    constant.then(|| (place, &rest[..open.0], name))
}

fn chain(lines: &[&str], at: usize, first: usize) -> Option<Block> {
    let (place, message, name) = head(lines.get(first)?)?;
    let mut error = Named::new(name, message);
    let mut frames = vec![place];
    let mut end = rest(lines, first + 1, &mut frames, &mut error);
    let mut root = None;
    while let Some((_, message, name)) = lines.get(end).and_then(|line| head(line)) {
        let mut cause = Named::new(name, message);
        let mut of_cause = Vec::new();
        end = rest(lines, end + 1, &mut of_cause, &mut cause);
        root = Some(cause);
    }
    let kind = match error.name.as_str() {
        "NoMemoryError" => Kind::OutOfMemory,
        "SystemStackError" => Kind::StackOverflow,
        "LoadError" | "SyntaxError" | "Gem::MissingSpecError" | "Bundler::GemNotFound" => {
            Kind::NotLoaded
        }
        "ThreadError" if error.message.contains("can't create Thread") => Kind::NoThread,
        "fatal" => Kind::Deadlock,
        _ => Kind::Exception,
    };
    let place = innermost(&frames, own).map(str::to_owned);
    let mut block = Block::new(Language::Ruby, kind, error, trimmed(lines, at..end)).at(place);
    block.root = root;
    Some(block)
}

/// The further lines of a message, if frames follow them, and the frames.
fn rest<'a>(lines: &[&'a str], from: usize, frames: &mut Vec<&'a str>, error: &mut Named) -> usize {
    let frame = |line: &'a str| {
        line.strip_prefix("\tfrom ")
            .or_else(|| line.strip_prefix("        from "))
    };
    let first = (from..lines.len())
        .take(NEAR)
        .find(|index| frame(lines[*index]).is_some() || head(lines[*index]).is_some());
    let mut end = from;
    if let Some(first) = first.filter(|first| frame(lines[*first]).is_some()) {
        lines[from..first].iter().for_each(|line| error.add(line));
        end = first;
    } else {
        // The excerpt with carets has no frame after it if it was thrown in `<main>`.
        let caret = (from..lines.len()).take(4).find(|index| {
            let line = lines[*index].trim();
            !line.is_empty() && line.bytes().all(|byte| byte == b'^')
        });
        end = caret.map_or(end, |caret| caret + 1);
    }
    while let Some(line) = lines.get(end) {
        match frame(line) {
            Some(text) => frames.push(text),
            None if line.starts_with("\t ... ") && line.ends_with("levels...") => {}
            None => break,
        }
        end += 1;
    }
    end
}

fn own(frame: &str) -> bool {
    !(frame.contains("/gems/") || frame.contains("/lib/ruby/") || frame.starts_with("<internal:"))
}

fn bug(lines: &[&str], at: usize, place: &str, message: &str) -> Block {
    let mut error = Named::new("", message);
    let crash = message.starts_with("Segmentation fault")
        || message.starts_with("Bus Error")
        || message.starts_with("Illegal");
    if message.starts_with("Segmentation fault") {
        error.name = "SIGSEGV".to_owned();
    }
    let part = |line: &str| {
        let first = line.split([' ', '-', ':']).next().unwrap_or_default();
        line.is_empty()
            || line.starts_with(' ')
            || line.starts_with("-- ")
            || line.starts_with("* ")
            || line.starts_with("c:")
            || line.starts_with("ruby ")
            || line.starts_with('/')
            || line.starts_with("[NOTE]")
            || line.starts_with("You may have")
            || line.starts_with("Bug reports are")
            || line.starts_with("Don't forget")
            || line.starts_with("For details: ")
            || line.contains(".rb:")
            || line.contains(" [0x")
            || line.contains("(0x")
            || (first.len() >= 8 && first.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let end = run(lines, at + 1, part);
    let kind = if crash { Kind::Crash } else { Kind::Fatal };
    let place = Some(place)
        .filter(|place| !place.is_empty())
        .map(str::to_owned);
    Block::new(Language::Ruby, kind, error, trimmed(lines, at..end))
        .at(place)
        .fatal()
}

fn syntax(lines: &[&str], at: usize) -> Option<Block> {
    let (place, message) = lines[at].split_once(": syntax error")?;
    let of_ruby =
        place.contains(".rb:") && !place.contains(' ') && super::words::ends_in_number(place);
    of_ruby.then_some(())?;
    let end = run(lines, at + 1, |line| {
        line.starts_with([' ', '>', '.', '^']) || line.contains(": syntax error")
    });
    let error = Named::new("SyntaxError", message.trim_start_matches([',', ' ']));
    Some(
        Block::new(
            Language::Ruby,
            Kind::NotLoaded,
            error,
            trimmed(lines, at..end),
        )
        .at(Some(place.to_owned())),
    )
}
