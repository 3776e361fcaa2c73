//! What became of time since the step before: the machine slept, the guardian
//! was kept from running, or somebody set the wall clock.
//!
//! A sleep is exact: the system counts it. A clock that was set is what real time
//! has too much or too little. A freeze is exact if the system counts it, which it
//! does for control groups only. Any other shows in one thing: the timer came too
//! late. When that began is not seen, so there are two bounds. While an instance is judged by its time, the timer goes off every
//! [`PULSE`], so that the bounds lie no farther apart than that, and so that no
//! freeze hides in a long wait.

use std::time::Duration;

use outlast_model::record::{Direction, GuardianEntry};
use outlast_model::{AwakeTime, Now};

use crate::instance;
use crate::occasion;
use crate::schedule;
use crate::step::Step;

/// How often the timer goes off while an instance is judged by its time. Half of
/// it would see shorter freezes and cost twice the wake-ups; who is stopped
/// within seconds is hurt by neither.
pub const PULSE: Duration = Duration::from_secs(1);

/// How late the timer has to be. A busy machine makes it late by less.
pub const FREEZE: Duration = Duration::from_millis(500);

/// The shortest freeze that is worth a word when the system tells of it.
const TOLD: Duration = Duration::from_millis(10);

/// Below this it is the distance between two readings of clocks.
const SLEEP: Duration = Duration::from_millis(100);

/// Who sets a clock by less corrects it.
const CLOCK_SET: Duration = Duration::from_secs(1);

/// One part in this many that two clocks of a machine may differ by, as each has
/// a crystal of its own (Windows disciplines one of them only).
const DRIFT: u32 = 5_000;

/// How long the guardian was kept from running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frozen {
    /// The timer was so much too late.
    pub(crate) at_least: Duration,
    /// It was known to run so long ago.
    pub(crate) at_most: Duration,
}

/// Whether the machine has slept since the step before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slept {
    Yes,
    No,
}

/// Puts on record what happened since the step before, and gives back to
/// everybody the time that did not count.
pub(crate) fn account_for(step: &mut Step<'_>) -> Slept {
    let now = step.now;
    step.world.began.get_or_insert(now.awake);
    let Some(last) = step.world.last.replace(now) else {
        return Slept::No;
    };
    if let Some(frozen) = frozen(last, now, step.world.timer.set_to()) {
        let Frozen { at_least, at_most } = frozen;
        step.record_guardian(GuardianEntry::Frozen { at_least, at_most });
        for id in step.world.timer.everyone() {
            instance::on_frozen(step, id, frozen);
        }
    }
    // After the freeze: what counts anew from now has lost nothing to it.
    let slept = slept(last, now);
    if let Some(duration) = slept {
        step.record_guardian(GuardianEntry::Slept { duration });
        occasion::be_lenient(step);
    }
    if let Some((direction, by)) = clock_set(last, now) {
        step.record_guardian(GuardianEntry::ClockSet { direction, by });
        if direction == Direction::Back {
            schedule::on_set_back(step);
        }
    }
    slept.map_or(Slept::No, |_| Slept::Yes)
}

fn slept(last: Now, now: Now) -> Option<Duration> {
    let slept = now.suspended.saturating_sub(last.suspended);
    (slept >= SLEEP).then_some(slept)
}

/// What the system tells is exact, and all, unless the timer came even later.
fn frozen(last: Now, now: Now, timer: Option<AwakeTime>) -> Option<Frozen> {
    let told = now.frozen.saturating_sub(last.frozen);
    let late = timer.map_or(Duration::ZERO, |due| now.awake.since(due));
    let at_most = now.awake.since(last.awake);
    if late >= told + FREEZE {
        return Some(Frozen {
            at_least: late,
            at_most,
        });
    }
    (told >= TOLD).then_some(Frozen {
        at_least: told,
        at_most: told,
    })
}

fn clock_set(last: Now, now: Now) -> Option<(Direction, Duration)> {
    let passed = now.awake.since(last.awake) + now.suspended.saturating_sub(last.suspended);
    let expected = last.real.after(passed).unix_nanos();
    let (direction, by) = match now.real.unix_nanos().checked_sub(expected)? {
        ahead @ 0.. => (Direction::Forward, ahead),
        behind => (Direction::Back, behind),
    };
    let by = Duration::from_nanos(by.unsigned_abs());
    (by >= CLOCK_SET + passed / DRIFT).then_some((direction, by))
}

#[cfg(test)]
mod tests {
    use outlast_model::RealTime;

    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn now(awake: u64, suspended: u64, real: i64) -> Now {
        Now {
            awake: AwakeTime::from_origin(seconds(awake)),
            suspended: seconds(suspended),
            frozen: Duration::ZERO,
            real: RealTime::from_unix_nanos(real * 1_000_000_000),
        }
    }

    #[test]
    fn a_sleep_is_neither_a_freeze_nor_a_clock_that_was_set() {
        let (last, now) = (now(5, 0, 1005), now(6, 3600, 4606));
        assert_eq!(slept(last, now), Some(seconds(3600)));
        assert_eq!(clock_set(last, now), None);
    }

    #[test]
    fn a_freeze_has_two_bounds() {
        let timer = AwakeTime::from_origin(seconds(6));
        let frozen = frozen(now(5, 0, 0), now(20, 0, 15), Some(timer));
        let expected = Frozen {
            at_least: seconds(14),
            at_most: seconds(15),
        };
        assert_eq!(frozen, Some(expected));
    }

    #[test]
    fn a_freeze_that_the_system_tells_of_is_exact() {
        let after = Now {
            frozen: seconds(14),
            ..now(20, 0, 15)
        };
        let exact = |seconds| Frozen {
            at_least: seconds,
            at_most: seconds,
        };
        let timer = Some(AwakeTime::from_origin(seconds(6)));
        assert_eq!(frozen(now(5, 0, 0), after, timer), Some(exact(seconds(14))));
        assert_eq!(frozen(now(5, 0, 0), after, None), Some(exact(seconds(14))));
        // Stopped as well.
        let later = Now {
            frozen: seconds(3),
            ..after
        };
        let both = frozen(now(5, 0, 0), later, timer).expect("it was late");
        assert_eq!((both.at_least, both.at_most), (seconds(14), seconds(15)));
    }

    #[test]
    fn without_a_timer_nobody_knows() {
        assert_eq!(frozen(now(5, 0, 0), now(20, 0, 15), None), None);
    }

    #[test]
    fn clocks_are_set_in_both_directions() {
        let last = now(5, 0, 1005);
        let forward = (Direction::Forward, seconds(3600));
        assert_eq!(clock_set(last, now(6, 0, 4606)), Some(forward));
        let back = (Direction::Back, seconds(1000));
        assert_eq!(clock_set(last, now(6, 0, 6)), Some(back));
    }

    #[test]
    fn clocks_that_drift_apart_were_not_set() {
        // Ten days, two seconds.
        let last = now(0, 0, 0);
        assert_eq!(clock_set(last, now(864_000, 0, 864_002)), None);
    }
}
