//! A guardian whose unit is frozen goes on as if nothing had been, and knows how
//! long it was.

mod container;
mod web;

use std::thread;
use std::time::{Duration, Instant};

use container::shop::Shop;
use serde_json::Value;

const FREEZE: Duration = Duration::from_secs(6);

#[test]
#[ignore = "boots a container; `cargo xtask test` does"]
fn a_frozen_unit_is_told_with_its_length_and_nothing_restarts() {
    // Longer than the freeze: what systemd's own watchdog makes of it is its own
    // business.
    let shop = Shop::installed(&["--now", "--set", "watchdog=20s"]);
    shop.wait_until_open();
    let guardian = shop.note_guardian();
    let before = Instant::now();
    shop.machine.succeed(&["systemctl", "freeze", "shop"]);
    let inner = Instant::now();
    thread::sleep(FREEZE);
    let at_least = inner.elapsed().as_secs_f64();
    shop.machine.succeed(&["systemctl", "thaw", "shop"]);
    let at_most = before.elapsed().as_secs_f64();

    let events = || -> Vec<Value> {
        let text = shop
            .machine
            .succeed(&["outlast", "events", "--json", "shop/"]);
        let lines = text.lines().map(serde_json::from_str::<Value>);
        lines.map(|line| line.expect("JSON")).collect()
    };
    let frozen = || {
        events()
            .into_iter()
            .find(|event| event["event"] == "frozen")
    };
    shop.machine
        .eventually("the freeze is told", || frozen().is_some());
    let told = frozen().expect("it was there");
    let bounds = ["at_least_seconds", "at_most_seconds"].map(|key| told[key].as_f64());
    let [Some(lower), Some(upper)] = bounds else {
        panic!("{told}");
    };
    assert!(
        lower <= at_most && at_least <= upper,
        "{told}, {at_least} to {at_most}"
    );
    assert!(shop.answers());
    assert_eq!(shop.guardian().to_string(), guardian);
    let was_lost = |event: &Value| event["event"] == "death";
    assert!(!events().iter().any(was_lost), "{:#?}", events());
}
