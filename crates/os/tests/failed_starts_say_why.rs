//! Each way in which a start can fail has its own words, and leaves nothing.
#![cfg(target_os = "linux")]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use outlast_model::StartFailure;
use outlast_model::exit::StartStep;
use outlast_os::tree::Means;
use support::{Start, all_means, forest, program, service, victim};

/// Tests run side by side: each asks about a tree that no other one uses.
async fn failure(start: &Start) -> StartFailure {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let key = format!("failures-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let mut last = None;
    for means in all_means() {
        let tree = forest(&key, means).tree(&service("it"));
        let failure = start.silent(&tree).expect_err("it cannot start");
        assert!(tree.is_empty().expect("known"), "nothing is left");
        tree.remove();
        last = Some(failure);
    }
    last.expect("there is at least one means")
}

fn script(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("script");
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("changed");
    path
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let failure = failure(&program("/nonexistent/program")).await;
    assert_eq!(
        (failure.step, failure.os_error),
        (StartStep::Execute, Some(libc::ENOENT))
    );
    assert!(
        failure.message.contains("/nonexistent/program"),
        "{}",
        failure.message
    );
}

#[tokio::test]
async fn a_missing_interpreter_is_named_and_windows_line_ends_are_noticed() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = script(dir.path(), "#!/opt/missing-python -u\n");
    let missing = failure(&program(&path)).await;
    assert_eq!(missing.os_error, Some(libc::ENOENT));
    assert!(
        missing.message.contains("/opt/missing-python,"),
        "{}",
        missing.message
    );
    let path = script(dir.path(), "#!/bin/sh\r\nexit 0\r\n");
    let windows = failure(&program(&path)).await;
    assert!(windows.message.contains("dos2unix"), "{}", windows.message);
}

#[tokio::test]
async fn what_may_not_or_cannot_be_executed_is_refused_with_its_errno() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = script(dir.path(), "echo no first line\n");
    assert_eq!(failure(&program(&path)).await.os_error, Some(libc::ENOEXEC));
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).expect("changed");
    assert_eq!(failure(&program(&path)).await.os_error, Some(libc::EACCES));
    assert_eq!(
        failure(&program(dir.path())).await.os_error,
        Some(libc::EACCES)
    );
}

#[tokio::test]
async fn a_program_that_is_being_written_is_busy() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("copy");
    fs::copy(outlast_testkit::victim_path(), &path).expect("copied");
    let writer = fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("opened");
    let busy = failure(&program(&path)).await;
    assert_eq!(
        (busy.step, busy.os_error),
        (StartStep::Execute, Some(libc::ETXTBSY))
    );
    drop(writer);
}

#[tokio::test]
async fn a_missing_folder_is_another_step() {
    let mut start = victim(&["hang"]);
    start.dir = PathBuf::from("/nonexistent");
    let missing = failure(&start).await;
    assert_eq!(
        (missing.step, missing.subject),
        (StartStep::EnterDir, start.dir)
    );
}

#[tokio::test]
async fn a_zero_byte_in_an_argument_is_refused_before_anything_is_made() {
    let failure = failure(&victim(&["print", "a\0b"])).await;
    assert_eq!(failure.step, StartStep::Prepare);
}

#[tokio::test]
async fn arguments_of_many_megabytes_are_refused() {
    let mut start = victim(&["arguments"]);
    let long = std::ffi::OsString::from("x".repeat(100_000));
    start.arguments.extend(std::iter::repeat_n(long, 100));
    assert_eq!(failure(&start).await.os_error, Some(libc::E2BIG));
}

#[tokio::test]
async fn a_tree_whose_start_failed_can_start_again() {
    let tree = forest("again", Means::Best).tree(&service("it"));
    program("/nonexistent/program")
        .silent(&tree)
        .expect_err("it cannot start");
    assert_eq!(victim(&["print", "hello"]).said(&tree).await, b"hello\n");
    tree.remove();
}
