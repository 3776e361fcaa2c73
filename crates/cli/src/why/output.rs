//! What an instance printed last.

use std::path::Path;

use outlast_diagnose::text::Line;
use outlast_journal::layout;
use outlast_journal::read::{Ending, LogItem, LogLine, LogReader, Start, Streams, tail};
use outlast_journal::segment::TailLimits;
use outlast_model::record::OutputLine;
use outlast_model::{InstanceId, RealTime, ServiceName};

/// So much of the end is read: a stack may have thousands of lines.
const TAIL: TailLimits = TailLimits {
    lines: 4000,
    bytes: 256 * 1024,
};

/// Of an end that is long past, so much before it is read.
const BEFORE_NANOS: i64 = 30_000_000_000;

/// And of that no more than so many bytes.
const MOST_READ: usize = 16 * 1024 * 1024;

/// The last lines that `instance` of `service` had printed at `end`; empty where nothing
/// is kept of it.
pub(super) fn last_lines(
    state_dir: &Path,
    service: &str,
    (instance, end): (u64, RealTime),
) -> Vec<Line> {
    let Ok(name) = ServiceName::new(service) else {
        return Vec::new();
    };
    let dir = layout::service_log_dir(state_dir, &name);
    let recent = tail(&dir, InstanceId(instance), TAIL).unwrap_or_default();
    if recent.is_empty() {
        return earlier(&dir, (instance, end)).unwrap_or_default();
    }
    recent.iter().map(line_of).collect()
}

/// Others have printed so much since then that it is no longer near the end.
fn earlier(dir: &Path, (instance, end): (u64, RealTime)) -> outlast_journal::Result<Vec<Line>> {
    let since = RealTime::from_unix_nanos(end.unix_nanos().saturating_sub(BEFORE_NANOS));
    let mut reader = LogReader::open(dir, Streams::Both, Start::Since(since))?;
    let mut lines = std::collections::VecDeque::new();
    let mut read = 0;
    while read < MOST_READ
        && let Some(item) = reader.next(Ending::Deliver)?
    {
        let LogItem::Line(line) = item else { continue };
        read += line.bytes.len() + 1;
        let is_later = line.at.is_some_and(|at| at > end);
        if line.instance.is_some_and(|of| of.0 > instance) && is_later {
            break;
        }
        if line.instance == Some(InstanceId(instance)) {
            lines.push_back(piece(&line));
        }
        while lines.len() > TAIL.lines {
            lines.pop_front();
        }
    }
    Ok(lines.into())
}

fn piece(line: &LogLine) -> Line {
    Line {
        stream: Some(line.stream),
        at: line.at,
        text: String::from_utf8_lossy(&line.bytes).into_owned(),
    }
}

fn line_of(line: &OutputLine) -> Line {
    Line {
        stream: Some(line.stream),
        at: (line.at.unix_nanos() != 0).then_some(line.at),
        text: String::from_utf8_lossy(&line.text).into_owned(),
    }
}
