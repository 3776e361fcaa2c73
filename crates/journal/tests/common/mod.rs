//! What the tests of this crate share.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
#![expect(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_journal::read::{Ending, LineEnd, LogItem, LogLine, Start, Streams};
use outlast_journal::segment::{Arrival, Bounds, Next};
use outlast_journal::{LogReader, ServiceLog};
use outlast_model::record::Stream;
use outlast_model::service::Capture;
use outlast_model::{InstanceId, RealTime};

pub(crate) const MILLISECOND: i64 = 1_000_000;

/// A state directory with one service's folder for segments.
pub(crate) struct Place {
    pub(crate) state: tempfile::TempDir,
    pub(crate) dir: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let dir = state.path().join("logs").join("api");
        Self { state, dir }
    }

    pub(crate) fn log(&self, rotate: u64, keep: u64) -> ServiceLog {
        ServiceLog::new(&self.dir, bounds(rotate, keep))
    }

    /// The bytes of all segments of a stream, in order.
    pub(crate) fn segments(&self, stream: Stream) -> Vec<Vec<u8>> {
        let paths = self.paths(&format!("{}-", stream.name()), ".log");
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    pub(crate) fn paths(&self, prefix: &str, suffix: &str) -> Vec<PathBuf> {
        files(&self.dir)
            .into_iter()
            .filter(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                name.starts_with(prefix) && name.ends_with(suffix)
            })
            .collect()
    }

    pub(crate) fn size(&self) -> u64 {
        let files = files(&self.dir);
        files
            .iter()
            .map(|path| path.metadata().unwrap().len())
            .sum()
    }

    pub(crate) fn reader(&self, start: Start) -> LogReader {
        LogReader::open(&self.dir, Streams::Both, start).unwrap()
    }
}

pub(crate) fn files(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

pub(crate) fn bounds(rotate: u64, keep: u64) -> Bounds {
    bounds_with_age(rotate, keep, None)
}

pub(crate) fn bounds_with_age(rotate: u64, keep: u64, max_age: Option<Duration>) -> Bounds {
    Bounds::from(&Capture {
        rotate,
        keep,
        max_age,
        max_block: Duration::ZERO,
    })
}

pub(crate) fn time(milliseconds: i64) -> RealTime {
    RealTime::from_unix_nanos(milliseconds * MILLISECOND)
}

pub(crate) fn arrival(milliseconds: i64, instance: u64) -> Arrival {
    Arrival {
        at: time(milliseconds),
        instance: InstanceId(instance),
    }
}

/// Moves `bytes` into the log as a capture does: into the window where one is
/// offered, at most `chunk` at a time, else by reading a chunk.
pub(crate) fn capture(
    log: &mut ServiceLog,
    stream: Stream,
    arrival: Arrival,
    mut bytes: &[u8],
    chunk: usize,
) {
    while !bytes.is_empty() {
        let length = bytes.len().min(chunk);
        let moved = match log.next(stream, arrival).unwrap() {
            Next::Splice(window) => {
                let length = length.min(window.room() as usize);
                window.file().write_all(&bytes[..length]).unwrap();
                window.advance(length as u64);
                length
            }
            Next::Read => {
                log.write(stream, arrival, &bytes[..length]).unwrap();
                length
            }
        };
        bytes = &bytes[moved..];
    }
}

/// All lines there are now.
pub(crate) fn lines(reader: &mut LogReader, ending: Ending) -> Vec<LogLine> {
    items(reader, ending)
        .into_iter()
        .map(|item| match item {
            LogItem::Line(line) => line,
            LogItem::Gap(gap) => panic!("{gap:?}"),
        })
        .collect()
}

pub(crate) fn items(reader: &mut LogReader, ending: Ending) -> Vec<LogItem> {
    std::iter::from_fn(|| reader.next(ending).unwrap()).collect()
}

pub(crate) fn texts(lines: &[LogLine]) -> Vec<String> {
    let text = |line: &LogLine| String::from_utf8_lossy(&line.bytes).into_owned();
    lines.iter().map(text).collect()
}

/// The bytes that `lines` stand for.
pub(crate) fn joined(lines: &[LogLine], stream: Stream) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines.iter().filter(|line| line.stream == stream) {
        bytes.extend_from_slice(&line.bytes);
        if line.end == LineEnd::LineFeed {
            bytes.push(b'\n');
        }
    }
    bytes
}
