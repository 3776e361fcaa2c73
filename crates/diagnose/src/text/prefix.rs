//! What logging puts before a message.

use std::borrow::Cow;

use outlast_model::RealTime;
use outlast_model::record::Stream;

use super::line::{Level, Message};
use super::logfmt;
use super::stamp::{month_first, stamp};

/// So many pieces stand before a message at most.
const PIECES: usize = 6;

/// `text` without what stands before its message.
pub(super) fn peel(text: &str) -> Message<'_> {
    let mut peeled = Peeled {
        rest: text,
        found: Message {
            text: Cow::Borrowed(""),
            level: None,
            at: None,
            stream: None,
            tag: None,
        },
        dated: false,
    };
    for _ in 0..PIECES {
        let before = peeled.rest.len();
        peeled.piece();
        if peeled.rest.len() == before {
            break;
        }
    }
    peeled.found.text = Cow::Borrowed(peeled.rest);
    if let Some(entry) = logfmt::read(peeled.rest) {
        peeled.found.level = entry.level.or(peeled.found.level);
        peeled.found.at = entry.at.or(peeled.found.at);
        peeled.found.text = entry.text;
    }
    peeled.found
}

struct Peeled<'a> {
    rest: &'a str,
    found: Message<'a>,
    /// Whether a time has been seen: what follows one is a prefix more often.
    dated: bool,
}

impl<'a> Peeled<'a> {
    fn piece(&mut self) {
        let piece = self
            .compose()
            .or_else(|| self.ruby())
            .or_else(|| self.priority())
            .or_else(|| self.time())
            .or_else(|| self.brackets())
            .or_else(|| self.level());
        if let Some(rest) = piece {
            self.rest = rest;
        }
    }

    /// `web-1  | `: what compose and foreman put before each line.
    fn compose(&mut self) -> Option<&'a str> {
        if self.found.tag.is_some() || !self.rest.starts_with(|c: char| c.is_ascii_lowercase()) {
            return None;
        }
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let end = self.rest.find(|c| !is_name(c))?;
        let name = &self.rest[..end];
        let after = self.rest[end..].trim_start_matches(' ');
        let blanks = self.rest.len() - end - after.len();
        let rest = after.strip_prefix('|')?;
        if blanks == 0
            || end < 2
            || Level::of_word(name).is_some()
            || !(rest.is_empty() || rest.starts_with(' '))
        {
            return None;
        }
        self.found.tag = Some(name.to_owned());
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    }

    /// `E, [2026-11-27T02:12:35.123456 #812] ERROR -- shop: `: what Ruby's own logger has.
    fn ruby(&mut self) -> Option<&'a str> {
        let rest = self.rest.strip_prefix(|c: char| c.is_ascii_uppercase())?;
        let (moment, rest) = rest.strip_prefix(", [")?.split_once("] ")?;
        let read = stamp(moment)?;
        let (word, rest) = rest.trim_start().split_once(" -- ")?;
        let level = Level::of_word(word)?;
        let (_program, rest) = rest.split_once(": ").or_else(|| rest.split_once(':'))?;
        self.found.level = Some(level);
        self.found.at = read.at;
        self.dated = true;
        Some(rest)
    }

    /// `<3>`, and what RFC 5424 has after it.
    fn priority(&mut self) -> Option<&'a str> {
        let inside = self.rest.strip_prefix('<')?;
        let end = inside
            .bytes()
            .take(4)
            .take_while(u8::is_ascii_digit)
            .count();
        let priority = inside[..end]
            .parse::<u32>()
            .ok()
            .filter(|priority| *priority < 192)?;
        let rest = inside[end..].strip_prefix('>')?;
        self.found.level = Some(Level::of_priority(priority));
        if let Some(entry) = rest.strip_prefix("1 ") {
            let read = stamp(entry);
            if let Some(read) = read {
                self.dated = true;
                self.found.at = read.at;
                let mut fields = entry.get(read.len..)?.trim_start().splitn(5, ' ');
                let (_host, app, process, _id) = (
                    fields.next()?,
                    fields.next()?,
                    fields.next()?,
                    fields.next()?,
                );
                self.found.tag = Some(format!("{app}[{process}]"));
                let data = fields.next()?;
                return Some(data.strip_prefix("- ").unwrap_or(data));
            }
        }
        Some(rest)
    }

    /// A time and what belongs to it.
    fn time(&mut self) -> Option<&'a str> {
        if self.dated {
            return None;
        }
        let syslog = month_first(self.rest).is_some();
        let read = stamp(self.rest)?;
        let after = &self.rest[read.len..];
        if !(after.is_empty() || after.starts_with([' ', '\t', ':'])) {
            return None;
        }
        let rest = after.strip_prefix(':').unwrap_or(after);
        let rest = rest.strip_prefix([' ', '\t']).unwrap_or(rest);
        self.dated = true;
        self.found.at = read.at;
        if let Some((stream, rest)) = container(rest) {
            self.found.stream = Some(stream);
            return Some(rest);
        }
        Some(self.host_and_program(rest, syslog).unwrap_or(rest))
    }

    /// `host name[pid]: `. Without a process id only after a time of syslog.
    fn host_and_program(&mut self, text: &'a str, syslog: bool) -> Option<&'a str> {
        let (host, rest) = text.split_once(' ')?;
        if host.is_empty() || host.len() > 255 || host.contains([':', '[', '"', '(']) {
            return None;
        }
        let end = rest
            .find(": ")
            .or_else(|| rest.strip_suffix(':').map(str::len))?;
        let tag = &rest[..end];
        let plain = |name: &str| {
            !name.is_empty() && name.len() < 128 && !name.contains([' ', '"', '\'', '{'])
        };
        let with_process = tag.strip_suffix(']').and_then(|tag| tag.rsplit_once('['));
        let is_tag = match with_process {
            Some((name, process)) => {
                plain(name) && process.bytes().all(|byte| byte.is_ascii_digit())
            }
            None => syslog && plain(tag),
        };
        if !is_tag {
            return None;
        }
        self.found.tag = Some(tag.to_owned());
        let rest = &rest[end + 1..];
        Some(rest.strip_prefix(' ').unwrap_or(rest))
    }

    /// A time, a level, or the kernel's seconds in brackets.
    fn brackets(&mut self) -> Option<&'a str> {
        let inside = self.rest.strip_prefix('[')?;
        let end = inside.bytes().take(64).position(|byte| byte == b']')?;
        let (word, rest) = (inside[..end].trim(), &inside[end + 1..]);
        if let Some(level) = Level::of_word(word) {
            self.found.level = Some(level);
        } else if let Some(read) = stamp(word).filter(|read| read.len == word.len() && !self.dated)
        {
            self.found.at = read.at;
            self.dated = true;
        } else if let Some((at, level)) = stamp_and_level(word).filter(|_| !self.dated) {
            self.found.at = at;
            self.found.level = Some(level);
            self.dated = true;
        } else if is_uptime(word) && !self.dated {
            self.dated = true;
        } else if !is_tags(word)
            || self.found.level.is_none()
            || !self.dated
            || rest.starts_with('[')
        {
            return None;
        }
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        let rest = rest.strip_prefix([' ', '\t']).unwrap_or(rest);
        let uptime = is_uptime(word);
        let program = uptime.then(|| self.host_and_program(rest, false)).flatten();
        Some(program.unwrap_or(rest))
    }

    fn level(&mut self) -> Option<&'a str> {
        if self.found.level.is_some() {
            return None;
        }
        // Some align the shorter words on the right.
        let text = self
            .rest
            .strip_prefix(' ')
            .filter(|_| self.dated)
            .unwrap_or(self.rest);
        let end = text
            .bytes()
            .take(12)
            .position(|byte| !byte.is_ascii_alphabetic())?;
        let word = &text[..end];
        let level = Level::of_word(word)?;
        let (after, capitals) = (
            &text[end..],
            word.bytes().all(|byte| byte.is_ascii_uppercase()),
        );
        let rest = if let Some(rest) = after.strip_prefix(':').filter(|_| capitals) {
            self.after_colon(rest)?
        } else if after.starts_with('\t') && self.dated {
            &after[1..]
        } else {
            // Logging pads its words to five.
            let left = text.len() == self.rest.len();
            let width = if left && end < 5 && after.starts_with("  ") {
                6 - end
            } else {
                1
            };
            after
                .get(..width)
                .filter(|blanks| capitals && blanks.trim().is_empty())?;
            &after[width..]
        };
        if rest.starts_with("ERROR") {
            return None;
        }
        self.found.level = Some(level);
        Some(rest)
    }

    /// After `ERROR:` comes a logger's name and a colon, or there was a time.
    fn after_colon(&self, rest: &'a str) -> Option<&'a str> {
        let foreign = [
            "ThreadSanitizer",
            "MemorySanitizer",
            "DATA RACE",
            "AddressSanitizer",
        ];
        let message = rest.strip_prefix(' ');
        match message {
            Some(message) if self.dated => {
                (!foreign.iter().any(|name| message.starts_with(name))).then_some(message)
            }
            Some(_) => None,
            None => {
                let end = rest
                    .bytes()
                    .take(128)
                    .position(|byte| byte == b':' || byte == b' ')?;
                (end > 0 && rest.as_bytes()[end] == b':').then(|| &rest[end + 1..])
            }
        }
    }
}

/// `2026-11-27T02:12:35Z ERROR shop::store`, as `env_logger` has it.
fn stamp_and_level(word: &str) -> Option<(Option<RealTime>, Level)> {
    let read = stamp(word)?;
    let level = word[read.len..].strip_prefix(' ')?.split(' ').next()?;
    Level::of_word(level).map(|level| (read.at, level))
}

/// The stream that `word` names.
pub(super) fn stream(word: &str) -> Option<Stream> {
    match word {
        "stdout" => Some(Stream::Stdout),
        "stderr" => Some(Stream::Stderr),
        _ => None,
    }
}

/// `stdout F `: what Kubernetes has between time and message.
fn container(text: &str) -> Option<(Stream, &str)> {
    let (word, rest) = text.split_once(' ')?;
    let stream = stream(word)?;
    let rest = rest.strip_prefix(['F', 'P'])?;
    let message = if rest.is_empty() {
        rest
    } else {
        rest.strip_prefix(' ')?
    };
    Some((stream, message))
}

/// `1234.567890` or `0.111s`.
fn is_uptime(word: &str) -> bool {
    let Some((whole, fraction)) = word.split_once('.') else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = fraction.strip_suffix('s');
    digits(whole) && (seconds.is_some_and(digits) || (fraction.len() == 6 && digits(fraction)))
}

/// `os,thread`: what Java's machine has after its level.
fn is_tags(word: &str) -> bool {
    !word.is_empty()
        && word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b',')
}
