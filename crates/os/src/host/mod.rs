//! Small facts about the system, and small services of it.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use outlast_model::service::StopSequence;

/// How a service is asked to end when its definition does not say, with
/// `timeout` for the whole: `SIGTERM` on Unix; on Windows Ctrl-C, then
/// `WM_CLOSE` with a short wait of its own.
pub fn default_stop(timeout: Duration) -> StopSequence {
    sys::default_stop(timeout)
}

/// The program that restarts this machine in a minute, and its arguments. It
/// tells who is logged on, and may be called back (`shutdown -c`; Windows:
/// `shutdown /a`).
pub fn reboot_command() -> Vec<String> {
    let words: &[&str] = if cfg!(windows) {
        // Reason 4:5: an application does not respond.
        &[
            "shutdown.exe",
            "/r",
            "/t",
            "60",
            "/d",
            "4:5",
            "/c",
            REBOOT_NOTE,
        ]
    } else {
        &["shutdown", "-r", "+1", REBOOT_NOTE]
    };
    words.iter().map(|&word| word.to_owned()).collect()
}

/// The name of this machine, as far as it has one.
pub fn name() -> Option<String> {
    sys::name().filter(|name| !name.is_empty())
}

/// What is told.
const REBOOT_NOTE: &str = "Outlast: a service has failed whose on_failure says reboot";

/// Whether this process is the first of its system or container (PID 1), which
/// inherits all orphans and whose end ends everything.
pub fn is_init() -> bool {
    sys::is_init()
}

/// Gives memory back to the system that is only kept for later. Best effort;
/// costs some page faults afterwards. For the moment when start-up is done.
pub fn trim_memory() {
    sys::trim_memory();
}

/// The name of a signal without `SIG`, for showing; `None` for numbers without
/// a name here.
pub fn signal_name(number: i32) -> Option<&'static str> {
    sys::signal_name(number)
}

/// Whether a program can be told to read its configuration again: by `SIGHUP`,
/// which Windows does not have.
pub const fn can_tell_to_reload() -> bool {
    cfg!(unix)
}

/// Does the work of a helper process, when `arguments` (without the program's
/// own name) say that this process is one, and gives the code to end with.
/// Every program that starts services calls this first thing in `main`.
///
/// Only Windows needs one: a process can send a console event only to the
/// console that it is attached to, so a short-lived copy of this program does.
/// Blocks for some milliseconds.
pub fn run_helper(arguments: impl Iterator<Item = OsString>) -> Option<i32> {
    sys::run_helper(arguments)
}

/// Names the program that is started as a helper; without it, it is the running
/// program. For programs whose `main` cannot call [`run_helper`], such as tests.
pub fn set_helper(program: PathBuf) {
    sys::set_helper(program);
}
