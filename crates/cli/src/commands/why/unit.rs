//! `outlast why --unit NAME`: of a unit of systemd, from its journal.

use std::time::Duration;

use outlast_diagnose::text::Line;
use outlast_diagnose::{Case, Sign, Table, told};
use outlast_model::RealTime;
use outlast_os::process::run_tool;
use serde_json::Value;

use super::{nothing, tell_case};
use crate::args::Why;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::why::log_case;

/// What is asked of the journal: its last entries, and of each what is looked at here.
const ASKED: [&str; 6] = [
    "--no-pager",
    "--output=json",
    "--all",
    "--reverse",
    "--lines=4000",
    "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,COREDUMP_SIGNAL_NAME,COREDUMP_FILENAME",
];

/// A journal of many files is slow to search.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long before its end what a program printed may have to do with it.
const BEFORE: Duration = Duration::from_secs(60);

/// So close together are the entries about one end.
const TOGETHER: Duration = Duration::from_secs(5);

/// An entry of systemd's journal.
pub(super) struct Entry {
    at: RealTime,
    message: String,
    /// Who says so (`SYSLOG_IDENTIFIER`).
    tag: String,
    core: Option<Value>,
}

/// What there is about the last end.
#[derive(Default)]
pub(super) struct LastEnd {
    pub(super) at: Option<RealTime>,
    pub(super) signs: Vec<Sign>,
    pub(super) lines: Vec<Line>,
}

pub(super) fn perform(name: &str, how: (&Why, &Table)) -> Result<ExitCode, Failure> {
    let unit = if name.contains('.') {
        name.to_owned()
    } else {
        format!("{name}.service")
    };
    let entries = entries(&["-u", &unit])?;
    let last = last_end(&entries);
    if last.signs.is_empty() {
        return nothing(how.0, &format!("{unit}: its journal tells of no end"));
    }
    let is_log_only = !last.signs.iter().any(|sign| sign.name == "exit");
    let case = Case {
        at: last.at,
        signs: last.signs,
        is_log_only,
        ..log_case(last.lines)
    };
    tell_case(&case, &unit, how)
}

/// The last entries of the journal that match, oldest first.
///
/// # Errors
/// When the journal cannot be asked.
pub(super) fn entries(matches: &[&str]) -> Result<Vec<Entry>, Failure> {
    // The newest first: of what is too much, the oldest is cut off.
    let arguments = [&ASKED, matches].concat();
    let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    let told = run_tool("journalctl", &arguments, PATIENCE).map_err(|error| {
        Failure::of("ask the journal of systemd (journalctl)", &error).hint(
            "on a machine without systemd: `outlast why --log FILE` with the log of the program",
        )
    })?;
    let newest_first = told.stdout.lines().filter_map(entry);
    let mut entries: Vec<Entry> = newest_first.collect();
    entries.reverse();
    Ok(entries)
}

/// As `journalctl --output=json` has it (systemd.journal-fields(7)).
fn entry(line: &str) -> Option<Entry> {
    let fields: Value = serde_json::from_str(line).ok()?;
    let microseconds: i64 = fields["__REALTIME_TIMESTAMP"].as_str()?.parse().ok()?;
    let message = match &fields["MESSAGE"] {
        Value::String(text) => text.clone(),
        // What is no UTF-8 comes as its bytes.
        Value::Array(bytes) => {
            let bytes: Vec<u8> = bytes
                .iter()
                .filter_map(|byte| u8::try_from(byte.as_u64()?).ok())
                .collect();
            String::from_utf8_lossy(&bytes).into_owned()
        }
        _ => return None,
    };
    let core = fields.get("COREDUMP_SIGNAL_NAME").is_some();
    Some(Entry {
        at: RealTime::from_unix_nanos(microseconds.saturating_mul(1000)),
        message,
        tag: fields["SYSLOG_IDENTIFIER"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        core: core.then_some(fields),
    })
}

/// The end that came last, and what was said before it.
pub(super) fn last_end(entries: &[Entry]) -> LastEnd {
    let ends = |entry: &&Entry| {
        let told = signs_of(entry);
        told.iter().any(|sign| {
            let event = sign.field("event").unwrap_or_default();
            sign.name == "exit" || sign.name == "memory-daemon" || !matches!(event, "" | "exited")
        })
    };
    let Some(end) = entries.iter().rev().find(ends) else {
        return LastEnd::default();
    };
    let mut last = LastEnd {
        at: Some(end.at),
        ..LastEnd::default()
    };
    for entry in entries {
        let is_near = entry.at.since(end.at) <= TOGETHER && end.at.since(entry.at) <= BEFORE;
        let told = signs_of(entry);
        if !told.is_empty() {
            let is_about_it = end.at.since(entry.at) <= TOGETHER && is_near;
            last.signs.extend(told.into_iter().filter(|_| is_about_it));
        } else if is_near && entry.tag != "systemd" {
            last.lines.push(Line {
                stream: None,
                at: Some(entry.at),
                text: entry.message.clone(),
            });
        }
    }
    last
}

fn signs_of(entry: &Entry) -> Vec<Sign> {
    let at = Some(entry.at);
    if let Some(core) = &entry.core {
        return core_dumped(core)
            .into_iter()
            .map(|sign| sign.at(at))
            .collect();
    }
    let mut signs = Vec::new();
    if entry.tag == "systemd" || entry.tag == "systemd-oomd" {
        let manager = told::manager(&entry.message);
        signs.extend(manager.as_ref().and_then(told::exit_of));
        signs.extend(manager);
    }
    signs.extend(told::memory_daemon(&entry.message, Some(&entry.tag)));
    signs.into_iter().map(|sign| sign.at(at)).collect()
}

/// What systemd-coredump notes (MESSAGE_ID fc2e22bc6ee647b6b90729ab34a250b1).
fn core_dumped(fields: &Value) -> Vec<Sign> {
    let text = |name: &str| fields[name].as_str().unwrap_or_default().to_owned();
    let name = text("COREDUMP_SIGNAL_NAME");
    let signal = name.trim_start_matches("SIG");
    let path = text("COREDUMP_FILENAME");
    vec![
        Sign::new(
            "exit",
            "systemd-coredump",
            format!("signal {signal}, which dumped core"),
        )
        .with("kind", "signal")
        .with("signal", signal)
        .with("core", "yes"),
        Sign::new("core", "systemd-coredump", format!("core dump: {path}")).with("path", path),
    ]
}
