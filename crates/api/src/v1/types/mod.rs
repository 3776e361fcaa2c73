//! The types on the wire. They are a promise: a field may be added, none may
//! change its meaning or go away within version 1.
//!
//! Durations are seconds (`…_seconds`, fractions allowed), sizes are bytes
//! (`…_bytes`), moments are RFC 3339 in UTC. A field that is not known or does
//! not apply is absent.

mod health;
mod request;
mod response;
mod sleep;
mod status;
mod time;

pub use health::{BreakerStatus, HangStatus, HealthStatus};
pub use request::{Request, Target, Urgency};
pub use response::{Answer, ErrorBody, ErrorCode, Pong, Reloaded, Response};
pub use sleep::{InhibitorState, RefusedInhibition, SleepStatus};
pub use status::{
    Desired, ExitStatus, GuardianStatus, JournalStatus, LastDeath, NextRetry, ScheduleStatus,
    ServiceState, ServiceStatus, SessionStatus, VerdictInShort,
};
pub use time::Time;
