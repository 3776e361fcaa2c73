//! `outlast compare-modes` where nothing can be installed: the half in the session,
//! and files of two places.

mod alone;

use std::ffi::OsStr;

use alone::{Alone, Came};
use serde_json::Value;

const ONLY_USER: [&str; 6] = ["compare-modes", "--only", "user", "--rounds", "1", "--json"];

fn json(came: &Came) -> Value {
    assert_eq!(came.code, Some(0), "{came:?}");
    serde_json::from_slice(&came.out).expect("it is JSON")
}

fn fact<'a>(report: &'a Value, name: &str) -> &'a Value {
    let facts = report["halves"][0]["got"]["facts"].as_array();
    let mut facts = facts.expect("a list").iter();
    let fact = facts.find(|fact| fact["name"] == name);
    &fact.unwrap_or_else(|| panic!("{name}: {report:#}"))["value"]
}

#[test]
fn the_session_is_measured_without_any_rights() {
    let report = json(&Alone::new().outlast(&ONLY_USER));
    let half = &report["halves"][0];
    assert_eq!(half["mode"], "user");
    assert_eq!(half["side_by_side"], false);
    let round = &half["rounds"][0];
    for time in ["call_ns", "read_1_ns", "read_4096_ns"] {
        assert!(
            round[time].as_f64().is_some_and(|time| time > 0.0),
            "{round}"
        );
    }
    let processors = round["processors"].as_f64().expect("every system tells");
    assert!(processors > 0.0, "{round}");
    assert!(fact(&report, "user").is_string());
    // That of the command, not of the child that it measures with.
    assert_eq!(*fact(&report, "standard input"), "nothing");
    assert_eq!(report["differences"], Value::Null);
}

#[test]
fn accesses_that_no_program_may_have_are_stopped_and_end_nothing() {
    let report = json(&Alone::new().outlast(&ONLY_USER));
    let attempts = report["halves"][0]["attempts"].as_array().expect("a list");
    let outcome = |access: &str| {
        let mut found = attempts
            .iter()
            .filter(|attempt| attempt["access"] == access);
        found.next().unwrap_or_else(|| panic!("{access}"))["outcome"].clone()
    };
    for access in [
        "write-read-only-page",
        "execute-data-page",
        "read-first-page",
    ] {
        assert_eq!(outcome(access), "stopped", "{attempts:#?}");
    }
    for attempt in attempts {
        let is_word = ["stopped", "succeeded", "unknown"].map(|word| attempt["outcome"] == word);
        assert!(is_word.contains(&true), "{attempt}");
        assert!(
            attempt["outcome"] != "unknown" || attempt["why"].is_string(),
            "{attempt}"
        );
    }
}

#[test]
fn two_places_are_compared_by_their_files() {
    let alone = Alone::new();
    let with = |variables: &[(&str, &str)]| {
        let variables: Vec<(&str, &OsStr)> = variables
            .iter()
            .map(|&(name, value)| (name, OsStr::new(value)))
            .collect();
        alone.outlast_with(&ONLY_USER, &variables)
    };
    let here = with(&[("SHOP_COLOUR", "blue"), ("SHOP_TOKEN", "hunter2")]);
    let there = with(&[("SHOP_COLOUR", "green")]);
    assert!(!here.text.contains("hunter2"), "{here:?}");
    alone.write("here.json", &here.out);
    alone.write("there.json", &there.out);
    let files = [
        "compare-modes",
        "--with",
        "here.json",
        "--with",
        "there.json",
    ];

    let report = json(&alone.outlast(&[&files[..], &["--json"]].concat()));
    let all = report["differences"].as_array().expect("a list");
    let named = |name: &str| {
        all.iter()
            .find(|one| one["name"] == name)
            .expect("it differs")
    };
    assert_eq!(named("SHOP_COLOUR")["first"]["value"], "blue");
    assert_eq!(named("SHOP_COLOUR")["second"]["value"], "green");
    assert_eq!(named("SHOP_TOKEN")["first"], "hidden");
    assert_eq!(named("SHOP_TOKEN")["second"], "absent");
    assert_eq!(report["measures"][0]["verdict"], "open");

    let told = alone.outlast(&files);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.text.contains("not measured side by side"), "{told:?}");
    assert!(told.text.contains("too few rounds"), "{told:?}");
}

#[test]
fn what_is_no_comparison_is_refused_and_nothing_is_measured() {
    let alone = Alone::new()
        .with("empty.json", "{}")
        .with("two.json", r#"{"halves":[]}"#);
    for name in ["empty.json", "two.json", "missing.json"] {
        let came = alone.outlast(&["compare-modes", "--with", name]);
        assert_eq!(came.code, Some(1), "{came:?}");
        assert!(
            came.said.contains(name) && !came.said.contains("measuring"),
            "{came:?}"
        );
    }
    let three = ["--with", "a", "--with", "b", "--with", "c"];
    for words in [&three[..], &["--rounds", "0"], &["--only", "both"]] {
        let came = alone.outlast(&[&["compare-modes"], words].concat());
        assert_eq!(came.code, Some(2), "{came:?}");
    }
}
