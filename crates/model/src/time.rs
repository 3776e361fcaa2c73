//! The two clocks, as values (`DESIGN.md`, Clocks).
//!
//! Deadlines, delays and limits count *awake* time; what people read is *real*
//! time. How long the machine was *suspended* is told beside them. Nothing in this crate or in the engine reads a clock: whoever calls
//! them brings a [`Now`].

use std::time::Duration;

/// A moment on the clock that stands still while the machine is suspended.
///
/// It counts from an arbitrary origin, so only differences mean anything, and
/// only within one run of the guardian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct AwakeTime(Duration);

impl AwakeTime {
    /// The origin of the clock.
    pub const ORIGIN: Self = Self(Duration::ZERO);

    /// The moment that lies `since_origin` after the origin.
    pub const fn from_origin(since_origin: Duration) -> Self {
        Self(since_origin)
    }

    /// How long after the origin this moment lies.
    pub const fn since_origin(self) -> Duration {
        self.0
    }

    /// This moment plus `delay`; the far end of the clock when that overflows.
    #[must_use]
    pub const fn after(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(delay))
    }

    /// The time from `earlier` to this moment; zero when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// A moment as a wall clock shows it: nanoseconds since 1970-01-01 UTC, leap
/// seconds ignored. It jumps when someone sets the clock; never compute a
/// deadline from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct RealTime(i64);

impl RealTime {
    /// The moment `nanoseconds` after the Unix epoch (negative: before it).
    pub const fn from_unix_nanos(nanoseconds: i64) -> Self {
        Self(nanoseconds)
    }

    /// Nanoseconds since the Unix epoch.
    pub const fn unix_nanos(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is before that.
    pub fn since(self, earlier: Self) -> Duration {
        let nanoseconds = self.0.saturating_sub(earlier.0);
        Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0))
    }

    /// This moment plus `delay`, held at the end of the representable range
    /// (the year 2262).
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(delay.as_nanos()).unwrap_or(i64::MAX)),
        )
    }
}

/// Both clocks, read together, and what the first of them has left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Now {
    /// For everything that is computed.
    pub awake: AwakeTime,
    /// How long the machine has been suspended altogether. Like the awake clock
    /// it counts from an arbitrary origin and never goes back; where the system
    /// does not tell, it stands still.
    pub suspended: Duration,
    /// How long the guardian's control group has been frozen altogether, as far
    /// as the system tells; it never goes back.
    pub frozen: Duration,
    /// For everything that is shown.
    pub real: RealTime,
}
