//! Random worlds against the invariants of the crate's documentation.
//!
//! A case comes from one number. A failing one is made smaller and printed with
//! what happened in it; `OUTLAST_SIM_SEED=NUMBER cargo test -p outlast-engine
//! --test simulation` runs that one again. `OUTLAST_SIM_STEPS` sets how many
//! steps the fresh cases take together.

#[path = "../support/schedule.rs"]
mod schedule;
#[path = "../support/service.rs"]
mod service;
#[path = "../support/socket.rs"]
mod socket;
#[path = "../support/watched.rs"]
mod watched;

mod case;
mod checker;
mod host;
mod random;
mod run;
mod shrink;
mod sleepless;
mod track;
mod wall_clock;

use std::time::{SystemTime, UNIX_EPOCH};

use case::Case;
use random::Random;

/// Runs cases until they have taken this many steps together.
fn simulate(mut seeds: Random, steps: u64) {
    let mut taken = 0;
    while taken < steps {
        taken += check(seeds.next());
    }
}

fn check(seed: u64) -> u64 {
    let case = Case::generate(seed);
    match run::run(&case) {
        Ok(steps) => steps,
        Err(what) => panic!("{}", shrink::report(&case, &what)),
    }
}

fn asked_seed() -> Option<u64> {
    let text = std::env::var("OUTLAST_SIM_SEED").ok()?;
    Some(text.parse().expect("OUTLAST_SIM_SEED is a number"))
}

/// Two halves, so that they run beside each other. The engine is the same on every
/// system, and Wine on a busy machine takes minutes for all of them.
const FIXED_STEPS: u64 = if cfg!(windows) { 50_000 } else { 500_000 };

#[test]
fn the_invariants_hold_in_the_first_half_of_the_fixed_worlds() {
    simulate(Random::new(1), FIXED_STEPS);
}

#[test]
fn the_invariants_hold_in_the_second_half_of_the_fixed_worlds() {
    simulate(Random::new(2), FIXED_STEPS);
}

#[test]
fn the_invariants_hold_in_fresh_worlds() {
    if let Some(seed) = asked_seed() {
        check(seed);
        return;
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = now.expect("it is after 1970").as_nanos() as u64;
    println!("fresh worlds from seed {seed}");
    let steps = std::env::var("OUTLAST_SIM_STEPS").ok();
    let steps = steps.map_or(FIXED_STEPS / 2, |text| text.parse().expect("a number"));
    simulate(Random::new(seed), steps);
}

#[test]
fn the_wall_clock_changes_nothing_but_what_is_shown() {
    let mut seeds = Random::new(3);
    for _ in 0..200 {
        wall_clock::check(&Case::generate(seeds.next()));
    }
}
