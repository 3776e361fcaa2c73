//! How long to wait before the next restart.

use std::time::Duration;

use outlast_model::service::Backoff;

use crate::random::Random;

/// The restarts in a row since the last reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Streak {
    restarts: u32,
    /// The delay before the last of them.
    delay: Duration,
}

impl Streak {
    /// The next restart will be the first again.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Counts one more restart and gives its number, from 1, and its delay.
    ///
    /// The delay is never below the one before it, which chance alone could
    /// cause: someone who watches should see it grow.
    pub(crate) fn next(&mut self, backoff: &Backoff, random: &mut Random) -> (u32, Duration) {
        let plain = grown(backoff, self.restarts);
        let jittered = plain * (1.0 + backoff.jitter.clamp(0.0, 1.0) * random.share());
        let delay = capped(jittered, backoff.max_delay).max(self.delay);
        self.restarts = self.restarts.saturating_add(1);
        self.delay = delay;
        (self.restarts, delay)
    }
}

/// The delay after `restarts` restarts, in nanoseconds, without jitter and cap.
fn grown(backoff: &Backoff, restarts: u32) -> f64 {
    if backoff.delay.is_zero() {
        // Zero times an overflowed power would not be a number.
        return 0.0;
    }
    let exponent = i32::try_from(restarts).unwrap_or(i32::MAX);
    nanoseconds(backoff.delay) * backoff.factor.max(1.0).powi(exponent)
}

fn capped(nanos: f64, cap: Duration) -> Duration {
    // Compared this way round, what is not a number becomes the cap.
    if nanos < nanoseconds(cap) {
        Duration::try_from_secs_f64(nanos / 1e9).map_or(cap, |delay| delay.min(cap))
    } else {
        cap
    }
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(delay: u64, max_delay: u64, factor: f64, jitter: f64) -> Backoff {
        Backoff {
            delay: Duration::from_millis(delay),
            max_delay: Duration::from_millis(max_delay),
            factor,
            jitter,
            reset_after: Duration::from_secs(60),
        }
    }

    fn delays(backoff: &Backoff, count: usize) -> Vec<Duration> {
        let mut streak = Streak::default();
        let mut random = Random::new(1);
        (0..count)
            .map(|_| streak.next(backoff, &mut random).1)
            .collect()
    }

    #[test]
    fn delays_double_up_to_the_cap() {
        let expected = [500, 1000, 2000, 3000, 3000].map(Duration::from_millis);
        assert_eq!(delays(&backoff(500, 3000, 2.0, 0.0), 5), expected);
    }

    #[test]
    fn the_cap_holds_with_jitter_and_delays_never_shrink() {
        let all = delays(&backoff(100, 1000, 1.0, 1.0), 200);
        assert!(all.is_sorted());
        assert!(all.iter().all(|delay| *delay <= Duration::from_secs(1)));
        assert!(all[0] >= Duration::from_millis(100));
        assert!(all.last() > all.first());
    }

    #[test]
    fn numbers_that_overflow_give_the_cap_and_zero_stays_zero() {
        let all = delays(&backoff(1, 5000, 1e300, 0.5), 20);
        assert_eq!(all.last(), Some(&Duration::from_secs(5)));
        let all = delays(&backoff(0, 5000, 1e300, 0.5), 20);
        assert_eq!(all.last(), Some(&Duration::ZERO));
        let all = delays(&backoff(1, 5000, f64::NAN, f64::NAN), 20);
        assert!(all.iter().all(|delay| *delay <= Duration::from_secs(5)));
    }

    #[test]
    fn a_reset_begins_anew() {
        let backoff = backoff(500, 9000, 2.0, 0.0);
        let mut random = Random::new(1);
        let mut streak = Streak::default();
        streak.next(&backoff, &mut random);
        streak.next(&backoff, &mut random);
        streak.reset();
        let first = (1, Duration::from_millis(500));
        assert_eq!(streak.next(&backoff, &mut random), first);
    }
}
