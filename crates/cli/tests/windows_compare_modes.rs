//! `outlast compare-modes` with the service control manager, as Wine has it: times are
//! Wine's, and only their being told is looked at.

mod web;
mod wine;

use serde_json::Value;
use wine::{Windows, eventually};

fn is_gone(windows: &Windows) -> bool {
    let asked = windows.run("sc", &["query", "outlast-compare"]);
    let kept = windows.at(r"C:\ProgramData\Outlast");
    asked.code != Some(0) && !kept.exists()
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn both_halves_are_measured_and_the_service_is_gone_afterwards() {
    let windows = Windows::boot();
    let told = windows.succeed(&["compare-modes", "--rounds", "1", "--json"]);
    let report: Value = serde_json::from_str(&told).expect("it is JSON");
    let halves = report["halves"].as_array().expect("a list");
    let modes: Vec<&Value> = halves.iter().map(|half| &half["mode"]).collect();
    assert_eq!(modes, ["user", "service"]);
    for half in halves {
        let round = &half["rounds"][0];
        assert!(
            round["call_ns"].as_f64().is_some_and(|time| time > 0.0),
            "{round}"
        );
        assert_eq!(round["voluntary_switches"], Value::Null);
        let attempts = half["attempts"].as_array().expect("a list");
        let stopped = attempts.iter().filter(|one| one["outcome"] == "stopped");
        // A page that is read-only, one of data, and none at all.
        assert!(stopped.count() >= 3, "{attempts:#?}");
    }
    let differences = report["differences"].as_array().expect("a list");
    let station = differences
        .iter()
        .find(|one| one["name"] == "window station");
    let station = &station.expect("services have their own")["first"]["value"];
    assert_eq!(*station, "WinSta0");
    assert!(is_gone(&windows));
}

#[test]
#[ignore = "takes Wine and a Windows build; `cargo xtask test` runs it"]
fn what_a_crash_of_the_machine_leaves_is_removed_by_the_next() {
    let windows = Windows::boot();
    let mut long = windows.start(&["compare-modes", "--rounds", "1000", "--json"]);
    eventually("it is installed and runs", || {
        let asked = windows.run("sc", &["query", "outlast-compare"]);
        asked.out.contains("RUNNING")
    });
    windows.reboot();
    long.wait().expect("every process has been ended");
    assert!(!is_gone(&windows));
    let came = windows.outlast(&["compare-modes", "--rounds", "1"]);
    assert_eq!(came.code, Some(0), "{came:?}");
    assert!(
        came.said.contains("an earlier comparison was killed"),
        "{came:?}"
    );
    assert!(is_gone(&windows));
}
