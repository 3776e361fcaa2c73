//! Ctrl-C, window close, and what Windows cannot do.
#![cfg(windows)]

mod support;
#[path = "support/companion.rs"]
mod windows;

use std::io::ErrorKind;

use outlast_model::service::Ask;
use outlast_model::{Exit, Signal};
use outlast_os::host::set_helper;
use outlast_os::tree::Means;
use support::{exit_of, forest, in_time, read_line, service, victim};
use windows::{companion, companion_path};

#[tokio::test]
async fn ctrl_c_reaches_a_service_that_handles_it() {
    set_helper(companion_path());
    let forest = forest("ctrl-c", Means::Best);
    for ask in [
        Ask::CtrlC,
        Ask::Signal(Signal::Term),
        Ask::Signal(Signal::Int),
    ] {
        let tree = forest.tree(&service("s"));
        let (process, source) = companion(&["on-ctrl-c", "44"])
            .talking(&tree)
            .expect("it starts");
        assert_eq!(read_line(&source).await, "ready");
        process.ask(ask).expect("asked");
        assert_eq!(exit_of(process).await, Exit::Code(44), "{ask:?}");
    }
}

#[tokio::test]
async fn ctrl_c_ends_a_service_that_does_not_handle_it() {
    // STATUS_CONTROL_C_EXIT; Wine 8 says 0.
    const CONTROL_C_EXIT: i32 = 0xC000_013A_u32.cast_signed();
    set_helper(companion_path());
    let forest = forest("unhandled", Means::Best);
    let (process, source) = victim(&["hang"])
        .talking(&forest.tree(&service("s")))
        .expect("it starts");
    assert_eq!(read_line(&source).await, "ready");
    process.ask(Ask::CtrlC).expect("asked");
    let exit = exit_of(process).await;
    assert!(matches!(exit, Exit::Code(0 | CONTROL_C_EXIT)), "{exit:?}");
}

#[tokio::test]
async fn another_service_hears_nothing_of_it() {
    set_helper(companion_path());
    let forest = forest("others", Means::Best);
    let asked = forest.tree(&service("asked"));
    let spared = forest.tree(&service("spared"));
    let (one, said) = companion(&["on-ctrl-c", "44"])
        .talking(&asked)
        .expect("it starts");
    assert_eq!(read_line(&said).await, "ready");
    let (other, said) = companion(&["on-ctrl-c", "45"])
        .talking(&spared)
        .expect("it starts");
    assert_eq!(read_line(&said).await, "ready");
    one.ask(Ask::CtrlC).expect("asked");
    assert_eq!(exit_of(one).await, Exit::Code(44));
    other.ask(Ask::Signal(Signal::Kill)).expect("killed");
    assert_eq!(exit_of(other).await, Exit::Code(137));
}

#[tokio::test]
async fn ctrl_c_reaches_who_is_left_after_the_main_process() {
    set_helper(companion_path());
    let forest = forest("left", Means::Best);
    let tree = forest.tree(&service("s"));
    let (process, source) = companion(&["parent-on-ctrl-c", "46"])
        .talking(&tree)
        .expect("it starts");
    assert_eq!(read_line(&source).await, "ready");
    assert_eq!(exit_of(process).await, Exit::Code(0));
    assert!(!tree.is_empty().expect("known"));
    tree.ask(Ask::CtrlC).expect("asked");
    in_time(tree.emptied()).await.expect("told");
}

#[tokio::test]
async fn a_guardian_is_told_to_end_by_ctrl_c() {
    set_helper(companion_path());
    let forest = forest("guardian", Means::Best);
    let guardian = companion(&["host-signals", "48"]);
    let (process, source) = guardian
        .talking(&forest.tree(&service("s")))
        .expect("it starts");
    assert_eq!(read_line(&source).await, "ready");
    process.ask(Ask::CtrlC).expect("asked");
    assert_eq!(exit_of(process).await, Exit::Code(48));
}

#[tokio::test]
async fn a_window_is_closed() {
    let forest = forest("window", Means::Best);
    let tree = forest.tree(&service("s"));
    let (process, source) = companion(&["window", "47"])
        .talking(&tree)
        .expect("it starts");
    if read_line(&source).await != "ready" {
        eprintln!("SKIPPED: there is no desktop (Wine without DISPLAY)");
        tree.kill().expect("killed");
        return;
    }
    process.ask(Ask::CloseWindow).expect("asked");
    assert_eq!(exit_of(process).await, Exit::Code(47));
}

#[tokio::test]
async fn who_has_ended_can_be_asked_without_an_error() {
    let forest = forest("ended", Means::Best);
    let tree = forest.tree(&service("s"));
    let process = victim(&["exit", "0"]).silent(&tree).expect("it starts");
    let handle = process.handle();
    exit_of(process).await;
    for ask in [Ask::CtrlC, Ask::CloseWindow, Ask::Signal(Signal::Kill)] {
        handle.ask(ask).expect("no error");
        tree.ask(ask).expect("no error");
    }
}

#[tokio::test]
async fn signals_that_windows_lacks_are_refused() {
    let forest = forest("refused", Means::Best);
    let tree = forest.tree(&service("s"));
    let process = victim(&["hang"]).silent(&tree).expect("it starts");
    for signal in [Signal::Hup, Signal::Usr1, Signal::Winch] {
        let error = process.ask(Ask::Signal(signal)).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
    tree.kill().expect("killed");
    exit_of(process).await;
}
