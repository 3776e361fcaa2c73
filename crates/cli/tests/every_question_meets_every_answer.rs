//! Each way of knowing whether a service works meets each way of answering: the table of
//! `docs/health.md`, whose every cell is tried here, or says why it cannot happen.
//!
//! `OUTLAST_UPDATE_EXPECTED=1` writes the document's table anew.
#![cfg(target_os = "linux")]

mod guarded;
mod probed;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use guarded::{Guarded, PATIENCE, eventually, outlast};
use probed::stage::{Outcome, Stage, Tried};
use probed::table::{Cell, TABLE};
use serde_json::Value;

/// All at once, by one guardian.
#[test]
fn every_cell_of_the_table_is_as_it_says() {
    let mut stage = Stage::new();
    for row in &TABLE {
        for (answer, cell) in row.cells() {
            if let Cell::Tried(_, prepare) = cell {
                let before = stage.tried().len();
                stage.prepare(&format!("{}-{answer}", row.asked), *prepare);
                assert!(stage.tried().len() > before, "{}, {answer}", row.asked);
            }
        }
    }
    let (folder, tried, _held) = stage.ready();
    let mut guarded = Guarded::run_in(folder);
    let mut open: Vec<&Tried> = tried.iter().collect();
    let deadline = Instant::now() + PATIENCE;
    while !open.is_empty() {
        let events = guarded.events();
        open.retain(|tried| !has_come_true(tried, &events));
        let is_over = Instant::now() > deadline;
        assert!(!is_over, "it is not as the table says: {open:#?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    for tried in &tried {
        if let Outcome::GoesOnFor(seconds) = tried.outcome {
            eventually("it has ended, or has run for long enough", || {
                let status = guarded.status(&tried.service);
                let uptime = status["uptime_seconds"].as_f64();
                status["state"] != "running" || uptime.is_some_and(|uptime| uptime > seconds)
            });
        }
    }
    // What works has gone on doing so while the others failed.
    let events = guarded.events();
    for tried in &tried {
        let ends = ends(tried, &events);
        // Who has failed was stopped for it, and had not ended by itself.
        let is_failure = ends.first().is_some_and(|event| event["event"] != "death");
        assert_eq!(
            is_failure,
            tried.outcome.is_a_failure(),
            "{tried:?}: {ends:#?}"
        );
        assert!(
            is_failure || tried.outcome == Outcome::Ends || ends.is_empty(),
            "{tried:?}: {ends:#?}"
        );
    }
    guarded.shut_down();
}

fn has_come_true(tried: &Tried, events: &[Value]) -> bool {
    let has = |word: &str| {
        events
            .iter()
            .any(|event| event["service"] == *tried.service && event["event"] == word)
    };
    match tried.outcome {
        Outcome::Works | Outcome::GoesOnFor(_) => has("ready"),
        Outcome::NeverReady => has("not-ready") && !has("ready"),
        Outcome::NotAlive => has("not-alive"),
        Outcome::FailsLater => has("ready") && has("not-alive"),
        Outcome::ComesAndGoes => has("probe-failing") && has("probe-recovered"),
        Outcome::Missed => has("ready") && has("watchdog-missed"),
        Outcome::Ends => has("death") && !has("ready"),
    }
}

/// That it has ended, or is stopped for its health.
fn ends<'a>(tried: &Tried, events: &'a [Value]) -> Vec<&'a Value> {
    const WORDS: [&str; 4] = ["not-ready", "not-alive", "watchdog-missed", "death"];
    let is_end = |event: &&Value| {
        event["service"] == *tried.service && WORDS.iter().any(|word| event["event"] == *word)
    };
    events.iter().filter(is_end).collect()
}

/// A way that is added to the file is added to the table.
#[test]
fn every_way_of_the_file_is_in_the_table() {
    let schema = outlast().arg("schema").output().expect("it can be run");
    let schema: Value = serde_json::from_slice(&schema.stdout).expect("JSON");
    let ways = |keys: &str| -> BTreeSet<String> {
        let keys = schema["$defs"][keys]["properties"].as_object();
        keys.expect("a table of keys").keys().cloned().collect()
    };
    let mut known: BTreeSet<String> = ways("ReadyKeys");
    known.extend(ways("AliveKeys"));
    for how_often in ["timeout", "interval", "failures", "grace"] {
        assert!(known.remove(how_often), "{how_often}");
    }
    assert!(known.insert("watchdog".to_owned()));
    let asked = TABLE.iter().map(|row| row.asked.to_owned());
    assert_eq!(asked.collect::<BTreeSet<_>>(), known);
}

const BEGIN: &str = "<!-- generated from the tests: begin -->\n";
const END: &str = "<!-- generated: end -->\n";

#[test]
fn the_document_has_the_table() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/health.md");
    let text = std::fs::read_to_string(&path).expect("there is one");
    let (before, rest) = text.split_once(BEGIN).expect("it says where");
    let (table, after) = rest.split_once(END).expect("it says where");
    let expected = probed::table::markdown();
    if std::env::var_os("OUTLAST_UPDATE_EXPECTED").is_some() {
        let text = format!("{before}{BEGIN}{expected}{END}{after}");
        std::fs::write(&path, text).expect("it can be written");
    } else {
        assert_eq!(table, expected, "OUTLAST_UPDATE_EXPECTED=1 writes it anew");
    }
}
