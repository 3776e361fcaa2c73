//! What happened is written once, in order, within bounds, and read back.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use outlast_journal::events::stored::StoredEvent;
use outlast_journal::events::{EventBounds, EventStart, EventsBackwards, MAX_LINE_BYTES};
use outlast_journal::{EventReader, EventWriter};
use outlast_model::record::{Entry, GuardianEntry, ServiceEntry};
use outlast_model::{InstanceId, RealTime, Record, ServiceName};

fn state() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn about_api(second: i64, entry: ServiceEntry) -> Record {
    Record {
        at: RealTime::from_unix_nanos(second * 1_000_000_000),
        entry: Entry::Service {
            service: ServiceName::new("api").unwrap(),
            entry,
        },
    }
}

fn expired(number: i64) -> Record {
    let bytes = number as u64;
    about_api(number, ServiceEntry::OutputExpired { segments: 1, bytes })
}

fn starting(instance: u64) -> Record {
    let instance = InstanceId(instance);
    about_api(0, ServiceEntry::Starting { instance })
}

fn file(state: &Path, number: u64) -> PathBuf {
    state
        .join("events")
        .join(format!("events-{number:08}.jsonl"))
}

fn files(state: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(state.join("events")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn small(state: &Path) -> EventWriter {
    let bounds = EventBounds {
        rotate: 2000,
        keep: 8000,
    };
    EventWriter::with_bounds(state, bounds).unwrap()
}

/// The numbers in the `bytes` of expired output, which name the records.
fn read(reader: &mut EventReader) -> Vec<i64> {
    std::iter::from_fn(|| reader.next().unwrap())
        .filter_map(|line| match line.record.event {
            StoredEvent::OutputExpired { bytes, .. } => Some(bytes as i64),
            _ => None,
        })
        .collect()
}

fn read_from(state: &Path, start: EventStart) -> Vec<i64> {
    read(&mut EventReader::open(state, start).unwrap())
}

#[test]
fn records_are_numbered_over_runs_and_files() {
    let state = state();
    let mut expected = 1;
    for _ in 0..3 {
        let mut writer = small(state.path());
        for number in 0..10 {
            assert_eq!(writer.append(&expired(number)).unwrap(), expected);
            expected += 1;
        }
    }
    assert!(files(state.path()).len() > 1);
    let mut reader = EventReader::open(state.path(), EventStart::Beginning).unwrap();
    let numbers: Vec<_> = std::iter::from_fn(|| reader.next().unwrap())
        .map(|line| line.record.seq)
        .collect();
    assert_eq!(numbers, (1..expected).collect::<Vec<_>>());
    assert_eq!(reader.skipped(), 0);
}

#[test]
fn the_journal_stays_within_its_bound_and_keeps_the_newest() {
    let state = state();
    let mut writer = small(state.path());
    for number in 0..500 {
        writer.append(&expired(number)).unwrap();
        let size: u64 = files(state.path())
            .iter()
            .map(|path| path.metadata().unwrap().len())
            .sum();
        assert!(size <= 8000, "{size}");
    }
    let left = read_from(state.path(), EventStart::Beginning);
    assert!(left.len() > 30, "{}", left.len());
    assert_eq!(left, (500 - left.len() as i64..500).collect::<Vec<_>>());
}

#[test]
fn instance_ids_grow_even_when_their_records_have_expired() {
    let state = state();
    let mut writer = small(state.path());
    assert_eq!(writer.next_instance(), InstanceId(1));
    writer.append(&starting(41)).unwrap();
    assert_eq!(writer.next_instance(), InstanceId(42));
    for number in 0..500 {
        writer.append(&expired(number)).unwrap();
    }
    assert_eq!(small(state.path()).next_instance(), InstanceId(42));
}

/// The numbers in the `bytes` of expired output, newest first.
fn read_backwards(state: &Path) -> Vec<i64> {
    let mut events = EventsBackwards::open(state).unwrap();
    std::iter::from_fn(|| events.next(|_| true).unwrap())
        .filter_map(|record| match record.event {
            StoredEvent::OutputExpired { bytes, .. } => Some(bytes as i64),
            _ => None,
        })
        .collect()
}

#[test]
fn read_backwards_they_are_the_same_over_files_damage_and_long_lines() {
    let state = state();
    let mut writer = small(state.path());
    for number in 0..100 {
        writer.append(&expired(number)).unwrap();
    }
    let mut expected = read_from(state.path(), EventStart::Beginning);
    expected.reverse();
    assert_eq!(read_backwards(state.path()), expected);
    let newest = files(state.path()).pop().unwrap();
    let mut torn = fs::OpenOptions::new().append(true).open(newest).unwrap();
    torn.write_all(&vec![b'x'; 3 * MAX_LINE_BYTES]).unwrap();
    torn.write_all(b"\n{\"v\":1,\"seq\"").unwrap();
    assert_eq!(read_backwards(state.path()), expected);
    assert_eq!(
        read_backwards(&state.path().join("nothing")),
        Vec::<i64>::new()
    );
}

#[test]
fn read_backwards_what_is_not_wanted_is_not_given() {
    let state = state();
    let mut writer = small(state.path());
    writer.append(&starting(7)).unwrap();
    writer.append(&expired(1)).unwrap();
    let mut events = EventsBackwards::open(state.path()).unwrap();
    let is_start = |line: &[u8]| line.windows(8).any(|part| part == b"starting");
    assert!(matches!(
        events.next(is_start).unwrap().unwrap().event,
        StoredEvent::Starting { instance: 7 }
    ));
    assert!(events.next(is_start).unwrap().is_none());
}

#[test]
fn a_torn_line_costs_itself_only() {
    let state = state();
    small(state.path()).append(&expired(1)).unwrap();
    let mut torn = fs::OpenOptions::new()
        .append(true)
        .open(file(state.path(), 1))
        .unwrap();
    torn.write_all(br#"{"v":1,"seq":2,"time":"20"#).unwrap();
    assert_eq!(read_from(state.path(), EventStart::Beginning), [1]);
    small(state.path()).append(&expired(3)).unwrap();
    let mut reader = EventReader::open(state.path(), EventStart::Beginning).unwrap();
    assert_eq!(read(&mut reader), [1, 3]);
    assert_eq!(reader.skipped(), 1);
}

#[test]
fn a_line_that_lacks_only_its_line_feed_keeps_its_number() {
    let state = state();
    small(state.path()).append(&expired(1)).unwrap();
    let bytes = fs::read(file(state.path(), 1)).unwrap();
    fs::write(file(state.path(), 1), &bytes[..bytes.len() - 1]).unwrap();
    assert_eq!(small(state.path()).append(&expired(2)).unwrap(), 2);
    assert_eq!(read_from(state.path(), EventStart::Beginning), [1, 2]);
}

#[test]
fn reading_begins_at_a_moment_or_so_many_before_the_end() {
    let state = state();
    let mut writer = small(state.path());
    for number in 0..60 {
        writer.append(&expired(number)).unwrap();
    }
    let all = read_from(state.path(), EventStart::Beginning);
    for count in [0, 1, 15, 16, 17, 40, 1000] {
        let from = all.len().saturating_sub(count);
        assert_eq!(
            read_from(state.path(), EventStart::Last(count)),
            all[from..],
            "{count}"
        );
    }
    for second in [-1, all[0], 30, 59, 60] {
        let since = RealTime::from_unix_nanos(second * 1_000_000_000);
        let expected: Vec<_> = all
            .iter()
            .copied()
            .filter(|number| *number >= second)
            .collect();
        assert_eq!(
            read_from(state.path(), EventStart::Since(since)),
            expected,
            "{second}"
        );
    }
}

#[test]
fn a_follower_goes_on_over_rotation_and_deletion() {
    let state = state();
    let mut reader = EventReader::open(state.path(), EventStart::Beginning).unwrap();
    assert!(reader.next().unwrap().is_none());
    let mut writer = small(state.path());
    for number in 0..100 {
        writer.append(&expired(number)).unwrap();
        assert_eq!(read(&mut reader), [number]);
    }
    for number in 100..600 {
        writer.append(&expired(number)).unwrap();
    }
    let rest = read(&mut reader);
    assert_eq!(rest.last(), Some(&599));
    assert!(rest.is_sorted());
}

/// On Windows an open file keeps its folder: it cannot be deleted.
#[cfg(unix)]
#[test]
fn a_deleted_journal_is_begun_again_and_numbers_go_on() {
    let state = state();
    let mut writer = small(state.path());
    writer.append(&starting(7)).unwrap();
    fs::remove_dir_all(state.path().join("events")).unwrap();
    assert_eq!(writer.append(&expired(1)).unwrap(), 2);
    assert_eq!(read_from(state.path(), EventStart::Beginning), [1]);
    assert_eq!(small(state.path()).next_instance(), InstanceId(8));
}

#[test]
fn opening_makes_nothing() {
    let state = state();
    EventWriter::open(state.path()).unwrap();
    assert!(!state.path().join("events").exists());
}

#[test]
fn a_record_that_no_reader_would_take_is_refused() {
    let state = state();
    let mut writer = EventWriter::open(state.path()).unwrap();
    let reason = "x".repeat(MAX_LINE_BYTES);
    let record = Record {
        at: RealTime::default(),
        entry: Entry::Guardian(GuardianEntry::ReloadRefused { reason }),
    };
    assert!(writer.append(&record).is_err());
    assert_eq!(writer.append(&expired(1)).unwrap(), 1);
}

#[test]
fn a_damaged_number_does_not_use_up_all_numbers() {
    let state = state();
    small(state.path()).append(&starting(5)).unwrap();
    let mut damaged = fs::OpenOptions::new()
        .append(true)
        .open(file(state.path(), 1))
        .unwrap();
    writeln!(
        damaged,
        r#"{{"seq":{max},"instance":{max}}}"#,
        max = u64::MAX
    )
    .unwrap();
    let mut writer = small(state.path());
    assert_eq!(writer.next_instance(), InstanceId(6));
    assert_eq!(writer.append(&expired(1)).unwrap(), 2);
}
