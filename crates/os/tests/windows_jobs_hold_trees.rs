//! Nothing that a service starts can leave its job.
#![cfg(windows)]

mod support;
#[path = "support/companion.rs"]
mod windows;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use outlast_model::service::Ask;
use outlast_model::{Exit, Signal};
use outlast_os::tree::{Containment, Means};
use outlast_testkit::victim_path;
use support::{exit_of, forest, in_time, read_line, service, victim};
use windows::companion_path;

#[tokio::test]
async fn a_killed_tree_is_gone_with_all_its_descendants() {
    let forest = forest("killed", Means::Best);
    assert_eq!(forest.containment(), Containment::Job);
    let tree = forest.tree(&service("s"));
    let (process, source) = victim(&["six"]).talking(&tree).expect("it starts");
    assert_eq!(read_line(&source).await, "ready");
    assert_eq!(tree.processes().expect("known").len(), 7);
    tree.kill().expect("killed");
    assert_eq!(exit_of(process).await, Exit::Code(137));
    in_time(tree.emptied()).await.expect("told");
    assert!(tree.is_empty().expect("known"));
}

#[tokio::test]
async fn who_outlives_the_main_process_is_still_in_the_tree() {
    let forest = forest("outlives", Means::Best);
    let tree = forest.tree(&service("s"));
    let process = victim(&["leave-child"]).silent(&tree).expect("it starts");
    assert_eq!(exit_of(process).await, Exit::Code(0));
    assert!(!tree.is_empty().expect("known"));
    let waiting = tree.clone();
    let emptied = tokio::spawn(async move { waiting.emptied().await });
    tokio::task::yield_now().await;
    tree.ask(Ask::Signal(Signal::Kill)).expect("asked");
    in_time(emptied).await.expect("no panic").expect("told");
}

#[tokio::test]
async fn a_tree_is_empty_as_soon_as_its_only_process_has_ended() {
    let forest = forest("empty", Means::Best);
    let tree = forest.tree(&service("s"));
    assert!(tree.is_empty().expect("known"));
    for code in [0, 3, 255] {
        let process = victim(&["exit", &code.to_string()])
            .silent(&tree)
            .expect("it starts");
        assert_eq!(exit_of(process).await, Exit::Code(code));
        assert!(tree.is_empty().expect("known"));
        in_time(tree.emptied()).await.expect("told");
    }
}

#[tokio::test]
async fn a_tree_can_be_used_again_after_it_was_killed() {
    let forest = forest("again", Means::Best);
    let tree = forest.tree(&service("s"));
    for _ in 0..3 {
        let process = victim(&["hang"]).silent(&tree).expect("it starts");
        tree.kill().expect("killed");
        assert_eq!(exit_of(process).await, Exit::Code(137));
        in_time(tree.emptied()).await.expect("told");
    }
    tree.remove();
    let process = victim(&["exit", "0"]).silent(&tree).expect("it starts");
    assert_eq!(exit_of(process).await, Exit::Code(0));
}

#[tokio::test]
async fn services_are_apart() {
    let forest = forest("apart", Means::Best);
    let (one, two) = (forest.tree(&service("one")), forest.tree(&service("two")));
    let killed = victim(&["hang"]).silent(&one).expect("it starts");
    let spared = victim(&["hang"]).silent(&two).expect("it starts");
    one.kill().expect("killed");
    assert_eq!(exit_of(killed).await, Exit::Code(137));
    assert_eq!(two.processes().expect("known"), [spared.pid()]);
    two.kill().expect("killed");
    exit_of(spared).await;
}

#[tokio::test]
async fn a_tree_tells_what_it_uses() {
    let forest = forest("usage", Means::Best);
    let tree = forest.tree(&service("s"));
    let (process, source) = victim(&["six"]).talking(&tree).expect("it starts");
    assert_eq!(read_line(&source).await, "ready");
    let usage = tree.usage();
    assert_eq!(usage.processes, Some(7));
    assert!(usage.memory_bytes > Some(100_000), "{usage:?}");
    assert!(usage.cpu.is_some());
    tree.kill().expect("killed");
    exit_of(process).await;
}

#[tokio::test]
async fn a_guardian_that_is_killed_leaves_nothing_behind() {
    let mut guardian = Command::new(companion_path())
        .arg("guard")
        .arg(victim_path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut said = BufReader::new(guardian.stdout.take().expect("a pipe"));
    let mut line = String::new();
    said.read_line(&mut line).expect("readable");
    assert_eq!(line.trim_end(), "ready");
    guardian.kill().expect("killed");
    guardian.wait().expect("it is our child");
    // The service has our pipe as its output: it ends when the service has.
    let ended = tokio::task::spawn_blocking(move || said.read_line(&mut String::new()));
    let rest = in_time(ended).await.expect("no panic").expect("readable");
    assert_eq!(rest, 0);
}
