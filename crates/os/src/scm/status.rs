//! How a service is.

use std::time::Duration;

/// How a service is, as it last reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The state.
    pub state: State,
    /// Its process, while there is one.
    pub pid: Option<u32>,
    /// How it ended last; of a service that has not run since the boot, `Never`.
    pub end: End,
    /// Counts its progress while it starts or stops.
    pub checkpoint: u32,
    /// Until the next checkpoint. Zero: it does not say.
    pub wait_hint: Duration,
    /// Whether it was deleted and disappears as soon as it has stopped and
    /// nobody looks at it any more.
    pub is_marked_for_deletion: bool,
}

/// What a service can be doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It does not run.
    Stopped,
    /// It runs and is not ready.
    Starting,
    /// It is ending.
    Stopping,
    /// It runs.
    Running,
    /// It runs and has been told to do nothing, or is on its way there or back.
    Paused,
}

/// How a service ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It has not been started since the machine was (`ERROR_SERVICE_NEVER_STARTED`).
    Never,
    /// Well, or it has not ended yet.
    Well,
    /// With an error of the system (`winerror.h`).
    Error(u32),
    /// With an error that only it knows.
    Own(u32),
}

/// What has become of a deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The service is no longer there.
    Gone,
    /// It goes when it has stopped and the last program that looks at it (the
    /// services console, the task manager) is closed; at the latest when the
    /// machine restarts. Until then its name cannot be used again.
    Marked,
}
