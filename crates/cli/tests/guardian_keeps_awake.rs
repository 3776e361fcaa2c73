//! A service that keeps the machine awake, on a machine that may have no way to.

mod guarded;

use guarded::{Guarded, toml};
use outlast_testkit::victim_path;
use serde_json::Value;

fn web(keys: &str) -> String {
    let victim = toml(victim_path());
    format!("[services.web]\ncommand = [{victim}, \"hang\"]\n{keys}\n")
}

/// Whether an inhibitor is held; waits for the answer.
fn is_inhibited(guarded: &mut Guarded) -> bool {
    let mut answer = None;
    guarded::eventually("an answer of the system", || {
        let kinds = guarded.events().into_iter();
        answer = kinds
            .filter_map(|event| event["event"].as_str().map(str::to_owned))
            .find(|kind| kind == "inhibited" || kind == "not-inhibited");
        answer.is_some()
    });
    answer.as_deref() == Some("inhibited")
}

#[test]
fn what_came_of_it_is_told_and_the_service_runs_all_the_same() {
    let mut guarded = Guarded::run(&web("sleep = \"inhibit\""));
    guarded.wait_for("started", Some("web"));
    let is_held = is_inhibited(&mut guarded);
    let status = guarded.status("web");
    assert_eq!(status["state"], "running");
    let sleep = &status["sleep"];
    if is_held {
        assert_eq!(sleep["inhibitor"], "held");
        assert!(sleep["overridden_by"].is_array(), "{sleep}");
    } else {
        assert_eq!(sleep["inhibitor"], "denied");
        assert!(sleep["reason"].is_string(), "{sleep}");
    }
    guarded.shut_down();
}

#[test]
fn a_service_that_does_not_ask_for_it_has_nothing_to_tell() {
    let mut guarded = Guarded::run(&web(""));
    guarded.wait_for("started", Some("web"));
    assert!(guarded.status("web")["sleep"].is_null());
    let told = guarded.succeed(&["sleep", "--json"]);
    let told: Value = serde_json::from_str(&told).expect("it is JSON");
    assert_eq!(told["guardians"][0]["services"], serde_json::json!([]));
    guarded.shut_down();
}

#[test]
fn a_service_at_full_speed_runs_like_any_other() {
    let mut guarded = Guarded::run(&web("throttle = \"never\""));
    guarded.wait_for("started", Some("web"));
    let said = guarded.stderr();
    assert!(said.is_empty() || said.contains("slowed down"), "{said}");
    guarded.shut_down();
}
