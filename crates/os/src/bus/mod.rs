//! The few things that systemd and logind are asked over D-Bus.
//!
//! Only on Linux, and only with the feature `bus`; elsewhere every call says
//! [`BusError::Unreachable`], and whoever asked takes another way. Every call
//! makes a connection of its own and is over within the time that it is given.
//!
//! Both are on the machine's bus, and a user's systemd is on that user's. systemd
//! has a socket of its own besides, which needs no bus; but what arrives there
//! names a sender that a bus could not have, and the library refuses it.
//!
//! A call that waits for a job hears of its end by a signal; it does not ask
//! again and again.

#[cfg(not(all(target_os = "linux", feature = "bus")))]
mod absent;
#[cfg(all(target_os = "linux", feature = "bus"))]
mod linux;

#[cfg(not(all(target_os = "linux", feature = "bus")))]
use absent as sys;
#[cfg(all(target_os = "linux", feature = "bus"))]
use linux as sys;
#[cfg(all(target_os = "linux", feature = "bus"))]
pub(crate) use linux::{SessionProperties, connection, first_of, odd, session};

use std::collections::BTreeMap;
use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::account::Account;

pub use sys::Lock;

/// Which systemd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The one that runs the machine.
    Machine,
    /// The one of the user who asks.
    User,
}

/// What a unit is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// To run.
    Start,
    /// To end.
    Stop,
    /// To end, if it runs, and run again.
    Restart,
}

/// Whether a user's systemd runs without a session of that user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linger {
    /// From boot on.
    On,
    /// Only while the user has a session.
    Off,
}

/// Something that logind is asked to hold a lock for, in words for people.
#[derive(Clone, Copy, Debug)]
pub struct LockPurpose<'a> {
    /// Who asks.
    pub who: &'a str,
    /// What for.
    pub why: &'a str,
}

/// What logind blocks now.
#[derive(Debug)]
pub struct Blocked {
    /// What is blocked, until these are dropped.
    pub locks: Vec<Lock>,
    /// By the words that it was asked for with; never empty.
    pub granted: Vec<&'static str>,
    /// What is not.
    pub refused: Vec<(&'static str, BusError)>,
}

/// A lock that logind has somebody hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogindLock {
    /// What it is about, as `sleep:idle`.
    pub what: String,
    /// Who has asked for it, in words of its own.
    pub who: String,
    /// What for.
    pub why: String,
    /// `block`, `block-weak`, `delay`.
    pub mode: String,
    /// The user of the process that asked.
    pub uid: u32,
    /// The process that asked; it need not be the one that holds it.
    pub pid: u32,
}

/// Why nothing came of a call.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// There is nobody to ask.
    #[error("cannot reach it over D-Bus")]
    Unreachable(#[source] io::Error),
    /// No answer, or no end of the job, in the time given.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The answer is no.
    #[error("{text}")]
    Refused {
        /// Which kind of no, as in `org.freedesktop.DBus.Error.AccessDenied`.
        name: String,
        /// For people.
        text: String,
    },
}

/// Whether that systemd runs, found out without asking it; on other systems it
/// never does.
pub fn is_running(whose: Whose) -> bool {
    match whose {
        // As sd_booted(3) does.
        Whose::Machine => Path::new("/run/systemd/system").is_dir(),
        Whose::User => runtime_dir().is_some_and(|dir| dir.join("systemd/private").exists()),
    }
}

/// Whether logind runs, as sd_login(3) finds out, and the bus can be reached. Who
/// names another bus knows what is there.
#[cfg(target_os = "linux")]
pub(crate) fn is_logind_there() -> bool {
    let is_named = env::var_os("DBUS_SYSTEM_BUS_ADDRESS").is_some_and(|name| !name.is_empty());
    is_named
        || Path::new("/run/systemd/seats").exists()
            && BUS_SOCKETS.iter().any(|path| Path::new(path).exists())
}

/// Where libraries look for the bus, too.
#[cfg(target_os = "linux")]
const BUS_SOCKETS: [&str; 2] = [
    "/run/dbus/system_bus_socket",
    "/var/run/dbus/system_bus_socket",
];

/// Has all unit files read anew. Blocks for `patience` at the most.
///
/// # Errors
/// As [`BusError`] tells.
pub fn reload(whose: Whose, patience: Duration) -> Result<(), BusError> {
    sys::reload(whose, patience)
}

/// The properties of `unit`, and those of it as a service, that are text,
/// numbers, yes or no, or lists of text; written as `systemctl show` writes
/// them, but time spans as a number of microseconds. A unit that there is not
/// has `LoadState=not-found`. Blocks for `patience` at the most.
///
/// # Errors
/// As [`BusError`] tells.
pub fn properties(
    whose: Whose,
    unit: &str,
    patience: Duration,
) -> Result<BTreeMap<String, String>, BusError> {
    sys::properties(whose, unit, patience)
}

/// Asks `unit` for something and waits until that is done; says how it went, in
/// systemd's words (`done`, `failed`, `timeout`, …). Blocks for `patience` at the
/// most; the job goes on after that.
///
/// # Errors
/// As [`BusError`] tells.
pub fn job(whose: Whose, verb: Verb, unit: &str, patience: Duration) -> Result<String, BusError> {
    sys::job(whose, verb, unit, patience)
}

/// Has the user with the number `uid` linger, or not. Blocks for `patience` at
/// the most.
///
/// # Errors
/// As [`BusError`] tells.
pub fn set_linger(uid: u32, linger: Linger, patience: Duration) -> Result<(), BusError> {
    sys::set_linger(uid, linger, patience)
}

/// logind's settings as it has them now, by the names of its D-Bus properties and
/// written as [`properties`] writes them. Blocks for `patience` at the most.
///
/// # Errors
/// As [`BusError`] tells.
pub fn login_settings(patience: Duration) -> Result<BTreeMap<String, String>, BusError> {
    sys::login_settings(patience)
}

/// Has logind block each of `whats` (`sleep`, `idle`, …): with one lock if it
/// grants that, else with one for each that it grants, as some take more rights
/// than others. Blocks for `patience` at the most.
///
/// # Errors
/// As [`BusError`] tells, when nothing is blocked; what is refused beside something that is granted
/// is no error.
pub fn block(
    whats: &'static [&'static str],
    purpose: &LockPurpose<'_>,
    patience: Duration,
) -> Result<Blocked, BusError> {
    sys::block(whats, purpose, patience)
}

/// The locks that logind knows of. Blocks for `patience` at the most.
///
/// # Errors
/// As [`BusError`] tells.
pub fn locks(patience: Duration) -> Result<Vec<LogindLock>, BusError> {
    sys::locks(patience)
}

/// Where this user's systemd and bus have their sockets. A session that was made
/// by `su` has no variable that says so. `None`: this user has no number, as on
/// Windows.
pub fn runtime_dir() -> Option<PathBuf> {
    let told = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    told.filter(|path| path.is_absolute()).or_else(|| {
        let uid = Account::current().ok()?.uid()?;
        Some(Path::new("/run/user").join(uid.to_string()))
    })
}
