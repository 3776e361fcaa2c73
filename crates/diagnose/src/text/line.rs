//! A line that was printed, and what stands before its message.

use std::borrow::Cow;

use outlast_model::RealTime;
use outlast_model::record::Stream;

use super::{json, prefix};

/// A line of output, or of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it was printed; `None`: that is not known, as in a log file.
    pub stream: Option<Stream>,
    /// When it arrived; `None`: nobody has noted it.
    pub at: Option<RealTime>,
    /// The text, without the line end.
    pub text: String,
}

/// What a line says, without what logging has put before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The words of the program, with their indentation.
    pub text: Cow<'a, str>,
    /// How grave the program says it is.
    pub level: Option<Level>,
    /// When it was written; `None` also where the year or the zone is missing.
    pub at: Option<RealTime>,
    /// Which stream it came from, as the log of a container says.
    pub stream: Option<Stream>,
    /// Who wrote it, as a log of several programs says: `nginx[812]`, `web-1`.
    pub tag: Option<String>,
}

/// How grave a program says a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// For who follows every step.
    Trace,
    /// For who looks for a fault.
    Debug,
    /// It is as it should be.
    Info,
    /// It may become wrong.
    Warning,
    /// Something went wrong.
    Error,
    /// It cannot go on.
    Fatal,
}

impl Level {
    /// The level that `word` names, in any case.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        const WORDS: [(&str, Level); 23] = [
            ("trace", Level::Trace),
            ("debug", Level::Debug),
            ("info", Level::Info),
            ("information", Level::Info),
            ("notice", Level::Info),
            ("warn", Level::Warning),
            ("warning", Level::Warning),
            ("error", Level::Error),
            ("err", Level::Error),
            ("severe", Level::Error),
            ("eror", Level::Error),
            ("fatal", Level::Fatal),
            ("crit", Level::Fatal),
            ("critical", Level::Fatal),
            ("alert", Level::Fatal),
            ("emerg", Level::Fatal),
            ("emergency", Level::Fatal),
            ("panic", Level::Fatal),
            ("dbg", Level::Debug),
            ("inf", Level::Info),
            ("wrn", Level::Warning),
            ("ftl", Level::Fatal),
            ("trc", Level::Trace),
        ];
        let named = |(known, _): &&(&str, Self)| known.eq_ignore_ascii_case(word);
        WORDS.iter().find(named).map(|(_, level)| *level)
    }

    /// The level of a syslog priority: its lowest three bits.
    pub(super) fn of_priority(priority: u32) -> Self {
        match priority % 8 {
            0..=2 => Self::Fatal,
            3 => Self::Error,
            4 => Self::Warning,
            5 | 6 => Self::Info,
            _ => Self::Debug,
        }
    }
}

/// What `text` says. What is not clearly put before a message stays in it.
pub fn message(text: &str) -> Message<'_> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    match without_colours(text) {
        Cow::Borrowed(text) => read(text),
        Cow::Owned(text) => owned(read(&text)),
    }
}

fn read(text: &str) -> Message<'_> {
    let outer = prefix::peel(text);
    if !outer.text.starts_with('{') {
        return outer;
    }
    let Some(entry) = json::log_entry(&outer.text) else {
        return outer;
    };
    let inner = inner(&entry);
    Message {
        level: inner.level.or(entry.level).or(outer.level),
        at: entry.at.or(inner.at).or(outer.at),
        stream: entry.stream.or(outer.stream),
        tag: outer.tag.or(inner.tag),
        text: inner.text,
    }
}

/// What the object of a container's run-time wraps is a line with a prefix of its
/// own, or an object; what another object says is a message.
fn inner(entry: &json::Entry) -> Message<'static> {
    if entry.stream.is_none() {
        return Message::plain(entry.message.clone());
    }
    let clean = without_colours(&entry.message);
    let line = prefix::peel(&clean);
    match json::log_entry(&line.text) {
        Some(wrapped) => Message {
            level: wrapped.level,
            at: wrapped.at,
            ..Message::plain(wrapped.message)
        },
        None => owned(line),
    }
}

impl Message<'static> {
    fn plain(text: String) -> Self {
        Self {
            text: Cow::Owned(text),
            level: None,
            at: None,
            stream: None,
            tag: None,
        }
    }
}

fn owned(message: Message<'_>) -> Message<'static> {
    Message {
        text: Cow::Owned(message.text.into_owned()),
        level: message.level,
        at: message.at,
        stream: message.stream,
        tag: message.tag,
    }
}

/// `text` without the sequences by which a terminal is told to colour it.
fn without_colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next != '\u{1b}' {
            plain.push(next);
        } else if rest.as_str().starts_with('[') {
            rest.next();
            // Up to the letter that ends the sequence.
            let _ = rest.find(|c| ('@'..='~').contains(c));
        }
    }
    Cow::Owned(plain)
}
