//! Users' sessions, as places to start programs in.
//!
//! | | Linux with logind | Windows, `LocalSystem` | Windows, else; macOS | others |
//! |---|---|---|---|---|
//! | as whom | the session's user | with the token of the session (`WTSQueryUserToken`) | as itself | – |
//! | whose sessions | anybody's for root, else the own user's | anybody's | the one that it runs in | – |
//! | variables | the account's, logind's, those of the session's own processes | `CreateEnvironmentBlock` | its own | – |
//! | screen | by these variables | `winsta0\default` | its own | – |
//!
//! Which there are, [`machine`](crate::machine) tells.
//!
//! What is started is *of* the session and not *in* what the system holds together
//! as such: on Linux it stays in the guardian's control groups. In the session's
//! own it would keep the session from ending, and the guardian could not keep its
//! tree together there. So logind does not count it to the session, and does not
//! end it with it.

pub mod foreign;

#[cfg(not(any(
    windows,
    target_os = "macos",
    all(target_os = "linux", feature = "bus")
)))]
mod absent;
#[cfg(all(target_os = "linux", feature = "bus"))]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(not(any(
    windows,
    target_os = "macos",
    all(target_os = "linux", feature = "bus")
)))]
use absent as sys;
#[cfg(all(target_os = "linux", feature = "bus"))]
use linux as sys;
#[cfg(target_os = "macos")]
use macos as sys;
#[cfg(windows)]
use windows as sys;

use std::io;

use outlast_model::machine::{Session, SessionId};

use crate::account::{AccountError, Logon, Obstacle, Starter};
use crate::bus::BusError;

/// Why no program can be started in a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It is over.
    #[error("the session {0} has ended")]
    Gone(SessionId),
    /// Not here, or not by this process.
    #[error("cannot start programs in the session {session}: {}; {}", .obstacle.reason, .obstacle.hint)]
    OutOfReach {
        /// Which.
        session: SessionId,
        /// What stands in the way.
        obstacle: Obstacle,
    },
    /// logind does not answer, or says no.
    #[error("cannot ask logind about the session {session}; see whether `loginctl` works")]
    Unanswered {
        /// Which.
        session: SessionId,
        /// Why not.
        #[source]
        source: BusError,
    },
    /// The directory of accounts does not know its user.
    #[error("cannot look up the user of the session {session}")]
    NoAccount {
        /// Which.
        session: SessionId,
        /// Why not.
        #[source]
        source: AccountError,
    },
    /// The system does not give its token, or its environment.
    #[error("Windows does not let this process into the session {session}")]
    Refused {
        /// Which.
        session: SessionId,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// Makes ready to start programs in `session`, as its user. Asks the system and
/// the directory of accounts, and on Linux waits for the session's first programs,
/// so it may block for seconds.
///
/// What comes of it is as good as the session: when that ends, programs can still
/// be started, and find neither a screen nor the user's own services.
///
/// # Errors
/// When the session is over, or this process may not.
pub fn enter(session: &Session) -> Result<Logon, SessionError> {
    sys::enter(session)
}

/// What keeps `starter` from starting programs in any session on this machine;
/// `None`: nothing that can be known beforehand. That an ordinary user's process
/// comes into the sessions of that user only is none.
pub fn obstacle(starter: Starter) -> Option<Obstacle> {
    sys::obstacle(starter)
}
