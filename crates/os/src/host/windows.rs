//! The Windows answers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use outlast_model::service::{Ask, StopSequence, StopStep};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, SetProcessWorkingSetSize};

use crate::process::windows::console_event;

/// How long a program with windows has, after Ctrl-C did not move it. A program
/// without windows is only made to wait by it.
const WINDOW_WAIT: Duration = Duration::from_secs(2);

/// The wait for the windows is part of `timeout`, at most half of it.
pub(super) fn default_stop(timeout: Duration) -> StopSequence {
    let window_wait = WINDOW_WAIT.min(timeout / 2);
    let steps = vec![
        StopStep {
            ask: Ask::CtrlC,
            wait: timeout - window_wait,
        },
        StopStep {
            ask: Ask::CloseWindow,
            wait: window_wait,
        },
    ];
    StopSequence { steps }
}

/// Windows has no process that inherits orphans.
pub(super) fn is_init() -> bool {
    false
}

/// As the system sets it for every process.
pub(super) fn name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

pub(super) fn trim_memory() {
    // SAFETY: own process; the two greatest sizes mean: take out what can be.
    unsafe { SetProcessWorkingSetSize(GetCurrentProcess(), usize::MAX, usize::MAX) };
}

/// A process never ends by a signal here.
pub(super) fn signal_name(_number: i32) -> Option<&'static str> {
    None
}

/// Does the work of a helper process, when this process is one: for the first
/// line of `main`, with the arguments after the program's own name. `Some` is
/// the code to end with.
///
/// A guardian starts its own program so for Ctrl-C and Ctrl-Break: see
/// `process/windows/console_event.rs`.
pub(super) fn run_helper(arguments: impl Iterator<Item = OsString>) -> Option<i32> {
    console_event::run_helper(arguments)
}

/// Names another program whose `main` calls [`run_helper`]; without this it is
/// the running one. For programs, such as tests, whose `main` does not.
pub(super) fn set_helper(program: PathBuf) {
    console_event::set_helper(program);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_default_stop_takes_no_longer_than_asked() {
        for timeout in [Duration::from_secs(10), Duration::from_secs(1)] {
            let waits = default_stop(timeout)
                .steps
                .iter()
                .map(|step| step.wait)
                .sum();
            assert_eq!(timeout, waits);
        }
    }
}
