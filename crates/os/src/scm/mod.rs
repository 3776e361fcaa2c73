//! Windows' service control manager (SCM): the services that are registered with
//! it, asked for and changed through its own interface.
//!
//! On other systems there is none, and every call is an `Unsupported` error. The
//! calls block for as long as the manager takes, which answers at once except
//! where a wait is what is asked for.
//!
//! Errors are the system's; [`Problem::of`] sorts them.

mod problem;
mod settings;
mod status;

#[cfg(not(windows))]
mod absent;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
use absent as sys;
#[cfg(windows)]
use windows as sys;

use std::io;
use std::time::Duration;

pub use problem::Problem;
pub use settings::{FailureAction, FailureActions, FailureKind, Settings, SidType, Start};
pub use status::{Deletion, End, State, Status};

/// Whether there is a service control manager on this operating system.
pub const fn is_here() -> bool {
    sys::IS_HERE
}

/// Everything that was set for the service `name`; `None`: there is no such
/// service. Names are compared without regard to case.
///
/// # Errors
/// When the manager cannot be asked, or does not let this user read it.
pub fn query(name: &str) -> io::Result<Option<Settings>> {
    sys::query(name)
}

/// How the service `name` is; `None`: there is no such service.
///
/// # Errors
/// When the manager cannot be asked.
pub fn status(name: &str) -> io::Result<Option<Status>> {
    sys::status(name)
}

/// Registers a service, in a process of its own, and puts `mark` on it (see
/// [`mark_of`]). Nothing is left when a part of it fails.
///
/// # Errors
/// When the manager refuses: the name or the display name is taken, the account
/// is unknown, this user may not.
pub fn create(
    name: &str,
    settings: &Settings,
    password: Option<&str>,
    mark: &str,
) -> io::Result<()> {
    sys::create(name, settings, password, mark)
}

/// Makes a service's settings these. The account is left alone when it is this
/// one already and there is no `password`.
///
/// # Errors
/// When the manager refuses. Some of the settings may have been changed then.
pub fn change(name: &str, settings: &Settings, password: Option<&str>) -> io::Result<()> {
    sys::change(name, settings, password)
}

/// Removes a service; one that runs is not ended by this.
///
/// # Errors
/// When there is none, or the manager refuses.
pub fn delete(name: &str) -> io::Result<Deletion> {
    sys::delete(name)
}

/// Asks a service to start, and does not wait until it has.
///
/// # Errors
/// When the manager refuses, or the program cannot be started or does not report
/// to the manager within its 30 s.
pub fn start(name: &str) -> io::Result<()> {
    sys::start(name)
}

/// Asks a service to stop, and does not wait until it has.
///
/// # Errors
/// When the manager refuses, or the service does not take the request.
pub fn stop(name: &str) -> io::Result<()> {
    sys::stop(name)
}

/// Waits until a service is in one of these states, for `patience` at the most.
///
/// A service on its way tells how long it will take until it tells again (its
/// checkpoint and wait hint); one that does not keep to that is not waited for
/// any longer.
///
/// # Errors
/// 1060 ([`Problem::NoSuchService`]) when it disappears, `TimedOut` when it is
/// in none of them then.
pub fn wait_for(name: &str, states: &[State], patience: Duration) -> io::Result<Status> {
    sys::wait_for(name, states, patience)
}

/// Waits until a removed service is gone, for `patience` at the most.
///
/// # Errors
/// When the manager cannot be asked.
pub fn wait_until_gone(name: &str, patience: Duration) -> io::Result<Deletion> {
    sys::wait_until_gone(name, patience)
}

/// The mark that [`create`] put on a service; `None`: it was not made so. It
/// goes away with the service.
///
/// # Errors
/// When it cannot be read.
pub fn mark_of(name: &str) -> io::Result<Option<String>> {
    sys::mark_of(name)
}
