//! Whatever is in the files: readers end, keep within bounds and do not panic.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod common;

use std::fs;

use common::{Place, arrival, capture, items, joined, time};
use outlast_journal::events::EventStart;
use outlast_journal::read::{Ending, LogItem, LogLine, MAX_PIECE, Start};
use outlast_journal::{EventReader, EventWriter};
use outlast_model::RealTime;
use outlast_model::record::Stream;
use proptest::prelude::*;

/// Bytes that have something of the real thing.
fn index() -> impl Strategy<Value = Vec<u8>> {
    let entry = (0u64..400, any::<i64>(), 0u64..3).prop_map(|(offset, at, instance)| {
        [
            offset.to_le_bytes(),
            at.to_le_bytes(),
            instance.to_le_bytes(),
        ]
        .concat()
    });
    let entries = prop::collection::vec(entry, 0..30).prop_map(|entries| entries.concat());
    let header = b"outlast\0\x01\0\0\0\x18\0\0\0".to_vec();
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        (entries, 0usize..24).prop_map(move |(entries, cut)| {
            let bytes = [header.clone(), entries].concat();
            bytes[..bytes.len() - cut.min(bytes.len())].to_vec()
        }),
    ]
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..400)
}

fn events_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..60),
        Just(br#"{"v":1,"seq":3,"time":"2026-01-01T00:00:00Z","event":"stopped"}"#.to_vec()),
        Just(br#"{"v":1,"seq":-1,"time":"9999-01-01T00:00:00Z","event":"stopped"}"#.to_vec()),
        Just(br#"{"v":2,"seq":18446744073709551615,"instance":18446744073709551615}"#.to_vec()),
        Just([b"[".repeat(5000), b"{".to_vec()].concat()),
    ]
}

fn check_log(place: &Place, start: Start) -> Vec<LogLine> {
    let mut reader = place.reader(start);
    let mut lines = Vec::new();
    for item in items(&mut reader, Ending::Deliver) {
        if let LogItem::Line(line) = item {
            assert!(line.bytes.len() <= MAX_PIECE);
            lines.push(line);
        }
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_index_leaves_every_byte_readable(
        segments in prop::collection::vec((data(), index()), 1..4),
        moment in any::<i64>(),
        count in 0u64..20,
    ) {
        let place = Place::new();
        fs::create_dir_all(&place.dir).unwrap();
        for (number, (data, index)) in (1..).zip(&segments) {
            fs::write(place.dir.join(format!("stdout-{number:08}.log")), data).unwrap();
            fs::write(place.dir.join(format!("stdout-{number:08}.idx")), index).unwrap();
        }
        let all: Vec<u8> = segments.iter().flat_map(|(data, _)| data.clone()).collect();
        prop_assert_eq!(joined(&check_log(&place, Start::Beginning), Stream::Stdout), all.clone());
        for start in [Start::Since(RealTime::from_unix_nanos(moment)), Start::LastLines(count)] {
            let part = joined(&check_log(&place, start), Stream::Stdout);
            prop_assert!(all.ends_with(&part));
        }
        let mut log = place.log(1 << 20, 1 << 24);
        capture(&mut log, Stream::Stdout, arrival(1, 9), b"new\n", 10);
        let last = check_log(&place, Start::LastLines(1));
        prop_assert_eq!(last[0].at, Some(time(1)));
    }

    #[test]
    fn any_events_file_can_be_read_and_written_on(
        files in prop::collection::vec(prop::collection::vec(events_line(), 0..10), 1..4),
        count in 0usize..20,
    ) {
        let state = tempfile::tempdir().unwrap();
        let dir = state.path().join("events");
        fs::create_dir(&dir).unwrap();
        for (number, lines) in files.iter().enumerate() {
            fs::write(dir.join(format!("events-{number:08}.jsonl")), lines.join(&b'\n')).unwrap();
        }
        for start in [EventStart::Beginning, EventStart::Last(count), EventStart::Since(time(0))] {
            let mut reader = EventReader::open(state.path(), start).unwrap();
            while reader.next().unwrap().is_some() {}
        }
        let record = outlast_model::Record {
            at: time(0),
            entry: outlast_model::record::Entry::Guardian(outlast_model::record::GuardianEntry::Stopped),
        };
        let seq = EventWriter::open(state.path()).unwrap().append(&record).unwrap();
        let mut reader = EventReader::open(state.path(), EventStart::Last(1)).unwrap();
        prop_assert_eq!(reader.next().unwrap().unwrap().record.seq, seq);
    }
}

#[test]
fn lines_without_end_are_skipped_and_counted() {
    let state = tempfile::tempdir().unwrap();
    let dir = state.path().join("events");
    fs::create_dir(&dir).unwrap();
    let long = "x".repeat(3 << 20);
    fs::write(dir.join("events-00000001.jsonl"), format!("{long}\n{long}")).unwrap();
    fs::write(dir.join("events-00000002.jsonl"), "torn").unwrap();
    fs::write(dir.join("events-00000003.jsonl"), "").unwrap();
    let mut reader = EventReader::open(state.path(), EventStart::Beginning).unwrap();
    assert!(reader.next().unwrap().is_none());
    assert_eq!(reader.skipped(), 3);
}
