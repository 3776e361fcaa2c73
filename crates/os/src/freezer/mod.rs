//! When this process's control group was frozen: a container that is paused,
//! `systemctl freeze`, a user who sleeps while systemd freezes what is theirs.
//!
//! A process is told of no other way of being kept from running.

#[cfg(not(target_os = "linux"))]
mod absent;
#[cfg(target_os = "linux")]
mod linux;

#[cfg(not(target_os = "linux"))]
use absent as sys;
#[cfg(target_os = "linux")]
use linux as sys;

use std::time::Duration;

/// The freezer of the control group that this process is in. It costs nothing
/// until the group has been frozen.
#[derive(Debug)]
pub struct Freezer(sys::Freezer);

impl Freezer {
    /// Looks for it. Where there is none, nothing is ever told.
    ///
    /// Needs a tokio runtime with I/O enabled.
    pub fn open() -> Self {
        Self(sys::Freezer::open())
    }

    /// Returns when the group has been frozen and goes on. Cancel-safe.
    pub async fn thawed(&mut self) {
        self.0.thawed().await;
    }

    /// How long the group was frozen altogether, by itself or with the groups
    /// above it (`frozen_usec` of `cgroup.stat.local`, Linux 6.18). `None`: nobody
    /// tells.
    pub fn frozen(&self) -> Option<Duration> {
        self.0.frozen()
    }
}
