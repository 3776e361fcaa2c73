//! Handles of the guardian stay with it.
#![cfg(windows)]

mod support;
#[path = "support/companion.rs"]
mod windows;

use std::fs::File;
use std::os::windows::io::AsRawHandle;

use outlast_os::tree::Means;
use support::{forest, service, victim};
use windows::companion;

#[tokio::test]
async fn an_inheritable_handle_is_not_inherited() {
    #![expect(unsafe_code, reason = "std makes no inheritable handles")]
    use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};

    let forest = forest("handles", Means::Best);
    // Many, so that no handle of the child has the number by chance of the last.
    let files: Vec<File> = (0..200)
        .map(|_| File::open("NUL").expect("opened"))
        .collect();
    let last = files.last().expect("there are some").as_raw_handle();
    // SAFETY: the handle is open.
    let is_set = unsafe { SetHandleInformation(last, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT) };
    assert_ne!(is_set, 0);
    let number = (last as usize).to_string();
    let said = companion(&["handle", &number])
        .said(&forest.tree(&service("s")))
        .await;
    assert_eq!(said, b"closed\n");
}

#[tokio::test]
async fn the_standard_input_is_empty() {
    let forest = forest("input", Means::Best);
    let said = victim(&["stdin"]).said(&forest.tree(&service("s"))).await;
    assert_eq!(said, b"0\n");
}
