//! Work of any kind shows in the counters of a tree, by either means, and nothing
//! shows in those of one that does nothing.
#![cfg(target_os = "linux")]

mod support;

use std::time::Duration;

use outlast_model::hang::Sample;
use outlast_os::tree::{Means, Tree};
use support::{all_means, exit_of, forest, in_time, read_line, service, victim};

/// Not a measure of time: it may be any other.
const A_WHILE: Duration = Duration::from_millis(300);

/// Waits until two samples that are a while apart are so.
async fn comes_true(tree: &Tree, is_so: impl Fn(&Sample, &Sample) -> bool) {
    in_time(async {
        let mut before = tree.sample().expect("Linux tells");
        loop {
            tokio::time::sleep(A_WHILE).await;
            let after = tree.sample().expect("Linux tells");
            if is_so(&before, &after) {
                return;
            }
            before = after;
        }
    })
    .await;
}

fn tree(name: &str, means: Means) -> Tree {
    forest(name, means).tree(&service("it"))
}

#[tokio::test]
async fn who_turns_in_circles_uses_time_and_moves_nothing() {
    for means in all_means() {
        let tree = tree("spin", means);
        let (process, source) = victim(&["spin", "2"]).talking(&tree).expect("it starts");
        assert_eq!(read_line(&source).await, "ready");
        comes_true(&tree, |before, after| {
            after.cpu > before.cpu.map(|cpu| cpu + A_WHILE / 10)
                && after.moved.is_some()
                && after.moved == before.moved
                && after.members == before.members
        })
        .await;
        tree.kill().expect("killed");
        exit_of(process).await;
        in_time(tree.emptied()).await.expect("it empties");
        assert_eq!(tree.sample().expect("Linux tells").members, 0);
        tree.remove();
    }
}

#[tokio::test]
async fn who_wakes_up_is_seen_until_it_waits_for_ever() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (number, means) in all_means().into_iter().enumerate() {
        let tree = tree("deadlock", means);
        let now = folder.path().join(number.to_string());
        let arguments = ["deadlock", now.to_str().expect("plain")];
        let (process, _source) = victim(&arguments).talking(&tree).expect("it starts");
        comes_true(&tree, |before, after| after.wakeups > before.wakeups).await;
        std::fs::write(&now, "").expect("written");
        comes_true(&tree, |before, after| before == after).await;
        tree.kill().expect("killed");
        exit_of(process).await;
        tree.remove();
    }
}

#[tokio::test]
async fn who_prints_moves_bytes() {
    for means in all_means() {
        let tree = tree("flood", means);
        let before = tree.sample().expect("Linux tells").moved;
        let (process, source) = victim(&["flood", "0"]).talking(&tree).expect("it starts");
        read_line(&source).await;
        comes_true(&tree, |_, after| {
            after.moved > before.map(|moved| moved + 50)
        })
        .await;
        tree.kill().expect("killed");
        exit_of(process).await;
        tree.remove();
    }
}
