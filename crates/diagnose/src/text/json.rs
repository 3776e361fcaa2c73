//! A log's line that is a JSON object.

use outlast_model::RealTime;
use outlast_model::record::Stream;

use super::line::Level;
use super::{prefix, stamp};

/// What an object says that is an entry of a log.
pub(super) struct Entry {
    /// The message.
    pub(super) message: String,
    /// Its level.
    pub(super) level: Option<Level>,
    /// Its time.
    pub(super) at: Option<RealTime>,
    /// Its stream.
    pub(super) stream: Option<Stream>,
}

/// The entry that `text` is: an object with a message and something that only
/// logging adds to one.
pub(super) fn log_entry(text: &str) -> Option<Entry> {
    let mut scanner = Scanner { rest: text.trim() };
    let mut message = None;
    let mut level = None;
    let mut time = None;
    let mut stream = None;
    scanner.take('{')?;
    while !scanner.skip('}') {
        let key = scanner.string()?;
        scanner.take(':')?;
        let value = scanner.value(0)?;
        match key.as_str() {
            "msg" | "message" | "MESSAGE" | "log" | "event" if message.is_none() => message = value,
            "level" | "severity" | "lvl" | "levelname" | "loglevel" | "log.level" | "@l" => {
                level = value;
            }
            "time" | "ts" | "timestamp" | "@timestamp" | "t" | "@t" => time = value,
            "stream" => stream = value,
            _ => {}
        }
        scanner.skip(',');
    }
    let ended = scanner.rest.trim().is_empty();
    if !ended || (level.is_none() && time.is_none() && stream.is_none()) {
        return None;
    }
    let mut message = message?;
    message.truncate(message.trim_end_matches(['\r', '\n']).len());
    Some(Entry {
        message,
        level: level.and_then(|level| of_value(&level)),
        at: time.and_then(|time| stamp::moment(&time)),
        stream: stream.and_then(|stream| prefix::stream(&stream)),
    })
}

/// A word, or one of the tens by which bunyan and pino count.
fn of_value(value: &str) -> Option<Level> {
    match value {
        "10" => Some(Level::Trace),
        "20" => Some(Level::Debug),
        "30" => Some(Level::Info),
        "40" => Some(Level::Warning),
        "50" => Some(Level::Error),
        "60" => Some(Level::Fatal),
        word => Level::of_word(word),
    }
}

struct Scanner<'a> {
    rest: &'a str,
}

impl Scanner<'_> {
    fn skip(&mut self, wanted: char) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        self.skip(wanted).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        self.take('"')?;
        let mut text = String::new();
        loop {
            let end = self.rest.find(['"', '\\'])?;
            text.push_str(&self.rest[..end]);
            let special = self.rest[end..].chars().next()?;
            self.rest = &self.rest[end + 1..];
            if special == '"' {
                return Some(text);
            }
            text.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let kind = chars.next()?;
        self.rest = chars.as_str();
        Some(match kind {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.unicode()?,
            other => other,
        })
    }

    fn unicode(&mut self) -> Option<char> {
        let first = self.hex()?;
        if (0xd800..0xdc00).contains(&first) && self.rest.starts_with("\\u") {
            let before = self.rest;
            self.rest = &self.rest[2..];
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                return char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            }
            self.rest = before;
        }
        Some(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Option<u32> {
        let value = u32::from_str_radix(self.rest.get(..4)?, 16).ok()?;
        self.rest = &self.rest[4..];
        Some(value)
    }

    /// A string or a number; `Some(None)`: something else, passed over.
    fn value(&mut self, depth: usize) -> Option<Option<String>> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '"' => self.string().map(Some),
            '{' | '[' => self.nested(depth).map(|()| None),
            _ => {
                let end = self.rest.find([',', '}', ']'])?;
                let word = self.rest[..end].trim().to_owned();
                self.rest = &self.rest[end..];
                let number = word.starts_with(|c: char| c.is_ascii_digit());
                Some(number.then_some(word))
            }
        }
    }

    /// Passes over an object or a list, which may hold others.
    fn nested(&mut self, depth: usize) -> Option<()> {
        let mut open = depth;
        loop {
            let at = self.rest.find(['"', '{', '[', '}', ']'])?;
            self.rest = &self.rest[at..];
            if self.rest.starts_with('"') {
                self.string()?;
                continue;
            }
            let opens = self.rest.starts_with(['{', '[']);
            self.rest = &self.rest[1..];
            open = if opens { open + 1 } else { open - 1 };
            if open == depth {
                return Some(());
            }
        }
    }
}
