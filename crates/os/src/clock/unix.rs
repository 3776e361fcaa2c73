//! `clock_gettime(2)`; what the standard library calls system time is
//! `CLOCK_REALTIME`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use outlast_model::{AwakeTime, Now, RealTime};

#[cfg(target_vendor = "apple")]
const AWAKE: libc::clockid_t = libc::CLOCK_UPTIME_RAW;
#[cfg(target_os = "freebsd")]
const AWAKE: libc::clockid_t = libc::CLOCK_UPTIME;
#[cfg(not(any(target_vendor = "apple", target_os = "freebsd")))]
const AWAKE: libc::clockid_t = libc::CLOCK_MONOTONIC;

pub(super) fn now() -> Now {
    Now {
        awake: AwakeTime::from_origin(awake()),
        real: RealTime::from_unix_nanos(real()),
    }
}

fn awake() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for the result. The call fails only for
    // clocks that do not exist, and this one does.
    unsafe { libc::clock_gettime(AWAKE, &raw mut time) };
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Nanoseconds since 1970; before it on machines whose clock is not set.
fn real() -> i64 {
    let nanoseconds = |time: Duration| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => nanoseconds(after),
        Err(before) => -nanoseconds(before.duration()),
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::now;

    #[test]
    fn awake_time_never_goes_back_and_real_time_is_of_this_century() {
        let first = now();
        let second = now();
        assert!(second.awake >= first.awake);
        assert!(first.real.unix_nanos() > 1_700_000_000_000_000_000);
    }
}
