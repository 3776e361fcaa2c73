//! Segments and indexes after any damage: every byte stays readable, in order, in bounded pieces, and the log goes on.
#![no_main]

use std::fs;
use std::time::Duration;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use outlast_journal::read::{Ending, LineEnd, LogItem, LogLine, MAX_PIECE, Start, Streams};
use outlast_journal::segment::{Arrival, Bounds, TailLimits};
use outlast_journal::{LogReader, ServiceLog};
use outlast_model::record::Stream;
use outlast_model::service::Capture;
use outlast_model::{InstanceId, RealTime};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    stdout: Vec<Segment<'a>>,
    stderr: Vec<Segment<'a>>,
    moment: i64,
    count: u8,
}

#[derive(Arbitrary, Debug)]
struct Segment<'a> {
    data: &'a [u8],
    index: Index<'a>,
}

#[derive(Arbitrary, Debug)]
enum Index<'a> {
    None,
    Foreign(&'a [u8]),
    /// With a right header, and so many bytes cut off.
    Torn(Vec<(u16, i64, u8)>, u8),
}

impl Index<'_> {
    fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::None => None,
            Self::Foreign(bytes) => Some(bytes.to_vec()),
            Self::Torn(entries, cut) => {
                let mut bytes = b"outlast\0\x01\0\0\0\x18\0\0\0".to_vec();
                for (offset, at, instance) in entries {
                    bytes.extend(u64::from(*offset).to_le_bytes());
                    bytes.extend(at.to_le_bytes());
                    bytes.extend(u64::from(*instance).to_le_bytes());
                }
                bytes.truncate(bytes.len().saturating_sub(usize::from(*cut)));
                Some(bytes)
            }
        }
    }
}

fuzz_target!(|input: Input<'_>| {
    let state = tempfile::tempdir().expect("a folder");
    let dir = state.path();
    let mut all = Vec::new();
    for (stream, segments) in [
        (Stream::Stdout, &input.stdout),
        (Stream::Stderr, &input.stderr),
    ] {
        for (number, segment) in (1..).zip(segments) {
            let path = dir.join(format!("{}-{number:08}.log", stream.name()));
            fs::write(&path, segment.data).expect("written");
            if let Some(index) = segment.index.bytes() {
                fs::write(path.with_extension("idx"), index).expect("written");
            }
        }
        let bytes: Vec<u8> = segments
            .iter()
            .flat_map(|segment| segment.data)
            .copied()
            .collect();
        all.push((stream, bytes));
    }
    let starts = [
        Start::Beginning,
        Start::LastLines(input.count.into()),
        Start::Since(RealTime::from_unix_nanos(input.moment)),
    ];
    for start in starts {
        let reader = LogReader::open(dir, Streams::Both, start).expect("any files can be opened");
        let lines = lines(reader);
        for (stream, bytes) in &all {
            let read = joined(&lines, *stream);
            assert!(bytes.ends_with(&read), "{start:?} of {stream:?}");
            assert!(
                start != Start::Beginning || read == *bytes,
                "every byte is read"
            );
        }
    }
    goes_on(&input, dir);
});

/// What is written now is read, with its time and its instance.
fn goes_on(input: &Input<'_>, dir: &std::path::Path) {
    let mut log = ServiceLog::new(
        dir,
        Bounds::from(&Capture {
            rotate: 1 << 20,
            keep: 1 << 24,
            max_age: None,
            max_block: Duration::ZERO,
        }),
    );
    let arrival = Arrival {
        at: RealTime::from_unix_nanos(input.moment),
        instance: InstanceId(u64::from(input.count)),
    };
    log.write(Stream::Stdout, arrival, b"new\n")
        .expect("written");
    let only = Streams::Only(Stream::Stdout);
    let reader = LogReader::open(dir, only, Start::LastLines(1)).expect("opened");
    let last = lines(reader).pop().expect("a line");
    assert_eq!(
        (last.at, last.instance),
        (Some(arrival.at), Some(arrival.instance))
    );
    assert_eq!(last.bytes, b"new");
    let limits = TailLimits {
        lines: 5,
        bytes: 20,
    };
    let tail = log.tail(arrival.instance, limits).expect("read");
    assert!(tail.len() <= 5 && tail.iter().map(|line| line.text.len()).sum::<usize>() <= 20);
}

fn lines(mut reader: LogReader) -> Vec<LogLine> {
    let mut lines = Vec::new();
    while let Some(item) = reader.next(Ending::Deliver).expect("any files can be read") {
        match item {
            LogItem::Line(line) => {
                assert!(line.bytes.len() <= MAX_PIECE);
                lines.push(line);
            }
            LogItem::Gap(gap) => panic!("no segment is missing: {gap:?}"),
        }
    }
    lines
}

fn joined(lines: &[LogLine], stream: Stream) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in lines.iter().filter(|line| line.stream == stream) {
        bytes.extend_from_slice(&line.bytes);
        if line.end == LineEnd::LineFeed {
            bytes.push(b'\n');
        }
    }
    bytes
}
