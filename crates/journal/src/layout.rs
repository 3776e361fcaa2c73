//! Where things are below the state directory.
//!
//! ```text
//! events/events-<number>.jsonl
//! logs/<service>/<stream>-<number>.log      the bytes, as they were printed
//! logs/<service>/<stream>-<number>.idx      when they arrived, and from whom
//! ```
//!
//! The state directory itself is made by the supervisor, readable by its owner
//! only; what is below relies on that. It is therefore never made here: a
//! writer that finds it gone reports an error.

use std::path::{Path, PathBuf};

use outlast_model::ServiceName;
use outlast_model::record::Stream;

use crate::numbered::Numbered;

/// The folder of the events journal.
pub fn events_dir(state_dir: &Path) -> PathBuf {
    state_dir.join("events")
}

/// The folder of one service's segments.
pub fn service_log_dir(state_dir: &Path, service: &ServiceName) -> PathBuf {
    state_dir.join("logs").join(service.as_str())
}

pub(crate) const EVENTS: Numbered = Numbered {
    prefix: "events",
    extension: "jsonl",
};

pub(crate) const fn data(stream: Stream) -> Numbered {
    Numbered {
        prefix: stream.name(),
        extension: "log",
    }
}

pub(crate) const fn index(stream: Stream) -> Numbered {
    Numbered {
        prefix: stream.name(),
        extension: "idx",
    }
}
