//! One test, because it counts what its process has.
#![cfg(target_os = "linux")]

mod support;

use outlast_model::Exit;
use outlast_os::tree::Means;
use support::{exit_of, forest, in_time, program, service, victim};

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd")
        .expect("readable")
        .count()
}

fn children() -> String {
    std::fs::read_dir("/proc/self/task")
        .expect("readable")
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .collect()
}

#[tokio::test]
async fn a_thousand_starts_leave_no_descriptor_and_no_child() {
    outlast_testkit::victim_path();
    let forest = forest("thousand", Means::Best);
    let tree = forest.tree(&service("it"));
    let warm_up = victim(&["exit", "0"]).silent(&tree).expect("it starts");
    exit_of(warm_up).await;
    let before = descriptors();
    for number in 0..1000 {
        let process = program("/bin/true").silent(&tree).expect("it starts");
        if number % 10 == 0 {
            // Nobody waits for these: the tender reaps them.
            drop(process);
        } else {
            assert_eq!(exit_of(process).await, Exit::Code(0));
        }
        program("/nonexistent")
            .silent(&tree)
            .expect_err("it cannot start");
    }
    in_time(async {
        while !children().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    })
    .await;
    assert_eq!(descriptors(), before);
    tree.remove();
    forest.close();
}
