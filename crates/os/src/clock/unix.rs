//! `clock_gettime(2)`; what the standard library calls system time is
//! `CLOCK_REALTIME`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[cfg(target_vendor = "apple")]
const AWAKE: libc::clockid_t = libc::CLOCK_UPTIME_RAW;
#[cfg(target_os = "freebsd")]
const AWAKE: libc::clockid_t = libc::CLOCK_UPTIME;
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
const AWAKE: libc::clockid_t = libc::CLOCK_MONOTONIC;

/// Goes on while the machine sleeps.
#[cfg(target_vendor = "apple")]
const NEVER_STOPPING: Option<libc::clockid_t> = Some(libc::CLOCK_MONOTONIC_RAW);
#[cfg(target_os = "freebsd")]
const NEVER_STOPPING: Option<libc::clockid_t> = None;
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
const NEVER_STOPPING: Option<libc::clockid_t> = Some(libc::CLOCK_BOOTTIME);

pub(super) fn awake() -> Duration {
    read(AWAKE)
}

/// `None`: this system has no such clock.
pub(super) fn never_stopping() -> Option<Duration> {
    NEVER_STOPPING.map(read)
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for the result. The call fails only for
    // clocks that do not exist, and these do.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Nanoseconds since 1970; before it on machines whose clock is not set.
pub(super) fn real() -> i64 {
    let nanoseconds = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => nanoseconds(after),
        Err(before) => -nanoseconds(before.duration()),
    }
}
