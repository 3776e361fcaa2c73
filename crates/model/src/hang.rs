//! Hangs: a service that runs and does nothing, or turns in circles, as far as
//! that is seen from outside.

use std::time::Duration;

use crate::AwakeTime;
use crate::health::Turn;

/// After which time without a sign of work a service hangs. By default it may take
/// for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct HangPolicy {
    /// It prints nothing for so long.
    pub silent: Option<Duration>,
    /// It worked all the time, and does nothing at all for so long.
    pub stuck: Option<Duration>,
    /// It uses all of a processor for so long, and reads, writes and prints nothing.
    pub spin: Option<Duration>,
}

impl HangPolicy {
    /// What is looked for, and how long each may take.
    pub fn iter(&self) -> impl Iterator<Item = (Hang, Duration)> {
        let all = [
            (Hang::Silent, self.silent),
            (Hang::Stuck, self.stuck),
            (Hang::Spin, self.spin),
        ];
        all.into_iter()
            .filter_map(|(hang, time)| Some((hang, time?)))
    }
}

/// The ways in which a service can be seen to hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hang {
    /// It prints nothing.
    Silent,
    /// It does nothing at all.
    Stuck,
    /// It turns in circles.
    Spin,
}

impl Hang {
    /// The word for it, as files and `--json` have it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Stuck => "stuck",
            Self::Spin => "spin",
        }
    }
}

/// How much a process tree has done up to some moment. `None`: the system does not
/// tell, or nobody sees it. The counts of processes that have ended may be missing,
/// so one may also become smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sample {
    /// Processor time.
    pub cpu: Option<Duration>,
    /// How often its threads were given a processor.
    pub wakeups: Option<u64>,
    /// How often one of them gave it away because there was nothing to do.
    pub rests: Option<u64>,
    /// Bytes that it has read and written.
    pub moved: Option<u64>,
    /// Bytes that it has printed.
    pub printed: Option<u64>,
    /// Another one whenever a process or a thread of it has begun or ended.
    pub members: u64,
}

/// How much a process tree has done in some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Work {
    /// The time.
    pub time: Duration,
    /// Processor time.
    pub cpu: Option<Duration>,
    /// How often its threads were given a processor.
    pub wakeups: Option<u64>,
    /// Bytes that it has read and written.
    pub moved: Option<u64>,
    /// Bytes that it has printed.
    pub printed: Option<u64>,
}

impl Work {
    /// What was done between two samples that are `time` apart.
    pub fn between(from: &Sample, to: &Sample, time: Duration) -> Self {
        let count = |from: Option<u64>, to: Option<u64>| Some(to?.saturating_sub(from?));
        Self {
            time,
            cpu: from
                .cpu
                .zip(to.cpu)
                .map(|(from, to)| to.saturating_sub(from)),
            wakeups: count(from.wakeups, to.wakeups),
            moved: count(from.moved, to.moved),
            printed: count(from.printed, to.printed),
        }
    }
}

/// The watch on an instance for hangs. Time is walked in steps: see the engine's
/// `hang` module.
#[derive(Clone, Debug, PartialEq)]
pub struct HangWatch {
    /// The number of the last sample, from 1.
    pub number: u32,
    /// Whether one is being taken.
    pub turn: Turn,
    /// The first one, and when that was.
    pub first: Option<(AwakeTime, Sample)>,
    /// What is looked for.
    pub courses: Vec<Course>,
}

/// What has been seen of one way of hanging.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// Which.
    pub hang: Hang,
    /// How long it may take.
    pub time: Duration,
    /// The sample with which the step that runs began, and when that was.
    pub from: Option<(AwakeTime, Sample)>,
    /// The sample with which the first step without a sign of work began, and when.
    pub quiet_from: Option<(AwakeTime, Sample)>,
    /// How many steps in a row were without.
    pub quiet: u8,
    /// How many of them did not count.
    pub doubted: u8,
    /// Whether the step that runs counts: there was no gap in it.
    pub counts: bool,
    /// The last steps, the newest in the lowest bit: set if there was work.
    pub history: u32,
}
