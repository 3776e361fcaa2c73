//! Somebody sets the wall clock by hours: it changes what is shown and nothing
//! else.
#![cfg(target_os = "linux")]

mod guarded;

use std::fs;
use std::path::{Path, PathBuf};

use guarded::{Guarded, eventually, toml};
use jiff::Timestamp;
use outlast_testkit::victim_path;

/// Debian's; the loader knows what `$LIB` is.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketime.so.1";

/// A guardian whose wall clock, and nothing else of it, a file decides.
struct Shifted {
    guarded: Guarded,
    clock: PathBuf,
}

impl Shifted {
    fn run(config: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        fs::write(folder.path().join("outlast.toml"), config).expect("a file");
        let clock = folder.path().join("clock");
        set(&clock, "+0");
        let guarded = Guarded::run_as(folder, |command| {
            command
                .env("LD_PRELOAD", LIBRARY)
                .env("FAKETIME_TIMESTAMP_FILE", &clock)
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        });
        Self { guarded, clock }
    }

    fn set(&self, offset: &str) {
        set(&self.clock, offset);
    }
}

/// As a whole: it is read at any time.
fn set(clock: &Path, offset: &str) {
    let beside = clock.with_extension("new");
    fs::write(&beside, offset).expect("a file");
    fs::rename(beside, clock).expect("it takes its place");
}

#[test]
#[ignore = "takes libfaketime; `cargo xtask test` runs it"]
fn hours_back_and_forth_restart_nothing_and_hold_nothing_up() {
    let victim = toml(victim_path());
    let mut shifted = Shifted::run(&format!(
        "[services.steady]\ncommand = [{victim}, \"hang\"]\n\
         [services.crashing]\ncommand = [{victim}, \"exit\", \"1\"]\n\
         restart = {{ delay = \"200ms\", factor = 1.0, limit = 0 }}\n"
    ));
    shifted.guarded.wait_for("started", Some("steady"));
    let steady = shifted.guarded.service_pid("steady");
    for (offset, hours) in [("+3h", 3.0), ("-9h", -12.0), ("+0", 9.0)] {
        shifted.set(offset);
        let event = shifted.guarded.wait_for("clock-set", None);
        let by = event["by_seconds"].as_f64().expect("a number") / 3600.0;
        assert!((by - hours).abs() < 0.01, "{event}");
        // Its delays go on as before: it neither waits for hours nor storms.
        for _ in 0..3 {
            let waits = shifted.guarded.wait_for("backing-off", Some("crashing"));
            assert!(waits["delay_seconds"].as_f64() < Some(0.5), "{waits}");
        }
    }
    assert_eq!(shifted.guarded.service_pid("steady"), steady);
    let events = shifted.guarded.shut_down();
    let numbers: Vec<u64> = events
        .iter()
        .filter_map(|event| event["seq"].as_u64())
        .collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let frozen = events.iter().any(|event| event["event"] == "slept");
    assert!(!frozen, "a clock that is set is no sleep: {events:#?}");
}

/// When the next run of a service is due.
fn next_run(guarded: &Guarded, service: &str) -> Option<Timestamp> {
    let next = guarded.status(service)["schedule"]["next"].clone();
    next.as_str().map(|at| at.parse().expect("a moment"))
}

#[test]
#[ignore = "takes libfaketime; `cargo xtask test` runs it"]
fn a_schedule_goes_by_the_clock_and_runs_nothing_twice() {
    const HOUR: i64 = 3600;
    let victim = toml(victim_path());
    let mut shifted = Shifted::run(&format!(
        "[services.job]\ncommand = [{victim}, \"exit\", \"0\"]\n\
         schedule = {{ cron = \"30 2 * * *\", zone = \"UTC\" }}\n\
         # Has the guardian look at the clock more often than it would.\n\
         [services.crashing]\ncommand = [{victim}, \"exit\", \"1\"]\n\
         restart = {{ delay = \"200ms\", factor = 1.0, limit = 0 }}\n"
    ));
    eventually("the next run is known", || {
        next_run(&shifted.guarded, "job").is_some()
    });
    let due = next_run(&shifted.guarded, "job").expect("it is known");
    let offset = due.as_second() - Timestamp::now().as_second() - 3;
    let set = |shifted: &mut Shifted, offset: i64| {
        shifted.set(&format!("{offset:+}"));
        shifted.guarded.wait_for("clock-set", None)
    };

    // A few seconds before.
    set(&mut shifted, offset);
    let started = shifted.guarded.wait_for("starting", Some("job"));
    let at: Timestamp = started["time"]
        .as_str()
        .expect("text")
        .parse()
        .expect("a moment");
    assert!(
        at >= due && at.as_second() - due.as_second() < 10,
        "{started}"
    );
    shifted.guarded.wait_for("finished", Some("job"));

    set(&mut shifted, offset - HOUR);
    for _ in 0..3 {
        shifted.guarded.wait_for("backing-off", Some("crashing"));
    }
    let next = next_run(&shifted.guarded, "job").expect("it is known");
    assert_eq!(next.as_second() - due.as_second(), 24 * HOUR);

    // Three runs, the last of them two hours ago.
    set(&mut shifted, offset + (3 * 24 + 2) * HOUR);
    let missed = shifted.guarded.wait_for("runs-missed", Some("job"));
    assert_eq!(
        (&missed["runs"], &missed["made_up"]),
        (&3.into(), &true.into())
    );
    shifted.guarded.wait_for("finished", Some("job"));
    let events = shifted.guarded.shut_down();
    let starts = events
        .iter()
        .filter(|event| event["event"] == "starting" && event["service"] == "job");
    assert_eq!(starts.count(), 2);
}

#[test]
#[ignore = "takes libfaketime; `cargo xtask test` runs it"]
fn lines_stay_in_the_order_in_which_they_were_printed() {
    let victim = toml(victim_path());
    let mut shifted = Shifted::run(&format!(
        "[services.talker]\ncommand = [{victim}, \"print\", \"a line\"]\n\
         restart = {{ delay = \"50ms\", factor = 1.0, limit = 0 }}\n"
    ));
    for offset in ["+2h", "-2h", "+0"] {
        shifted.set(offset);
        shifted.guarded.wait_for("clock-set", None);
        shifted.guarded.wait_for("death", Some("talker"));
    }
    eventually("all that was printed is kept", || {
        let output = shifted
            .guarded
            .outlast(&["logs", "talker", "--json", "-n", "1000"]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let instances: Vec<u64> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter_map(|line| line["instance"].as_u64())
            .collect();
        instances.len() > 3 && instances.is_sorted()
    });
    shifted.guarded.shut_down();
}
