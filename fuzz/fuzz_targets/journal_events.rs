//! Files of events after any damage: readers end, deliver no more than stands there, and the writer goes on.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use outlast_journal::events::EventStart;
use outlast_journal::{EventReader, EventWriter};
use outlast_model::record::{Entry, GuardianEntry};
use outlast_model::{RealTime, Record};

/// Files are divided by zeros.
const MOST_FILES: usize = 4;

fuzz_target!(|bytes: &[u8]| {
    let state = tempfile::tempdir().expect("a folder");
    let dir = state.path().join("events");
    fs::create_dir(&dir).expect("a folder");
    for (number, file) in (1..).zip(bytes.splitn(MOST_FILES, |byte| *byte == 0)) {
        fs::write(dir.join(format!("events-{number:08}.jsonl")), file).expect("written");
    }
    let all = count(state.path(), EventStart::Beginning);
    assert!(all <= bytes.split(|byte| matches!(byte, b'\n' | 0)).count());
    for wanted in [0, 1, 2, usize::MAX] {
        assert_eq!(
            count(state.path(), EventStart::Last(wanted)),
            all.min(wanted)
        );
    }
    let since = EventStart::Since(RealTime::from_unix_nanos(0));
    assert!(count(state.path(), since) <= all);

    let record = Record {
        at: RealTime::from_unix_nanos(1),
        entry: Entry::Guardian(GuardianEntry::Stopped),
    };
    let mut writer = EventWriter::open(state.path()).expect("any files can be written on");
    let seq = writer.append(&record).expect("written");
    let mut reader = EventReader::open(state.path(), EventStart::Last(1)).expect("opened");
    let last = reader.next().expect("read").expect("an event");
    assert_eq!(last.record.seq, seq);
});

fn count(state_dir: &std::path::Path, start: EventStart) -> usize {
    let mut reader = EventReader::open(state_dir, start).expect("any files can be opened");
    std::iter::from_fn(|| reader.next().expect("any files can be read")).count()
}
