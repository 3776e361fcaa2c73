//! A log's line of keys and values.

use std::borrow::Cow;

use super::line::{Level, Message};
use super::stamp::moment;

/// `time=… level=error msg="…"`.
pub(super) fn read(text: &str) -> Option<Message<'_>> {
    let mut found = Message {
        text: Cow::Borrowed(""),
        level: None,
        at: None,
        stream: None,
        tag: None,
    };
    let mut said = None;
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        if key.is_empty()
            || !key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        {
            break;
        }
        let (value, after) = value(after)?;
        match key {
            "level" | "lvl" | "severity" => found.level = Level::of_word(&value),
            "time" | "ts" | "t" | "timestamp" => found.at = moment(&value),
            "msg" | "message" if said.is_none() => said = Some(value),
            _ => {}
        }
        rest = after.trim_start();
    }
    found.text = said.filter(|_| found.level.is_some())?;
    Some(found)
}

/// A value and what follows it.
fn value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        return Some((Cow::Borrowed(&text[..end]), &text[end..]));
    };
    let mut plain = String::new();
    let mut escaped = false;
    for (at, next) in quoted.char_indices() {
        match next {
            '"' if !escaped => return Some((Cow::Owned(plain), &quoted[at + 1..])),
            '\\' if !escaped => escaped = true,
            _ => {
                plain.push(match next {
                    'n' if escaped => '\n',
                    't' if escaped => '\t',
                    other => other,
                });
                escaped = false;
            }
        }
    }
    None
}
