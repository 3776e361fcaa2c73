//! Programs that fail for a known cause, and whether that is what is found.
//!
//! `cargo xtask test --only tools,corpus` installs what they take, and runs this.
//! `OUTLAST_CORPUS_ONLY=part,part` runs those whose names have one of the parts in them.
#![cfg(target_os = "linux")]

mod corpus;
mod guarded;
mod web;

use std::time::{Duration, Instant};

use corpus::case::{Case, Then, all};
use corpus::score::{Found, hold_to_the_promise};
use corpus::stage::Stage;
use corpus::workshop::Workshop;
use guarded::{Guarded, eventually};
use serde_json::Value;
use web::send;

/// So many run at once: what takes seconds alone should not take minutes here.
const AT_ONCE: usize = 8;

/// Who has no verdict by then will have none.
const PATIENCE: Duration = Duration::from_secs(90);

#[test]
#[ignore = "takes compilers and run-times; `cargo xtask test` installs them"]
fn what_programs_die_of_is_found() {
    let workshop = Workshop::set_up();
    let mut stage = Stage::set_up(&workshop);
    let mut cases = all();
    let before = cases.len();
    cases.retain(|case| {
        let missing = workshop.missing(&case.tools);
        if let Some(tool) = missing {
            println!("SKIPPED {}: there is no {tool} here", case.name);
        }
        missing.is_none()
    });
    println!("{} of {before} cases can run here", cases.len());
    let mut found = Vec::new();
    for wave in cases.chunks(AT_ONCE) {
        let services = wave.iter().map(|case| stage.service(case));
        let mut guarded = Guarded::run(&services.collect::<String>());
        let of_wave = run(&mut guarded, wave);
        of_wave.iter().for_each(Found::print);
        found.extend(of_wave);
    }
    let is_whole = std::env::var_os("OUTLAST_CORPUS_ONLY").is_none();
    hold_to_the_promise(&found, is_whole);
}

/// What is found of each of `cases`, which are the services of `guarded`.
fn run(guarded: &mut Guarded, cases: &[Case]) -> Vec<Found> {
    for case in cases {
        if let Some(then) = &case.then {
            eventually("it is ready", || event(guarded, case, "ready").is_some());
            act(guarded, case, then);
        }
    }
    // What never comes is a case that went wrong, and no reason to skip the others.
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline && !cases.iter().all(|case| is_through(guarded, case)) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let found = |case: &Case| Found::new(case, event(guarded, case, "verdict"));
    cases.iter().map(found).collect()
}

/// Whether there is nothing to wait for any more.
fn is_through(guarded: &mut Guarded, case: &Case) -> bool {
    if case.is_incident() {
        event(guarded, case, "verdict").is_some()
    } else {
        // One that is ready goes on, and another has ended well.
        event(guarded, case, "ready").is_some() || event(guarded, case, "death").is_some()
    }
}

/// The first event of this kind about `case`.
fn event(guarded: &mut Guarded, case: &Case, kind: &str) -> Option<Value> {
    let of_it = |event: &Value| event["service"] == *case.name && event["event"] == kind;
    guarded.events().into_iter().find(of_it)
}

fn act(guarded: &Guarded, case: &Case, then: &Then) {
    match then {
        Then::Kill(signals) => {
            let pid = guarded.service_pid(&case.name);
            signals.iter().for_each(|signal| send(signal, pid));
        }
        Then::Stop => {
            guarded.succeed(&["stop", &case.name]);
        }
    }
}
