//! Several services that are made of the same keys.

mod guarded;

use guarded::{Guarded, eventually, toml};
use outlast_testkit::victim_path;
use serde_json::Value;

fn workers(count: u32) -> String {
    let victim = toml(victim_path());
    format!(
        "[services.worker]\ninstances = {count}\ncommand = [{victim}, \"hang\", \"{{instance}}\"]\n\
         \n[services.says]\ninstances = 2\n\
         command = [{victim}, \"print\", \"{{instance}} at {{instance+8080}}\"]\nrestart = \"never\"\n\
         \n[services.last]\ncommand = [{victim}, \"hang\"]\n\
         depends_on = [{{ service = \"says\", until = \"exited-ok\" }}]\n"
    )
}

fn names(guarded: &Guarded, of: &str) -> Vec<String> {
    let text = guarded.succeed(&["status", of, "--json"]);
    let status: Value = serde_json::from_str(&text).expect("it is JSON");
    let services = status["services"].as_array().expect("a list");
    let names = services.iter().map(|service| service["name"].as_str());
    names.map(|name| name.expect("a name").to_owned()).collect()
}

#[test]
fn each_is_a_service_and_their_name_means_all_of_them() {
    let mut guarded = Guarded::run(&workers(3));
    guarded.wait_for("started", Some("last"));
    assert_eq!(
        names(&guarded, "worker"),
        ["worker.1", "worker.2", "worker.3"]
    );

    let said = guarded.succeed(&["logs", "says"]);
    assert!(
        said.contains("1 at 8081") && said.contains("2 at 8082"),
        "{said}"
    );

    let pids = |guarded: &Guarded| {
        let pid = |number| guarded.service_pid(&format!("worker.{number}"));
        [pid(1), pid(2), pid(3)]
    };
    let before = pids(&guarded);
    guarded.succeed(&["restart", "worker"]);
    let after = pids(&guarded);
    assert!(
        before.iter().all(|pid| !after.contains(pid)),
        "{before:?} {after:?}"
    );

    guarded.succeed(&["stop", "worker.2"]);
    assert_eq!(guarded.status("worker.2")["state"], "stopped");
    assert_eq!(guarded.service_pid("worker.3"), after[2]);

    let told = guarded.succeed(&["events", "worker", "--json"]);
    for number in 1..=3 {
        assert!(told.contains(&format!("\"worker.{number}\"")), "{told}");
    }
    assert!(!told.contains("\"says"), "{told}");
    guarded.shut_down();
}

#[test]
fn a_reload_changes_how_many_there_are() {
    let mut guarded = Guarded::run(&workers(3));
    guarded.wait_for("started", Some("last"));
    let first = guarded.service_pid("worker.1");
    let file = guarded.folder.path().join("outlast.toml");

    std::fs::write(&file, workers(1)).expect("written");
    guarded.succeed(&["reload"]);
    eventually("the others are gone", || {
        names(&guarded, "worker") == ["worker.1"]
    });

    std::fs::write(&file, workers(2)).expect("written");
    guarded.succeed(&["reload"]);
    eventually("another is there", || {
        guarded.status("worker.2")["state"] == "running"
    });
    assert_eq!(guarded.service_pid("worker.1"), first);
    guarded.shut_down();
}
