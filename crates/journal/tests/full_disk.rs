//! A disk without room: what went in is known exactly, and writing goes on when
//! there is room again. Needs a small file system, which only root can mount.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{arrival, bounds, capture};
use outlast_journal::events::EventStart;
use outlast_journal::segment::Next;
use outlast_journal::{EventReader, EventWriter, ServiceLog};
use outlast_model::record::{Entry, GuardianEntry, Stream};
use outlast_model::{RealTime, Record};

/// A file system of 64 KiB.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "outlast-test"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        eprintln!("skipped: a small file system cannot be mounted here (it takes root on Linux)");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes the room that is left.
    fn fill(&self) {
        let _ = fs::write(self.path().join("ballast"), vec![0; 1 << 20]);
    }

    fn empty(&self) {
        fs::remove_file(self.path().join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.path()).status();
    }
}

fn record(reason: &str) -> Record {
    Record {
        at: RealTime::default(),
        entry: Entry::Guardian(GuardianEntry::ReloadRefused {
            reason: reason.to_owned(),
        }),
    }
}

#[test]
fn output_goes_on_where_it_stopped() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let dir = disk.path().join("logs/api");
    let mut log = ServiceLog::new(&dir, bounds(1 << 20, 1 << 24));
    capture(&mut log, Stream::Stdout, arrival(0, 1), b"before\n", 100);
    disk.fill();
    let text = [b"x".repeat(9_999), b"\n".to_vec()].concat();
    let failed = log.write(Stream::Stdout, arrival(5, 1), &text).unwrap_err();
    assert!(failed.written < text.len());
    for at in 10..20 {
        assert!(log.next(Stream::Stdout, arrival(at, 1)).is_err() || failed.written > 0);
        assert!(log.write(Stream::Stderr, arrival(at, 1), &text).is_err());
    }
    disk.empty();
    capture(
        &mut log,
        Stream::Stdout,
        arrival(20, 1),
        &text[failed.written..],
        100,
    );
    let written = fs::read(dir.join("stdout-00000001.log")).unwrap();
    assert!(written == [b"before\n", &text[..]].concat());
}

#[test]
fn the_index_stays_in_step_after_it_could_not_be_written() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let dir = disk.path().join("logs/api");
    let mut log = ServiceLog::new(&dir, bounds(1 << 20, 1 << 24));
    // 170 entries end where the first page does; in the second one the last
    // entry is cut in two.
    for at in 0..200 {
        log.write(Stream::Stdout, arrival(at, 1), b"a\n").unwrap();
    }
    disk.fill();
    let refused = (200..600).find(|at| log.next(Stream::Stdout, arrival(*at, 1)).is_err());
    assert!(refused.is_some(), "the index fills its last page");
    let index = fs::read(dir.join("stdout-00000001.idx")).unwrap();
    assert_eq!((index.len() - 16) % 24, 0);
    disk.empty();
    assert!(matches!(
        log.next(Stream::Stdout, arrival(700, 1)).unwrap(),
        Next::Splice(_)
    ));
    let index = fs::read(dir.join("stdout-00000001.idx")).unwrap();
    assert_eq!((index.len() - 16) % 24, 0);
}

#[test]
fn events_go_on_with_the_next_number() {
    let Some(disk) = SmallDisk::mount() else {
        return;
    };
    let mut writer = EventWriter::open(disk.path()).unwrap();
    assert_eq!(writer.append(&record("before")).unwrap(), 1);
    disk.fill();
    let long = "x".repeat(10_000);
    assert!(writer.append(&record(&long)).is_err());
    assert!(writer.append(&record(&long)).is_err());
    disk.empty();
    assert_eq!(writer.append(&record("after")).unwrap(), 2);
    let mut reader = EventReader::open(disk.path(), EventStart::Beginning).unwrap();
    let numbers: Vec<_> = std::iter::from_fn(|| reader.next().unwrap())
        .map(|line| line.record.seq)
        .collect();
    assert_eq!(numbers, [1, 2]);
}
