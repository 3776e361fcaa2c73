//! A guardian wakes up when something has happened, and only then.
#![cfg(target_os = "linux")]

mod guarded;

use std::time::Duration;

use guarded::{Guarded, toml};
use outlast_testkit::victim_path;

/// How often the threads of `pid` have gone to sleep or were interrupted.
fn context_switches(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
    let statuses = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok());
    statuses
        .flat_map(|status| status.lines().filter_map(switches).collect::<Vec<_>>())
        .sum()
}

fn switches(line: &str) -> Option<u64> {
    line.split_once("ctxt_switches:")?.1.trim().parse().ok()
}

#[test]
fn nothing_happens_while_nothing_happens() {
    let services: String = (0..100)
        .map(|index| {
            format!(
                "[services.s{index}]\ncommand = [{}, \"hang\"]\n",
                toml(victim_path())
            )
        })
        .collect();
    let mut guarded = Guarded::run(&services);
    for _ in 0..100 {
        guarded.wait_for("started", None);
    }
    guarded::eventually("all output has arrived", || {
        let output = guarded.outlast(&["logs"]);
        String::from_utf8_lossy(&output.stdout)
            .matches("ready")
            .count()
            == 100
    });
    // Not a measure of time: however long it takes, there is nothing to do.
    let quiet = || {
        let before = context_switches(guarded.pid());
        std::thread::sleep(Duration::from_secs(3));
        context_switches(guarded.pid()) == before
    };
    guarded::eventually("three seconds without a wake-up", quiet);
    guarded.shut_down();
}
