//! Waiting for a service.
//!
//! Windows tells of a change of state (`NotifyServiceStatusChangeW`) and not of
//! a checkpoint, which is what tells a service that takes its time from one that
//! hangs. So this looks at intervals, for as long as a command is waiting.

use std::io;
use std::thread;
use std::time::Duration;

use windows_sys::Win32::Foundation::ERROR_SERVICE_DOES_NOT_EXIST;

use super::status;
use crate::clock;
use crate::scm::{Deletion, State, Status};

/// Often enough for a person who waits.
const INTERVAL: Duration = Duration::from_millis(50);

/// Beyond what a service says that it takes: machines are slow at times.
const GRACE: Duration = Duration::from_secs(10);

pub(in crate::scm) fn wait_for(
    name: &str,
    states: &[State],
    patience: Duration,
) -> io::Result<Status> {
    let begun = clock::now().awake;
    let mut progressed = begun;
    let mut last: Option<Status> = None;
    loop {
        let gone = ERROR_SERVICE_DOES_NOT_EXIST.cast_signed();
        let now = status(name)?.ok_or_else(|| io::Error::from_raw_os_error(gone))?;
        if states.contains(&now.state) {
            return Ok(now);
        }
        let at = clock::now().awake;
        if last.is_none_or(|last| last.checkpoint != now.checkpoint) {
            progressed = at;
        }
        let hangs = !now.wait_hint.is_zero() && at.since(progressed) > now.wait_hint + GRACE;
        if hangs {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "it has not reported any progress for longer than it said it would take",
            ));
        }
        if at.since(begun) >= patience {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "it takes longer than it was waited for",
            ));
        }
        last = Some(now);
        thread::sleep(INTERVAL);
    }
}

pub(in crate::scm) fn wait_until_gone(name: &str, patience: Duration) -> io::Result<Deletion> {
    let begun = clock::now().awake;
    while status(name)?.is_some() {
        if clock::now().awake.since(begun) >= patience {
            return Ok(Deletion::Marked);
        }
        thread::sleep(INTERVAL);
    }
    Ok(Deletion::Gone)
}
