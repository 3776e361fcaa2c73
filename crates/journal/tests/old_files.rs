//! Files of every released version can be read. The samples were written by
//! those versions; [`write_samples`] says how the present one does it, and the
//! ignored test writes them into the target directory's `tmp/samples`.
#![expect(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use common::{arrival, lines, texts, time};
use outlast_journal::events::EventStart;
use outlast_journal::events::stored::StoredEvent;
use outlast_journal::read::{Ending, Start, Streams};
use outlast_journal::{EventReader, EventWriter, LogReader, ServiceLog, layout};
use outlast_model::exit::{StartStep, Usage};
use outlast_model::record::{
    Death, Entry, GuardianEntry, OutputLine, ServiceEntry, StopReason, Stream,
};
use outlast_model::request::Target;
use outlast_model::state::LastEnd;
use outlast_model::{Exit, GuardianName, InstanceId, Pid, Record, ServiceName, StartFailure};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples/v1")
}

fn name() -> ServiceName {
    ServiceName::new("api").unwrap()
}

fn failure() -> StartFailure {
    StartFailure {
        step: StartStep::Execute,
        subject: "/srv/api".into(),
        os_error: Some(13),
        message: "permission denied".to_owned(),
    }
}

fn death() -> Death {
    let line = |text: &[u8]| OutputLine {
        stream: Stream::Stderr,
        at: time(1_795_426_678_123),
        text: text.to_vec(),
    };
    Death {
        instance: InstanceId(7),
        pid: Pid(4711),
        exit: Exit::Signal {
            number: 11,
            core_dumped: true,
        },
        success: false,
        asked: false,
        ran_for: Duration::from_millis(1500),
        open_files: None,
        reached: Vec::new(),
        usage: Some(Usage {
            user: Duration::from_micros(12),
            system: Duration::ZERO,
            max_resident: Some(4096),
        }),
        memory: Vec::new(),
        last_output: vec![line("größer".as_bytes()), line(b"\xff\x00")],
    }
}

fn service_entries() -> Vec<ServiceEntry> {
    let instance = InstanceId(7);
    let exit = LastEnd::Exit(Exit::Code(3));
    let window = Duration::from_secs(600);
    vec![
        ServiceEntry::Waiting { on: vec![name()] },
        ServiceEntry::Starting { instance },
        ServiceEntry::Started {
            instance,
            pid: Pid(4711),
        },
        ServiceEntry::StartFailed {
            instance,
            failure: failure(),
        },
        ServiceEntry::Death(death()),
        ServiceEntry::BackingOff {
            delay: Duration::from_millis(500),
            spread: Duration::ZERO,
            attempt: 1,
        },
        ServiceEntry::GaveUp {
            last: exit,
            starts: 10,
            window: Some(window),
        },
        ServiceEntry::Stopping {
            instance,
            reason: StopReason::LeftBehind,
        },
        ServiceEntry::Killed { instance },
        ServiceEntry::Unkillable { instance },
        ServiceEntry::Stopped,
        ServiceEntry::Finished {
            last: LastEnd::StartFailure(failure()),
        },
        ServiceEntry::Finished {
            last: LastEnd::Exit(Exit::Unknown),
        },
        ServiceEntry::LeftoversKilled { processes: 2 },
        ServiceEntry::OutputDropping {
            reason: "the disk is full".to_owned(),
        },
        ServiceEntry::OutputDropped { bytes: 9 },
        ServiceEntry::OutputExpired {
            segments: 1,
            bytes: 16,
        },
    ]
}

fn guardian_entries() -> Vec<GuardianEntry> {
    let reloaded = GuardianEntry::Reloaded {
        added: vec![name()],
        changed: vec![],
        removed: vec![],
    };
    vec![
        GuardianEntry::Started {
            name: GuardianName::new("shop").unwrap(),
            version: "0.1.0".to_owned(),
            pid: Pid(1),
        },
        GuardianEntry::Requested {
            verb: "stop",
            target: Target::All,
        },
        GuardianEntry::Requested {
            verb: "start",
            target: Target::Services(vec![name()]),
        },
        reloaded,
        GuardianEntry::ReloadRefused {
            reason: "a cycle".to_owned(),
        },
        GuardianEntry::ShuttingDown,
        GuardianEntry::Stopped,
        GuardianEntry::RecordsLost { count: 3 },
    ]
}

fn every_record() -> Vec<Record> {
    let service = |entry| Entry::Service {
        service: name(),
        entry,
    };
    let services = service_entries().into_iter().map(service);
    let guardian = guardian_entries().into_iter().map(Entry::Guardian);
    let at = time(1_795_426_678_124);
    services
        .chain(guardian)
        .map(|entry| Record { at, entry })
        .collect()
}

/// A state directory with what the samples have.
fn write_samples(state: &Path) {
    let mut events = EventWriter::open(state).unwrap();
    for record in every_record() {
        events.append(&record).unwrap();
    }
    fs::create_dir_all(state.join("logs")).unwrap();
    let dir = layout::service_log_dir(state, &name());
    let mut log = ServiceLog::new(&dir, common::bounds(1 << 20, 1 << 24));
    log.write(Stream::Stdout, arrival(1_795_426_678_000, 7), b"one\nhalf")
        .unwrap();
    log.write(Stream::Stdout, arrival(1_795_426_679_000, 8), b"two\n")
        .unwrap();
}

#[test]
#[ignore = "to be run by hand when the format has a new version"]
fn samples_of_the_present_version_are_written() {
    let state = Path::new(env!("CARGO_TARGET_TMPDIR")).join("samples");
    fs::create_dir(&state).unwrap();
    write_samples(&state);
}

fn events(state: &Path) -> (Vec<StoredEvent>, u64) {
    let mut reader = EventReader::open(state, EventStart::Beginning).unwrap();
    let events = std::iter::from_fn(|| reader.next().unwrap())
        .map(|line| line.record.event)
        .collect();
    (events, reader.skipped())
}

#[test]
fn every_record_of_version_1_can_be_read() {
    let state = tempfile::tempdir().unwrap();
    write_samples(state.path());
    let (written, _) = events(state.path());
    assert_eq!(written.len(), every_record().len());
    let (old, skipped) = events(&samples());
    assert_eq!(old, written, "the same happened, so the same is read");
    assert_eq!(skipped, 3, "a torn line, a new event, a new version");
}

#[test]
fn a_sample_has_the_documented_words() {
    let text = fs::read_to_string(samples().join("events/events-00000001.jsonl")).unwrap();
    for part in [
        r#"{"v":1,"seq":5,"time":"2026-11-23T09:37:58.124000000Z","service":"api","event":"death","instance":7,"pid":4711,"#,
        r#""exit":{"signal":11,"core_dumped":true},"success":false,"asked":false,"ran_for_seconds":1.5"#,
        r#"{"stream":"stderr","time":"2026-11-23T09:37:58.123000000Z","text":"größer"}"#,
        r#""lossy":true"#,
        r#""event":"start-failed","instance":7,"failure":{"step":"execute","subject":"/srv/api","os_error":13,"#,
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn segments_of_version_1_can_be_read() {
    let dir = layout::service_log_dir(&samples(), &name());
    let mut reader = LogReader::open(&dir, Streams::Both, Start::Beginning).unwrap();
    let lines = lines(&mut reader, Ending::Deliver);
    assert_eq!(texts(&lines), ["one", "half", "two"]);
    let told: Vec<_> = lines.iter().map(|line| (line.at, line.instance)).collect();
    let first = (Some(time(1_795_426_678_000)), Some(InstanceId(7)));
    assert_eq!(
        told,
        [
            first,
            first,
            (Some(time(1_795_426_679_000)), Some(InstanceId(8)))
        ]
    );
}

#[test]
fn the_present_version_writes_segments_as_version_1() {
    let state = tempfile::tempdir().unwrap();
    write_samples(state.path());
    for filename in ["stdout-00000001.log", "stdout-00000001.idx"] {
        let path = layout::service_log_dir(state.path(), &name()).join(filename);
        let sample = layout::service_log_dir(&samples(), &name()).join(filename);
        assert_eq!(
            fs::read(path).unwrap(),
            fs::read(sample).unwrap(),
            "{filename}"
        );
    }
}
