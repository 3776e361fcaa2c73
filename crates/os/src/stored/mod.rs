//! What a service gives its guardian to be kept for its next instance (`FDSTORE=1` of
//! `sd_notify(3)`): connections, memory, anything that is open.
//!
//! Linux only: elsewhere there are no messages that it could come with.

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
use absent as sys;
#[cfg(target_os = "linux")]
use linux as sys;

use crate::notify_socket::Passed;
use crate::process::Handed;

/// Whether anything can be kept on this system.
pub const IS_SUPPORTED: bool = cfg!(target_os = "linux");

/// Something that is kept. It is closed when this and all its clones are dropped.
#[derive(Clone, Debug)]
pub struct Stored(sys::Stored);

/// Whether what is kept is of no use any more when its other end has been closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// It is: [`Stored::hung_up`] tells of it.
    ForHangUp,
    /// Nobody is to look.
    Never,
}

impl Stored {
    /// What has come with a message, in the runtime of the calling thread.
    pub fn from_message(passed: Passed, watch: Watch) -> Vec<Self> {
        let all = sys::Stored::from_message(passed.0, watch);
        all.into_iter().map(Self).collect()
    }

    /// For a new process, as it is.
    pub fn hand(&self) -> Handed<'_> {
        self.0.hand()
    }

    /// Whether both are the same open file, connection or whatever.
    pub fn is_same(&self, other: &Self) -> bool {
        self.0.is_same(&other.0)
    }

    /// Returns when its other end has been closed; never, where nobody is to look or
    /// there is no other end. What arrives does not wake it up.
    pub async fn hung_up(&self) {
        self.0.hung_up().await;
    }
}
