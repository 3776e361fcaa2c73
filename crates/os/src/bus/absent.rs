//! Nobody to ask.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use super::{Blocked, BusError, Linger, LockPurpose, LogindLock, Verb, Whose};

fn nobody<T>() -> Result<T, BusError> {
    Err(BusError::Unreachable(io::Error::new(
        io::ErrorKind::Unsupported,
        "this program speaks no D-Bus",
    )))
}

pub(super) fn reload(_whose: Whose, _patience: Duration) -> Result<(), BusError> {
    nobody()
}

pub(super) fn properties(
    _whose: Whose,
    _unit: &str,
    _patience: Duration,
) -> Result<BTreeMap<String, String>, BusError> {
    nobody()
}

pub(super) fn job(
    _whose: Whose,
    _verb: Verb,
    _unit: &str,
    _patience: Duration,
) -> Result<String, BusError> {
    nobody()
}

pub(super) fn set_linger(_uid: u32, _linger: Linger, _patience: Duration) -> Result<(), BusError> {
    nobody()
}

pub(super) fn login_settings(_patience: Duration) -> Result<BTreeMap<String, String>, BusError> {
    nobody()
}

/// A lock of logind, of which there are none.
#[derive(Debug)]
pub enum Lock {}

pub(super) fn block(
    _whats: &'static [&'static str],
    _purpose: &LockPurpose<'_>,
    _patience: Duration,
) -> Result<Blocked, BusError> {
    nobody()
}

pub(super) fn locks(_patience: Duration) -> Result<Vec<LogindLock>, BusError> {
    nobody()
}
