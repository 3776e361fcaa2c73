//! The words of sd_notify(3), and the variables by which a manager tells that it
//! understands them.

use std::ffi::OsString;
use std::time::Duration;

use crate::clock;

pub(super) const READY: &str = "READY=1";
pub(super) const STOPPING: &str = "STOPPING=1";
pub(super) const ALIVE: &str = "WATCHDOG=1";

pub(super) fn status(text: &str) -> String {
    // A line break would begin the next assignment.
    let line = text.replace(['\n', '\r', '\0'], " ");
    format!("STATUS={line}")
}

pub(super) fn reloading() -> String {
    let now = clock::now().awake.since_origin().as_micros();
    format!("RELOADING=1\nMONOTONIC_USEC={now}")
}

pub(super) fn more_time(time: Duration) -> String {
    format!("EXTEND_TIMEOUT_USEC={}", time.as_micros())
}

/// Where the manager listens.
pub(super) fn socket_name() -> Option<OsString> {
    std::env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty())
}

/// sd_watchdog_enabled(3): the variables may be meant for another process.
pub(super) fn watchdog() -> Option<Duration> {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    if std::env::var_os("WATCHDOG_PID").is_some()
        && number("WATCHDOG_PID") != Some(u64::from(std::process::id()))
    {
        return None;
    }
    number("WATCHDOG_USEC")
        .filter(|&interval| interval > 0)
        .map(Duration::from_micros)
}
