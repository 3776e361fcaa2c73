//! When a service runs that runs only now and then.

use crate::RealTime;

/// The times at which a service is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// By the clock on the wall.
    pub cron: Cron,
    /// On whose wall: the name of an IANA zone; `None`: the machine's own.
    pub zone: Option<String>,
    /// What becomes of runs whose time has passed, because the machine slept, or
    /// for whatever other reason.
    pub catch_up: CatchUp,
}

/// What becomes of missed runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum CatchUp {
    /// All of them are made up for by one, at once.
    #[default]
    Once,
    /// None is made up for.
    Skip,
}

impl CatchUp {
    /// Its name, as files and `--json` have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Skip => "skip",
        }
    }
}

/// The five fields of a `crontab(5)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    /// As it was written.
    pub text: String,
    /// From 0 to 59.
    pub minutes: Values,
    /// From 0 to 23.
    pub hours: Values,
    /// From 1 to 31.
    pub days: Values,
    /// From 1 to 12.
    pub months: Values,
    /// From 0 (Sunday) to 6.
    pub weekdays: Values,
    /// How the two fields about days go together.
    pub day_rule: DayRule,
    /// What happens when the clock on the wall jumps.
    pub pace: Pace,
}

/// How the day of the month and the day of the week go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayRule {
    /// Both have to fit: one of the two fields begins with `*`.
    Both,
    /// One of them is enough.
    Either,
}

/// What happens to a schedule when the clock on the wall jumps: twice a year, where
/// there is summer time, and when somebody sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// The hours are named: each time is one run. One that is left out comes as soon
    /// as it has been left out; one that comes twice counts the first time.
    Fixed,
    /// The field of the hours begins with `*`: it runs whenever the clock shows a time
    /// that fits.
    Steady,
}

/// A set of numbers below 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Values(u64);

impl Values {
    /// Adds one.
    pub const fn insert(&mut self, value: u32) {
        if value < u64::BITS {
            self.0 |= 1 << value;
        }
    }

    /// Whether it is among them.
    pub const fn contains(self, value: u32) -> bool {
        value < u64::BITS && self.0 & (1 << value) != 0
    }

    /// The first that is not below `least`.
    pub const fn from(self, least: u32) -> Option<u32> {
        if least >= u64::BITS {
            return None;
        }
        let rest = self.0 >> least;
        if rest == 0 {
            None
        } else {
            Some(least + rest.trailing_zeros())
        }
    }
}

impl FromIterator<u32> for Values {
    fn from_iter<T: IntoIterator<Item = u32>>(values: T) -> Self {
        let mut set = Self::default();
        for value in values {
            set.insert(value);
        }
        set
    }
}

/// The runs of a schedule around two moments: those after the one, up to the other,
/// and what comes after that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// How many have passed; [`Runs::MOST`] stands for that many or more.
    pub passed: u32,
    /// The last of these.
    pub last: Option<RealTime>,
    /// The first that is still to come; `None`: none does.
    pub next: Option<RealTime>,
}

impl Runs {
    /// No more are counted.
    pub const MOST: u32 = 1000;
}
