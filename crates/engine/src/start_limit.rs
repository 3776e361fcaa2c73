//! The start limit: how often a service was started lately.

use std::collections::VecDeque;

use outlast_model::AwakeTime;
use outlast_model::service::StartLimit;

/// The last starts, oldest first; never more of them than the limit allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecentStarts(VecDeque<AwakeTime>);

impl RecentStarts {
    /// Remembers a start. Without a limit there is nothing to remember.
    pub(crate) fn push(&mut self, at: AwakeTime, limit: Option<StartLimit>) {
        let Some(limit) = limit else { return };
        // What has left the window will not be asked for again.
        while let Some(&oldest) = self.0.front()
            && (self.0.len() >= allowed(limit) || at.since(oldest) >= limit.window)
        {
            self.0.pop_front();
        }
        self.0.push_back(at);
    }

    /// Whether a start at `at` would be one too many.
    pub(crate) fn is_exhausted(&self, at: AwakeTime, limit: StartLimit) -> bool {
        let within = self.0.iter().rev();
        within
            .take_while(|start| at.since(**start) < limit.window)
            .nth(allowed(limit) - 1)
            .is_some()
    }

    /// Nothing counts any more.
    pub(crate) fn clear(&mut self) {
        self.0 = VecDeque::new();
    }
}

fn allowed(limit: StartLimit) -> usize {
    usize::try_from(limit.starts.get()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> AwakeTime {
        AwakeTime::from_origin(Duration::from_secs(seconds))
    }

    fn limit(starts: u32) -> StartLimit {
        StartLimit {
            starts: NonZeroU32::new(starts).expect("the tests ask for some"),
            window: Duration::from_secs(10),
        }
    }

    #[test]
    fn the_window_slides() {
        let mut starts = RecentStarts::default();
        for second in [0, 1, 2] {
            assert!(!starts.is_exhausted(at(second), limit(3)));
            starts.push(at(second), Some(limit(3)));
        }
        assert!(starts.is_exhausted(at(9), limit(3)));
        assert!(!starts.is_exhausted(at(10), limit(3)));
    }

    #[test]
    fn memory_is_bounded_by_the_limit() {
        let mut starts = RecentStarts::default();
        for _ in 0..1000 {
            starts.push(at(1), Some(limit(4)));
            starts.push(at(1), None);
        }
        assert_eq!(starts.0.len(), 4);
        assert!(starts.is_exhausted(at(1), limit(4)));
    }
}
