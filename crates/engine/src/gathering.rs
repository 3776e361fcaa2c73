//! When it is time to look which files have changed: what comes in a burst is one
//! change.
//!
//! This is apart from [`step`](crate::step()): a burst of ten thousand changes shall
//! not wake the guardian's loop ten thousand times, so whoever hears of them gathers
//! them first, by this rule.

use std::time::Duration;

use outlast_model::AwakeTime;

/// So many times as long as the quiet that is waited for, a burst may last before it
/// is looked at all the same.
pub const LONGEST_BURST: u32 = 50;

/// So many changes, each of which comes right after what was done about the one
/// before, are taken for the work of the service itself.
pub const STORM: u32 = 10;

/// What is meant by right after, beside the quiet that is waited for.
pub const RIGHT_AFTER: Duration = Duration::from_secs(5);

/// For so long changes are gathered then.
pub const STORM_PAUSE: Duration = Duration::from_secs(30);

/// The changes to the files of one service.
#[derive(Clone, Debug)]
pub struct Gathering {
    debounce: Duration,
    burst: Option<Burst>,
    /// When the last change was told.
    told: Option<AwakeTime>,
    /// How many were told one right after the other.
    row: u32,
    /// Not before this moment is looked.
    pause: Option<AwakeTime>,
}

#[derive(Clone, Copy, Debug)]
struct Burst {
    began: AwakeTime,
    last: AwakeTime,
}

impl Gathering {
    /// Nothing has changed; `debounce` is how long nothing must have.
    pub const fn new(debounce: Duration) -> Self {
        Self {
            debounce,
            burst: None,
            told: None,
            row: 0,
            pause: None,
        }
    }

    /// Something may have changed.
    pub fn hinted(&mut self, now: AwakeTime) {
        let burst = self.burst.get_or_insert(Burst {
            began: now,
            last: now,
        });
        burst.last = now;
    }

    /// When it is time to look; `None`: nothing may have changed.
    pub fn due(&self) -> Option<AwakeTime> {
        let burst = self.burst?;
        let quiet = burst.last.after(self.debounce);
        let longest = burst.began.after(self.debounce * LONGEST_BURST);
        let due = quiet.min(longest);
        Some(self.pause.map_or(due, |pause| due.max(pause)))
    }

    /// It is being looked; what is hinted at from now on is another burst.
    pub const fn looked(&mut self) {
        self.burst = None;
    }

    /// A change is told. Gives how many were told in a row, if a pause begins that
    /// somebody should know of.
    pub fn told(&mut self, now: AwakeTime) -> Option<u32> {
        let free = self.told.max(self.pause);
        let right_after = RIGHT_AFTER + self.debounce;
        let is_right_after = free.is_some_and(|free| now.since(free) < right_after);
        self.row = if is_right_after { self.row + 1 } else { 1 };
        self.told = Some(now);
        self.pause = (self.row >= STORM).then(|| now.after(STORM_PAUSE));
        (self.row == STORM).then_some(self.row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEBOUNCE: Duration = Duration::from_millis(200);

    fn at(milliseconds: u64) -> AwakeTime {
        AwakeTime::from_origin(Duration::from_millis(milliseconds))
    }

    #[test]
    fn a_burst_is_looked_at_when_it_is_over() {
        let mut gathering = Gathering::new(DEBOUNCE);
        assert_eq!(gathering.due(), None);
        for time in 0..100 {
            gathering.hinted(at(10 * time));
        }
        assert_eq!(gathering.due(), Some(at(990 + 200)));
        gathering.looked();
        assert_eq!(gathering.due(), None);
    }

    #[test]
    fn what_never_rests_is_looked_at_all_the_same() {
        let mut gathering = Gathering::new(DEBOUNCE);
        for time in 0..1000 {
            gathering.hinted(at(100 * time));
        }
        assert_eq!(gathering.due(), Some(at(200 * 50)));
    }

    #[test]
    fn one_that_writes_what_it_watches_is_slowed_down() {
        let mut gathering = Gathering::new(DEBOUNCE);
        let mut time = 0;
        let mut storms = Vec::new();
        for _ in 0..STORM {
            time += 1000;
            storms.extend(gathering.told(at(time)));
        }
        assert_eq!(storms, [STORM]);
        gathering.hinted(at(time + 1000));
        let resumed = at(time).after(STORM_PAUSE);
        assert_eq!(gathering.due(), Some(resumed));
        // It goes on like that, which is known by now.
        gathering.looked();
        assert_eq!(gathering.told(resumed), None);
        gathering.hinted(resumed);
        assert_eq!(gathering.due(), Some(resumed.after(STORM_PAUSE)));
    }

    #[test]
    fn whoever_saves_often_is_not() {
        let mut gathering = Gathering::new(DEBOUNCE);
        for save in 0..100 {
            assert_eq!(gathering.told(at(save * 5300)), None);
            gathering.hinted(at(save * 5300 + 100));
            assert_eq!(gathering.due(), Some(at(save * 5300 + 300)));
            gathering.looked();
        }
    }
}
