//! Tasks that run once, and by the clock.

mod guarded;

use guarded::{Guarded, eventually, toml};
use outlast_testkit::victim_path;
use serde_json::Value;

/// How often `service` was started.
fn starts(events: &[Value], service: &str) -> usize {
    let of = |event: &&Value| event["event"] == "starting" && event["service"] == service;
    events.iter().filter(of).count()
}

fn code(guarded: &Guarded, arguments: &[&str]) -> Option<i32> {
    guarded.outlast(arguments).status.code()
}

#[test]
fn a_task_by_the_clock_runs_when_it_is_asked_to_and_waits_otherwise() {
    let victim = toml(victim_path());
    let mut guarded = Guarded::run(&format!(
        "[services.steady]\ncommand = [{victim}, \"hang\"]\n\
         [services.job]\ncommand = [{victim}, \"exit\", \"0\"]\n\
         schedule = {{ cron = \"0 0 29 feb *\", zone = \"UTC\" }}\n"
    ));
    guarded.wait_for("started", Some("steady"));
    eventually("the next run is known", || {
        let next = &guarded.status("job")["schedule"]["next"];
        next.as_str()
            .is_some_and(|at| at.contains("-02-29T00:00:00Z"))
    });
    // Between its runs nothing is missing.
    assert_eq!(guarded.status("job")["desired"], "stopped");
    assert_eq!(code(&guarded, &["status"]), Some(0));
    assert!(guarded.succeed(&["status"]).contains("next run at"));

    guarded.succeed(&["start", "job"]);
    guarded.wait_for("finished", Some("job"));
    assert_eq!(guarded.status("job")["completed"], true);
    assert_eq!(code(&guarded, &["status"]), Some(0));

    guarded.succeed(&["stop", "job"]);
    let schedule = guarded.status("job")["schedule"].clone();
    assert_eq!(
        (&schedule["in_force"], &schedule["next"]),
        (&Value::Bool(false), &Value::Null)
    );
    guarded.succeed(&["start"]);
    eventually("the schedule is in force again", || {
        guarded.status("job")["schedule"]["next"].is_string()
    });
    assert_eq!(starts(&guarded.shut_down(), "job"), 1);
}

#[test]
fn a_task_that_has_ended_well_is_done_and_one_that_has_not_is_waited_for() {
    let victim = toml(victim_path());
    let waits =
        |on: &str| format!("depends_on = [{{ service = \"{on}\", until = \"exited-ok\" }}]");
    let config = |more: &str| {
        format!(
            "[services.task]\ncommand = [{victim}, \"exit\", \"0\"]\nrestart = \"never\"\n\
             [services.app]\ncommand = [{victim}, \"hang\"]\n{}\n{more}",
            waits("task")
        )
    };
    let mut guarded = Guarded::run(&config(""));
    guarded.wait_for("started", Some("app"));
    assert_eq!(guarded.status("task")["completed"], true);
    assert_eq!(code(&guarded, &["status"]), Some(0));

    // What is read again does not run again.
    let broken = format!(
        "[services.broken]\ncommand = [{victim}, \"exit\", \"1\"]\nrestart = \"never\"\n\
         [services.idle]\ncommand = [{victim}, \"hang\"]\n{}\n",
        waits("broken")
    );
    let file = guarded.folder.path().join("outlast.toml");
    std::fs::write(file, config(&broken)).expect("written");
    // The new ones are not all as the file has them.
    assert_ne!(code(&guarded, &["reload"]), Some(0));
    let finished = guarded.wait_for("finished", Some("broken"));
    assert_eq!(finished["last"]["exit"]["code"], 1, "{finished}");
    let idle = guarded.status("idle");
    assert_eq!(
        (&idle["state"], &idle["waiting_on"][0]),
        (&"waiting".into(), &"broken".into())
    );
    assert_eq!(guarded.status("broken")["state"], "failed");
    assert_ne!(code(&guarded, &["status"]), Some(0));
    assert_eq!(starts(&guarded.shut_down(), "task"), 1);
}
