//! Ctrl-C and Ctrl-Break for a service.
//!
//! A console event goes to everyone on a console, and only somebody on that
//! console can cause it. A guardian cannot join its service's console: a
//! process has at most one, it would lose its own, and the event would reach
//! the guardian as well. So a process that lives for milliseconds does it: this
//! same program with [`FIRST_ARGUMENT`]. It has no console to lose, and ignores
//! what it causes.

use std::collections::HashSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use outlast_model::Pid;
use windows_sys::Win32::System::Console::{
    AttachConsole, CTRL_BREAK_EVENT, CTRL_C_EVENT, FreeConsole, GenerateConsoleCtrlEvent,
    GetConsoleProcessList, SetConsoleCtrlHandler,
};
use windows_sys::core::BOOL;

use super::Newborn;

const FIRST_ARGUMENT: &str = "__console-event";
const CTRL_C: &str = "ctrl-c";
const CTRL_BREAK: &str = "ctrl-break";

/// A console host that hangs must not leave helpers behind for ever.
const LONGEST_LIFE: Duration = Duration::from_secs(10);

/// As many as one may send to: more process numbers than fit a command line
/// would come from a service with thousands of processes left, and those are
/// on the consoles of the first ones.
const MOST_TARGETS: usize = 1000;

static HELPER: OnceLock<PathBuf> = OnceLock::new();

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConsoleEvent {
    CtrlC,
    CtrlBreak,
}

pub(crate) fn set_helper(program: PathBuf) {
    // A second call would be a mistake of the program's start-up; the first
    // one counts.
    let _ = HELPER.set(program);
}

/// Starts the helper, which sends `event` to the consoles that `targets` are
/// on, once to each console. Does not wait for it. The caller keeps handles of
/// the targets open until the helper has ended: their numbers could else be
/// those of other processes by the time the helper uses them.
pub(crate) fn send(event: ConsoleEvent, targets: &[Pid]) -> io::Result<Newborn> {
    let helper = match HELPER.get() {
        Some(program) => program.clone(),
        None => env::current_exe()?,
    };
    let event = match event {
        ConsoleEvent::CtrlC => CTRL_C,
        ConsoleEvent::CtrlBreak => CTRL_BREAK,
    };
    let numbers = targets.iter().take(MOST_TARGETS).map(Pid::to_string);
    let numbers: Vec<String> = numbers.collect();
    let mut arguments = vec![FIRST_ARGUMENT, event];
    arguments.extend(numbers.iter().map(String::as_str));
    super::start_detached(&helper, &arguments)
}

/// What the helper does; `None` when this process is not one. The code is 0
/// when the event was sent to at least one console.
pub(crate) fn run_helper(mut arguments: impl Iterator<Item = OsString>) -> Option<i32> {
    if arguments.next()? != FIRST_ARGUMENT {
        return None;
    }
    let event = match arguments.next().as_deref().and_then(OsStr::to_str) {
        Some(CTRL_C) => CTRL_C_EVENT,
        Some(CTRL_BREAK) => CTRL_BREAK_EVENT,
        _ => return Some(2),
    };
    let targets: Vec<u32> = arguments
        .filter_map(|number| number.to_str()?.parse().ok())
        .collect();
    thread::spawn(|| {
        thread::sleep(LONGEST_LIFE);
        process::exit(3);
    });
    // SAFETY: the handler is a function and stays for the process's life. The
    // second call makes the first sure for Ctrl-C.
    unsafe {
        SetConsoleCtrlHandler(Some(ignore), 1);
        SetConsoleCtrlHandler(None, 1);
    }
    Some(if send_to_all(event, &targets) { 0 } else { 1 })
}

unsafe extern "system" fn ignore(_event: u32) -> BOOL {
    1
}

/// Two events on one console would often mean "end at once, do not clean up",
/// so each console gets one.
fn send_to_all(event: u32, targets: &[u32]) -> bool {
    let mut reached = HashSet::new();
    let mut is_sent = false;
    for target in targets {
        if reached.contains(target) || !attach(*target) {
            continue;
        }
        let sharing = on_this_console();
        // SAFETY: numbers only. Group 0: everyone on this console.
        is_sent |= unsafe { GenerateConsoleCtrlEvent(event, 0) } != 0;
        // Wine 8 does not tell who is on a console. There the first one that
        // could be attached to stands for all.
        if sharing.is_empty() {
            break;
        }
        reached.extend(sharing);
    }
    is_sent
}

fn attach(target: u32) -> bool {
    // SAFETY: numbers only. Freeing fails when there is none, as is intended.
    unsafe {
        FreeConsole();
        AttachConsole(target) != 0
    }
}

fn on_this_console() -> Vec<u32> {
    let mut processes = vec![0_u32; 64];
    loop {
        let room = u32::try_from(processes.len()).unwrap_or(u32::MAX);
        // SAFETY: the count is the buffer's.
        let count = unsafe { GetConsoleProcessList(processes.as_mut_ptr(), room) } as usize;
        if count <= processes.len() {
            processes.truncate(count);
            return processes;
        }
        processes.resize(count, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Option<i32> {
        run_helper(arguments.iter().map(OsString::from))
    }

    #[test]
    fn ordinary_arguments_make_no_helper() {
        assert_eq!(run(&[]), None);
        assert_eq!(run(&["run", FIRST_ARGUMENT]), None);
    }

    #[test]
    fn a_helper_without_sense_ends_with_a_failure() {
        assert_eq!(run(&[FIRST_ARGUMENT]), Some(2));
        assert_eq!(run(&[FIRST_ARGUMENT, "ctrl-z", "1"]), Some(2));
    }
}
