//! Finding out why something ended: how long after the death the verdict is on record,
//! and how long `outlast why` takes on much that was recorded.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use outlast_journal::events::stored::StoredEvent;
use outlast_journal::events::{EventBounds, EventReader, EventStart, EventWriter};
use outlast_journal::segment::{Arrival, Bounds};
use outlast_journal::{ServiceLog, layout};
use outlast_model::record::{Death, Entry, ServiceEntry, Stream};
use outlast_model::service::Capture;
use outlast_model::{Exit, InstanceId, Pid, RealTime, Record, ServiceName};

use crate::guarded::{Guarded, median};

/// How many deaths are waited for.
const DEATHS: usize = 60;

/// So many events, and so many bytes of output.
const EVENTS: i64 = 1_000_000;
const LOGS: u64 = 4 << 30;

/// How often the command is run.
const RUNS: usize = 5;

pub(crate) fn bench() {
    verdicts();
    much();
}

fn verdicts() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let guarded = Guarded::run_file(
        folder,
        "[services.a]\ncommand = ['sh', '-c', \"echo 'error: no such shop' >&2; exit 3\"]\n\
         restart = { policy = 'always', delay = '100ms', max_delay = '100ms', jitter = 0.0, limit = 0 }\n",
    );
    let mut late = Vec::new();
    while late.len() < DEATHS {
        std::thread::sleep(Duration::from_millis(500));
        late = lateness(&guarded.path().join("state"));
    }
    let worst = late.iter().copied().fold(0.0, f64::max);
    println!(
        "why      death to verdict     {:.1} ms median of {}, {worst:.1} ms at most",
        median(&mut late),
        late.len()
    );
}

/// How long after each death its verdict was on record, in milliseconds.
fn lateness(state: &Path) -> Vec<f64> {
    let mut deaths = std::collections::HashMap::new();
    let mut late = Vec::new();
    let mut events = EventReader::open(state, EventStart::Beginning).expect("there are events");
    while let Ok(Some(line)) = events.next() {
        let at = line.record.time.0;
        match line.record.event {
            StoredEvent::Death(death) => drop(deaths.insert(death.instance, at)),
            StoredEvent::Verdict(verdict) => {
                let death: RealTime = deaths[&verdict.instance];
                late.push(at.since(death).as_secs_f64() * 1e3);
            }
            _ => {}
        }
    }
    late
}

fn much() {
    let state = tempfile::tempdir().expect("a folder can be made");
    record(state.path());
    print(state.path());
    for arguments in [&["why", "api"][..], &["why", "--all", "--since", "1000d"]] {
        let mut seconds = Vec::new();
        for _ in 0..RUNS {
            let begin = Instant::now();
            let output = Command::new(env!("CARGO_BIN_EXE_outlast"))
                .args(arguments)
                .arg("--state-dir")
                .arg(state.path())
                .output()
                .expect("it can be run");
            seconds.push(begin.elapsed().as_secs_f64());
            assert!(output.status.success(), "{output:?}");
        }
        println!(
            "why      {:<20} {:.0} ms median, {EVENTS} events, {} GiB of logs",
            arguments.join(" "),
            1e3 * median(&mut seconds),
            LOGS >> 30
        );
    }
}

fn service() -> ServiceName {
    ServiceName::new("api").expect("a valid name")
}

/// Two events a second, and a death among a thousand.
fn at(number: i64) -> RealTime {
    RealTime::from_unix_nanos((1_764_000_000 + number / 2) * 1_000_000_000)
}

fn record(state: &Path) {
    let bounds = EventBounds {
        rotate: EventBounds::DEFAULT.rotate,
        keep: u64::MAX,
    };
    let mut writer = EventWriter::with_bounds(state, bounds).expect("it can be written");
    for number in 0..EVENTS {
        let instance = InstanceId(1 + number.unsigned_abs() / 1000);
        let entry = match number % 1000 {
            500 => ServiceEntry::Starting { instance },
            900 => ServiceEntry::Death(death(instance)),
            _ => ServiceEntry::OutputExpired {
                segments: 1,
                bytes: 16 << 20,
            },
        };
        let entry = Entry::Service {
            service: service(),
            entry,
        };
        let record = Record {
            at: at(number),
            entry,
        };
        writer.append(&record).expect("it can be written");
    }
}

fn death(instance: InstanceId) -> Death {
    Death {
        instance,
        pid: Pid(4711),
        exit: Exit::Code(3),
        success: false,
        asked: false,
        ran_for: Duration::from_secs(200),
        usage: None,
        reached: Vec::new(),
        open_files: None,
        memory: Vec::new(),
        last_output: Vec::new(),
    }
}

fn print(state: &Path) {
    let bounds = Bounds::from(&Capture {
        rotate: 16 << 20,
        keep: 2 * LOGS,
        max_age: None,
        max_block: Duration::from_secs(1),
    });
    let mut log = ServiceLog::new(&layout::service_log_dir(state, &service()), bounds);
    let line = b"INFO request served in 12 ms, status 200, from a client somewhere in the network around here...\n";
    let block: Vec<u8> = line.repeat(10_000);
    let blocks = LOGS / block.len() as u64;
    for number in 0..blocks {
        let event =
            EVENTS * i64::try_from(number).expect("small") / i64::try_from(blocks).expect("small");
        let arrival = Arrival {
            at: at(event),
            instance: InstanceId(1 + event.unsigned_abs() / 1000),
        };
        log.write(Stream::Stdout, arrival, &block)
            .expect("it can be written");
    }
}
