//! Who hears what a guardian has to say.
//!
//! On standard error everything that happens is told. The machine's own log is
//! shared by everybody and small: there it is what somebody has to look after.

use std::sync::Arc;

use outlast_journal::StoredRecord;
use outlast_model::record::{Entry, ServiceEntry};
use outlast_model::{GuardianName, Record};
use outlast_os::clock;
use outlast_os::platform_log::{Level, PlatformLog};
use outlast_supervisor::{Narration, TellComplaint, TellRecord};

use crate::args::{ManagerWord, Run};
use crate::describe;
use crate::failure::Failure;
use crate::terminal;

/// Under which name a guardian is in the log that has not come to know its own.
const NO_NAME: &str = "outlast";

/// How the guardian `name` tells what happens.
pub(super) fn of(arguments: &Run, name: &GuardianName) -> Narration {
    match log(arguments.native, name.as_str()) {
        Some(log) => in_log(log),
        None if arguments.quiet => in_terminal(Told::Troubles),
        None => in_terminal(Told::Everything),
    }
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Whatever happens.
    Everything,
    /// What the guardian itself has trouble with.
    Troubles,
}

/// On standard error.
pub(super) fn in_terminal(told: Told) -> Narration {
    Narration {
        record: (told == Told::Everything).then(narrate),
        is_told: |_| true,
        complaint: Box::new(|complaint| terminal::tell(&format!("outlast: {complaint}"))),
    }
}

/// Tells why there is no guardian, where standard error is not read.
pub(super) fn tell_failure(failure: &Failure, native: Option<ManagerWord>) {
    if let Some(log) = log(native, NO_NAME) {
        let hint = failure.hint.as_deref().unwrap_or_default();
        let _ = log.write(Level::Error, &format!("{}\n{hint}", failure.message));
    }
}

/// The machine's log, when standard error leads nowhere or into a file that
/// nobody keeps within bounds.
fn log(native: Option<ManagerWord>, name: &str) -> Option<PlatformLog> {
    match native {
        None | Some(ManagerWord::Systemd | ManagerWord::Runit | ManagerWord::S6) => None,
        Some(
            ManagerWord::Windows
            | ManagerWord::Launchd
            | ManagerWord::Openrc
            | ManagerWord::Sysv
            | ManagerWord::Freebsd,
        ) => PlatformLog::open(name).ok(),
    }
}

fn in_log(log: PlatformLog) -> Narration {
    let log = Arc::new(log);
    let record: TellRecord = Box::new({
        let log = Arc::clone(&log);
        move |record: &Record| {
            if let Some(sentence) = describe::sentence(&StoredRecord::new(record, 0)) {
                let _ = log.write(Level::Error, &sentence);
            }
        }
    });
    let complaint: TellComplaint = Box::new(move |complaint| {
        let _ = log.write(Level::Warning, complaint);
    });
    Narration {
        record: Some(record),
        is_told: needs_somebody,
        complaint,
    }
}

/// Nothing more happens to the service until somebody asks for it.
const fn needs_somebody(record: &Record) -> bool {
    matches!(
        record.entry,
        Entry::Service {
            entry: ServiceEntry::GaveUp { .. } | ServiceEntry::Unkillable { .. },
            ..
        }
    )
}

fn narrate() -> TellRecord {
    Box::new(|record: &Record| {
        if let Some(line) = describe::line(&StoredRecord::new(record, 0), clock::now().real) {
            terminal::tell(&line);
        }
    })
}
