//! The two clocks of `DESIGN.md`: awake time for computing, real time for
//! showing.
//!
//! | | awake | real |
//! |---|---|---|
//! | Linux | `CLOCK_MONOTONIC` | `CLOCK_REALTIME` |
//! | macOS | `CLOCK_UPTIME_RAW` | `CLOCK_REALTIME` |
//! | FreeBSD | `CLOCK_UPTIME` | `CLOCK_REALTIME` |
//! | Windows | `QueryUnbiasedInterruptTimePrecise` | `GetSystemTimePreciseAsFileTime` |
//!
//! `std::time::Instant` will not do: it counts sleep on Windows.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use outlast_model::Now;

/// Both clocks, read now. Never fails, never blocks; on Linux no system call
/// is made (vDSO).
pub fn now() -> Now {
    sys::now()
}
