//! Exceptions of Java, as its run-time and `printStackTrace` write them.

use super::block::{Block, Fatality, Kind, Language, Named};
use super::stack::{At, frame};
use super::words::{NEAR, innermost, is_type, trimmed};

/// The exception that begins at `at`.
pub(super) fn read(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines[at];
    if let Some(rest) = line.strip_prefix("Exception in thread \"") {
        let (thread, error) = rest.split_once("\" ")?;
        return Some(in_thread(lines, at, thread, error));
    }
    if let Some(rest) = line
        .strip_prefix("Exception: ")
        .filter(|rest| rest.contains(" thrown from the UncaughtExceptionHandler in thread "))
    {
        let (name, thread) =
            rest.split_once(" thrown from the UncaughtExceptionHandler in thread ")?;
        return Some(in_thread(lines, at, thread.trim_matches('"'), name));
    }
    if dumping(lines, at) {
        return Some(dumped(lines, at));
    }
    let plain = line.strip_prefix("Caused by: ").unwrap_or(line);
    let stack_follows = || lines.get(at + 1).and_then(|next| frame(next)).is_some();
    if is_error(plain)
        && (has_name_of_error(plain) || stack_follows())
        && let Some(head) = head_end(lines, at + 1)
    {
        return Some(trace(lines, at, plain, head));
    }
    let next = lines.get(at + 1).and_then(|next| frame(next));
    if matches!(next, Some((At::Java, _)))
        && let Some(error) = within(line)
    {
        return Some(trace(lines, at, error, at + 1));
    }
    bare(lines, at).or_else(|| torn(lines, at))
}

/// The machine makes some errors before they are needed, and those have no stack.
fn bare(lines: &[&str], at: usize) -> Option<Block> {
    const WORDS: [&str; 10] = [
        "Java heap space",
        "GC overhead limit exceeded",
        "Metaspace",
        "Compressed class space",
        "PermGen space",
        "Direct buffer memory",
        "Cannot reserve ",
        "unable to create ",
        "Requested array size exceeds VM limit",
        "Map failed",
    ];
    let message = lines[at].strip_prefix("java.lang.OutOfMemoryError: ")?;
    WORDS
        .iter()
        .any(|words| message.starts_with(words))
        .then_some(())?;
    let error = Named::read(lines[at]);
    Some(Block::new(Language::Java, kind(&error), error, at..at + 1))
}

fn in_thread(lines: &[&str], at: usize, thread: &str, error: &str) -> Block {
    let head = head_end(lines, at + 1).unwrap_or(at + 1);
    let mut block = trace(lines, at, error, head);
    block.fatality = if thread == "main" {
        Fatality::Process
    } else {
        Fatality::Thread
    };
    block.thread = Some(thread.to_owned());
    block
}

/// The machine tells that it writes a dump before anybody catches the error.
fn dumping(lines: &[&str], at: usize) -> bool {
    lines[at].starts_with("java.lang.OutOfMemoryError: ")
        && lines
            .get(at + 1)
            .is_some_and(|line| line.starts_with("Dumping heap to "))
}

fn dumped(lines: &[&str], at: usize) -> Block {
    let told = |line: &&&str| {
        line.starts_with("Dumping heap to ")
            || line.starts_with("Heap dump file created ")
            || line.starts_with("Unable to create ")
    };
    let end = at + 1 + lines[at + 1..].iter().take_while(told).count();
    let later = lines
        .get(end)
        .filter(|line| line.contains("OutOfMemoryError"))
        .and_then(|_| read(lines, end).or_else(|| super::java_machine::read(lines, end)));
    if let Some(later) = later {
        return Block {
            lines: at..later.lines.end,
            ..later
        };
    }
    Block::new(
        Language::Java,
        Kind::OutOfMemory,
        Named::read(lines[at]),
        at..end,
    )
}

/// `shop.StoreError: …`: a type in a package.
fn is_error(text: &str) -> bool {
    let name = text.split([':', ' ']).next().unwrap_or_default();
    let word = text.len() == name.len()
        || text[name.len()..].starts_with(": ")
        || text[name.len()..] == *":";
    let simple = name.rsplit(['.', '$']).next().unwrap_or_default();
    word && name.contains('.') && is_type(name) && simple.starts_with(|c: char| c.is_uppercase())
}

/// The error at the end of a line of a log: `could not refill: java.io.IOException: x`.
fn within(line: &str) -> Option<&str> {
    let words = line.match_indices(' ').map(|(blank, _)| &line[blank + 1..]);
    words
        .take(64)
        .find(|rest| is_error(rest) && has_name_of_error(rest))
}

/// Whether a type is named as errors are; few are not.
fn has_name_of_error(text: &str) -> bool {
    let name = text.split([':', ' ']).next().unwrap_or_default();
    let ends = ["Exception", "Error", "Throwable", "Failure", "Timeout"];
    ends.iter().any(|end| name.ends_with(end))
}

/// Where the message of an error ends: at its first frame, which is near.
fn head_end(lines: &[&str], from: usize) -> Option<usize> {
    for index in (from..lines.len()).take(NEAR) {
        match frame(lines[index]) {
            Some((At::Java, _)) => return Some(index),
            Some(_) => return None,
            None if lines[index].trim_start().starts_with("... ")
                && lines[index].ends_with(" more") =>
            {
                return Some(index);
            }
            None if lines[index].starts_with("Caused by: ") => return Some(index),
            None if begins_anew(lines[index]) => return None,
            None => {}
        }
    }
    None
}

/// Whether a line that is no frame can be no part of a message before it.
fn begins_anew(line: &str) -> bool {
    is_error(line) || within(line).is_some() || line.starts_with("Exception in thread ")
}

/// The frames of one of the errors that a trace holds.
struct Part<'a> {
    error: Named,
    frames: Vec<&'a str>,
    /// It was suppressed: it is no cause.
    aside: bool,
}

fn trace(lines: &[&str], at: usize, error: &str, head: usize) -> Block {
    let mut first = Named::read(error);
    // A torn trace has no words: its first line is a frame.
    lines[head.min(at + 1)..head]
        .iter()
        .for_each(|line| first.add(line));
    let mut parts = vec![Part {
        error: first,
        frames: Vec::new(),
        aside: false,
    }];
    let mut end = head;
    while let Some(line) = lines.get(end) {
        let plain = line.trim_start();
        if let Some((At::Java, text)) = frame(line) {
            parts
                .last_mut()
                .expect("the first is there")
                .frames
                .push(text);
        } else if let Some((cause, aside)) = cause(line) {
            let next = head_end(lines, end + 1).unwrap_or(end + 1);
            let mut error = Named::read(cause);
            lines[end + 1..next].iter().for_each(|line| error.add(line));
            parts.push(Part {
                error,
                frames: Vec::new(),
                aside,
            });
            end = next.max(end + 1);
            continue;
        } else if !(plain.starts_with("... ")
            || plain.starts_with("[CIRCULAR REFERENCE")
            || plain.starts_with("- locked <")
            || plain.starts_with("Wrapped by: "))
        {
            break;
        }
        end += 1;
    }
    let place = place(&parts);
    let mut causes = parts
        .into_iter()
        .filter(|part| !part.aside)
        .map(|part| part.error);
    let error = causes.next().unwrap_or_default();
    let root = causes.next_back();
    let kind = match kind(&error) {
        Kind::Exception => root.as_ref().map_or(Kind::Exception, kind),
        kind => kind,
    };
    let mut block = Block::new(Language::Java, kind, error, trimmed(lines, at..end)).at(place);
    block.root = root;
    block
}

/// The cause that a line introduces, and whether it was only suppressed.
fn cause(line: &str) -> Option<(&str, bool)> {
    let plain = line.trim_start();
    if let Some(rest) = plain.strip_prefix("Suppressed: ") {
        return Some((rest, true));
    }
    plain
        .strip_prefix("Caused by: ")
        .map(|rest| (rest, plain.len() < line.len()))
}

/// In the innermost cause that has a frame of the program.
fn place(parts: &[Part<'_>]) -> Option<String> {
    let causes = || parts.iter().rev().filter(|part| !part.aside);
    let of_program = causes().find(|part| part.frames.iter().any(|frame| own(frame)));
    let part = of_program.or_else(|| causes().find(|part| !part.frames.is_empty()))?;
    innermost(&part.frames, own).map(str::to_owned)
}

fn own(frame: &str) -> bool {
    const FOREIGN: [&str; 22] = [
        "java.",
        "javax.",
        "jdk.",
        "sun.",
        "com.sun.",
        "kotlin.",
        "kotlinx.",
        "scala.",
        "groovy.",
        "jakarta.",
        "org.springframework.",
        "org.apache.",
        "org.hibernate.",
        "org.codehaus.",
        "org.junit.",
        "org.eclipse.",
        "io.netty.",
        "io.micrometer.",
        "reactor.",
        "com.google.common.",
        "com.fasterxml.",
        "com.zaxxer.",
    ];
    let method =
        frame.rsplit_once('/').map_or(
            frame,
            |(module, method)| if module.contains('(') { frame } else { method },
        );
    !FOREIGN.iter().any(|name| method.starts_with(name))
}

/// Frames whose head is missing, at the very beginning.
fn torn(lines: &[&str], at: usize) -> Option<Block> {
    let (language, _) = frame(lines[at])?;
    (at == 0 && language == At::Java).then(|| {
        let mut block = trace(lines, at, "", at);
        if let Some(root) = block.root.take() {
            block.error = root;
        }
        block
    })
}

fn kind(error: &Named) -> Kind {
    match error.name.rsplit('.').next().unwrap_or_default() {
        "OutOfMemoryError" if error.message.contains("native thread") => Kind::NoThread,
        "OutOfMemoryError" => Kind::OutOfMemory,
        "StackOverflowError" => Kind::StackOverflow,
        "NoClassDefFoundError"
        | "ClassNotFoundException"
        | "UnsupportedClassVersionError"
        | "UnsatisfiedLinkError"
        | "NoSuchMethodError"
        | "ClassFormatError"
        | "VerifyError" => Kind::NotLoaded,
        _ => Kind::Exception,
    }
}
