//! Six descendants, one forked twice with a session of its own and one ignoring
//! `TERM`: none survives, by either means.
#![cfg(unix)]

mod support;

use outlast_model::service::Ask;
use outlast_model::{Exit, Signal};
use outlast_os::tree::Means;
use support::{all_means, count_reaches, exit_of, forest, in_time, read_line, service, victim};

#[tokio::test]
async fn all_seven_are_found_and_killed() {
    for means in all_means() {
        let tree = forest("seven", means).tree(&service("it"));
        let (process, source) = victim(&["six"]).talking(&tree).expect("it starts");
        assert_eq!(read_line(&source).await, "ready");
        count_reaches(&tree, 7).await;
        assert!(!tree.is_empty().expect("known"));
        tree.kill().expect("killed");
        let exit = exit_of(process).await;
        assert!(
            matches!(
                exit,
                Exit::Signal {
                    number: libc::SIGKILL,
                    ..
                }
            ),
            "{exit:?}"
        );
        in_time(tree.emptied()).await.expect("it empties");
        assert!(tree.is_empty().expect("known"));
        assert_eq!(tree.processes().expect("listed"), []);
        tree.remove();
    }
}

#[tokio::test]
async fn the_end_of_the_main_process_leaves_the_others_to_be_asked() {
    for means in all_means() {
        let tree = forest("ask", means).tree(&service("it"));
        let (process, source) = victim(&["six"]).talking(&tree).expect("it starts");
        assert_eq!(read_line(&source).await, "ready");
        count_reaches(&tree, 7).await;
        process.ask(Ask::Signal(Signal::Kill)).expect("it lives");
        exit_of(process).await;
        assert!(!tree.is_empty().expect("known"), "{means:?}: six are left");
        tree.ask(Ask::Signal(Signal::Term)).expect("asked");
        count_reaches(&tree, 1).await;
        tree.kill().expect("killed");
        in_time(tree.emptied()).await.expect("it empties");
        tree.remove();
    }
}

#[tokio::test]
async fn a_daemon_is_still_in_the_tree_and_its_end_wakes_the_waiter() {
    for means in all_means() {
        let tree = forest("daemon", means).tree(&service("it"));
        let (process, source) = victim(&["leave-daemon"]).talking(&tree).expect("it starts");
        read_line(&source).await;
        assert_eq!(exit_of(process).await, Exit::Code(0));
        count_reaches(&tree, 1).await;
        let waiting = tokio::spawn({
            let tree = tree.clone();
            async move { tree.emptied().await }
        });
        tree.ask(Ask::Signal(Signal::Kill)).expect("asked");
        in_time(waiting)
            .await
            .expect("no panic")
            .expect("it empties");
        tree.remove();
    }
}

#[tokio::test]
async fn a_new_guardian_finds_what_an_earlier_one_left() {
    let key = "leftovers";
    for before in all_means() {
        for after in all_means() {
            let tree = forest(key, before).tree(&service("it"));
            let (process, source) = victim(&["leave-child"]).talking(&tree).expect("it starts");
            read_line(&source).await;
            exit_of(process).await;
            let later = forest(key, after);
            assert!(later.abandoned().expect("known").contains(&service("it")));
            let other = later.tree(&service("other"));
            assert_eq!(other.leftovers().expect("known"), 0);
            let again = forest(key, after).tree(&service("it"));
            assert_eq!(
                again.leftovers().expect("known"),
                1,
                "{before:?}, {after:?}"
            );
            again.kill().expect("killed");
            in_time(again.emptied()).await.expect("it empties");
            assert_eq!(again.leftovers().expect("known"), 0);
            again.remove();
            tree.remove();
        }
    }
}

#[tokio::test]
async fn what_a_tree_uses_is_known() {
    for means in all_means() {
        let tree = forest("usage", means).tree(&service("it"));
        let (process, source) = victim(&["hang"]).talking(&tree).expect("it starts");
        assert_eq!(read_line(&source).await, "ready");
        let usage = tree.usage();
        assert_eq!(usage.processes, Some(1));
        assert!(
            usage.memory_bytes.is_some_and(|bytes| bytes > 10_000),
            "{usage:?}"
        );
        assert!(usage.cpu.is_some(), "{usage:?}");
        tree.kill().expect("killed");
        exit_of(process).await;
        tree.remove();
    }
}

#[tokio::test]
async fn names_of_control_files_are_names_of_services_too() {
    let tree = forest("names", Means::Best).tree(&service("cgroup.procs"));
    assert_eq!(victim(&["print", "hello"]).said(&tree).await, b"hello\n");
    assert_eq!(tree.leftovers().expect("known"), 0);
    tree.remove();
}

/// The kernel remembers that a group was killed and kills who is born into it
/// from outside, so this needs care (`process/vfork.rs`).
#[tokio::test]
async fn a_tree_that_was_killed_can_be_born_into_again() {
    for means in all_means() {
        let forest = forest("again", means);
        let tree = forest.tree(&service("it"));
        for killer in [&tree, &forest.tree(&service("it")), &tree] {
            let (process, source) = victim(&["hang"]).talking(&tree).expect("it starts");
            assert_eq!(read_line(&source).await, "ready", "{means:?}");
            killer.kill().expect("killed");
            exit_of(process).await;
            in_time(tree.emptied()).await.expect("it empties");
        }
        tree.remove();
    }
}
