//! The two clocks of `DESIGN.md`: awake time for computing, real time for
//! showing; and how long the machine has been suspended, which is how far a clock
//! that never stops is ahead of the awake one.
//!
//! | | awake | never stops | real |
//! |---|---|---|---|
//! | Linux | `CLOCK_MONOTONIC` | `CLOCK_BOOTTIME` | `CLOCK_REALTIME` |
//! | macOS | `CLOCK_UPTIME_RAW` | `CLOCK_MONOTONIC_RAW` | `CLOCK_REALTIME` |
//! | FreeBSD | `CLOCK_UPTIME` | – | `CLOCK_REALTIME` |
//! | Windows | `QueryUnbiasedInterruptTimePrecise` | `QueryInterruptTimePrecise` | `GetSystemTimePreciseAsFileTime` |
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

use std::time::Duration;

use outlast_model::{AwakeTime, Now, RealTime};

/// Both clocks, read now, and how long the machine has been suspended; how long
/// this process was frozen is no clock's business ([`freezer`](crate::freezer)).
/// Never fails, never blocks; on Linux no system call is made (vDSO).
pub fn now() -> Now {
    let (awake, suspended) = together(sys::awake, sys::never_stopping);
    Now {
        awake: AwakeTime::from_origin(awake),
        suspended,
        frozen: Duration::ZERO,
        real: RealTime::from_unix_nanos(sys::real()),
    }
}

/// How far apart two readings may lie that count as one.
const TOGETHER: Duration = Duration::from_micros(100);

/// How often they are read anew: only a process that is held up, twice in a row
/// for at least [`TOGETHER`], needs the third.
const READINGS: u32 = 3;

/// What `awake` shows, and how far ahead of it `steady` is. A process that is held
/// up between the readings would take that for a sleep, so it looks once more.
fn together(
    awake: impl Fn() -> Duration,
    steady: impl Fn() -> Option<Duration>,
) -> (Duration, Duration) {
    let mut before = awake();
    for _ in 1..READINGS {
        let Some(ahead) = steady().map(|steady| steady.saturating_sub(before)) else {
            return (before, Duration::ZERO);
        };
        let after = awake();
        if after.saturating_sub(before) < TOGETHER {
            return (after, ahead);
        }
        before = after;
    }
    let ahead = steady().unwrap_or_default().saturating_sub(before);
    (before, ahead)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn awake_time_never_goes_back_and_real_time_is_of_this_century() {
        let first = now();
        let second = now();
        assert!(second.awake >= first.awake);
        assert!(first.real.unix_nanos() > 1_700_000_000_000_000_000);
    }

    #[test]
    fn a_machine_that_does_not_sleep_has_slept_as_long_as_before() {
        let (first, second) = (now().suspended, now().suspended);
        let differ = first.abs_diff(second);
        assert!(differ < Duration::from_millis(50), "{differ:?}");
    }

    #[test]
    fn who_is_held_up_between_the_readings_has_not_slept() {
        let time = Cell::new(0);
        let after = |step: u64| {
            time.set(time.get() + step);
            Duration::from_micros(time.get())
        };
        let held_up = Cell::new(true);
        let slept = Duration::from_secs(5);
        let steady = || Some(slept + after(if held_up.take() { 2_000_000 } else { 1 }));
        let (awake, suspended) = together(|| after(1), steady);
        assert!(awake >= Duration::from_secs(2));
        assert!(suspended - slept < TOGETHER, "{suspended:?}");
    }
}
