//! What the kernel, systemd and keepers of memory say in a log of which nothing else is
//! known.

use crate::sign::Sign;
use crate::text::{Line, line};
use crate::told;

/// So many lines before the last end may belong to it.
const BEFORE: usize = 60;

/// The signs of the last end that `lines` tell of; empty: they tell of none.
pub(crate) fn last_end(lines: &[Line]) -> Vec<Sign> {
    let told: Vec<(usize, Vec<Sign>)> = lines
        .iter()
        .enumerate()
        .map(|(index, line)| (index, signs(line)))
        .filter(|(_, signs)| !signs.is_empty())
        .collect();
    let is_end = |(_, signs): &&(usize, Vec<Sign>)| signs.iter().any(tells_an_end);
    let Some((end, of_end)) = told.iter().rev().find(is_end) else {
        return Vec::new();
    };
    let unit = of_end.iter().find_map(|sign| sign.field("unit"));
    let belongs = |sign: &Sign| match (unit, sign.field("unit")) {
        (Some(unit), Some(of)) => unit == of,
        (Some(_), None) | (None, None) => true,
        (None, Some(_)) => false,
    };
    let near = told
        .iter()
        .filter(|(index, _)| index <= end && index + BEFORE >= *end);
    let mut signs: Vec<Sign> = near
        .flat_map(|(_, signs)| signs.clone())
        .filter(belongs)
        .collect();
    // The last comes first, as of several of a name the first is asked.
    signs.reverse();
    signs.into_iter().flat_map(with_its_exit).collect()
}

fn with_its_exit(sign: Sign) -> impl Iterator<Item = Sign> {
    let exit = (sign.name == "manager")
        .then(|| told::exit_of(&sign))
        .flatten();
    exit.into_iter().chain([sign])
}

fn signs(line: &Line) -> Vec<Sign> {
    let message = line::message(&line.text);
    let text = without_uptime(message.text.trim_end());
    let who = message.tag.as_deref().unwrap_or_default();
    let who = who.split('[').next().unwrap_or_default();
    let is_by = |names: &[&str]| who.is_empty() || names.contains(&who);
    let at = line.at.or(message.at);
    let mut signs = Vec::new();
    if is_by(&["kernel"]) {
        signs.extend(told::kernel(text));
    }
    if is_by(&["systemd"]) {
        signs.extend(told::manager(text));
    }
    let tag = (!who.is_empty()).then_some(who);
    if is_by(&["systemd-oomd", "systemd", "earlyoom"]) {
        signs.extend(told::memory_daemon(text, tag));
    }
    signs.into_iter().map(|sign| sign.at(at)).collect()
}

/// Without `[ 4711.123456] `, which a system's log leaves in the kernel's lines.
fn without_uptime(text: &str) -> &str {
    let Some((stamp, rest)) = text
        .strip_prefix('[')
        .and_then(|text| text.split_once("] "))
    else {
        return text;
    };
    let is_stamp = stamp
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b" .".contains(&byte));
    if is_stamp { rest } else { text }
}

/// What ended by itself or on demand is told by systemd as an exit, too; only the words
/// after that say that it has failed.
fn tells_an_end(sign: &Sign) -> bool {
    let event = sign.field("event").unwrap_or_default();
    match sign.name {
        "kernel" => matches!(event, "oom" | "segfault" | "trap"),
        "manager" => event != "exited",
        name => name == "memory-daemon",
    }
}
