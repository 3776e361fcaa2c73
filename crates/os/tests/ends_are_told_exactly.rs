//! How a main process ended, by its pidfd.
#![cfg(unix)]

mod support;

use outlast_model::service::Ask;
use outlast_model::{Exit, Signal};
use outlast_os::tree::{Means, Tree};
use support::{exit_of, forest, in_time, read_line, service, victim};

fn tree(name: &str) -> Tree {
    forest(name, Means::Best).tree(&service("it"))
}

#[tokio::test]
async fn codes_and_signals_are_told_apart() {
    let tree = tree("codes");
    for code in [0, 1, 42, 255] {
        let process = victim(&["exit", &code.to_string()])
            .silent(&tree)
            .expect("it starts");
        assert_eq!(exit_of(process).await, Exit::Code(code));
    }
    for number in [libc::SIGKILL, libc::SIGTERM, libc::SIGPIPE] {
        let process = victim(&["signal", &number.to_string()])
            .silent(&tree)
            .expect("it starts");
        let exit = exit_of(process).await;
        assert!(
            matches!(exit, Exit::Signal { number: n, .. } if n == number),
            "{exit:?}"
        );
    }
    tree.remove();
}

#[tokio::test]
async fn a_crash_is_a_signal() {
    let tree = tree("crash");
    let process = victim(&["segfault"]).silent(&tree).expect("it starts");
    let exit = exit_of(process).await;
    assert!(
        matches!(
            exit,
            Exit::Signal {
                number: libc::SIGSEGV,
                ..
            }
        ),
        "{exit:?}"
    );
    tree.remove();
}

#[tokio::test]
async fn what_it_used_is_told() {
    let tree = tree("usage");
    let process = victim(&["exit", "0"]).silent(&tree).expect("it starts");
    let (_, usage) = in_time(process.exited()).await;
    let resident = usage
        .and_then(|usage| usage.max_resident)
        .expect("the system tells");
    assert!(resident > 100_000, "{resident} bytes");
    tree.remove();
}

#[tokio::test]
async fn a_handle_asks_while_another_task_waits() {
    let tree = tree("handle");
    let (process, source) = victim(&["hang"]).talking(&tree).expect("it starts");
    let handle = process.handle();
    let waiter = tokio::spawn(exit_of(process));
    assert_eq!(read_line(&source).await, "ready");
    handle.ask(Ask::Signal(Signal::Term)).expect("it lives");
    let exit = in_time(waiter).await.expect("no panic");
    assert!(
        matches!(
            exit,
            Exit::Signal {
                number: libc::SIGTERM,
                ..
            }
        ),
        "{exit:?}"
    );
    handle
        .ask(Ask::Signal(Signal::Term))
        .expect("nobody is no error");
    handle
        .ask(Ask::CloseWindow)
        .expect_err("Unix has no windows");
    tree.remove();
}
