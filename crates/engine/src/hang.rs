//! Whether an instance hangs, by what is seen from outside.
//!
//! Each way of hanging has its time, which is walked in [`STEPS`] steps. At the end
//! of each a sample is taken and compared with the one at its beginning. Whoever
//! has [`STEPS`] steps without a sign of work in a row hangs. A pause of the machine
//! or of the guardian thus costs one step, however long it is, as with a
//! watchdog: a step that ends late by half of it does not count, and so does none
//! with a gap in it. A sign of work always counts.
//!
//! A sample that could not be taken says nothing. `docs/design/health.md` has the
//! reasons.

use std::time::Duration;

use outlast_model::hang::{Course, Hang, HangPolicy, HangWatch, Sample, Work};
use outlast_model::health::Turn;
use outlast_model::{AwakeTime, InstanceId};

use crate::health::ANSWER_SLACK;
use crate::random::Random;

/// The steps in which the time of each is walked.
pub const STEPS: u8 = 8;

/// So many steps in a row may not count.
const DOUBTS: u8 = 4;

/// The time between two samples is never shorter.
pub const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// Who does nothing is stuck only if it used to work: in so many of the
/// [`HABIT_STEPS`] steps before that. A server that waits for somebody has nothing
/// to do and is not stuck; one that had something to do every few seconds, for
/// twice the time, does not stop for no reason.
const HABIT: u32 = 14;

/// See [`HABIT`].
const HABIT_STEPS: u32 = 16;

/// Who spins uses so many hundredths of a processor at the least.
const FULL: u32 = 95;

/// On a machine where others want it too, this will do if no thread of it ever rested:
/// then one wanted a processor all the time, and waited for its turn.
const LITTLE: u32 = 5;

/// A sample of an instance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sampled {
    pub(crate) instance: InstanceId,
    pub(crate) number: u32,
    pub(crate) sample: Option<Sample>,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    /// How it hangs.
    pub(crate) hang: Hang,
    /// What it has done since it does.
    pub(crate) during: Work,
    /// What it did before.
    pub(crate) before: Work,
}

/// Whether it works, by one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Work,
    NoWork,
    Unknown,
}

/// The watch on an instance from now on; `None`: nothing is looked for. When it is
/// looked at first is drawn by lot, so that not all are in step.
pub(crate) fn begin(policy: &HangPolicy, now: AwakeTime, random: &mut Random) -> Option<HangWatch> {
    let courses: Vec<Course> = policy
        .iter()
        .map(|(hang, time)| Course {
            hang,
            time,
            from: None,
            quiet_from: None,
            quiet: 0,
            doubted: 0,
            counts: true,
            history: 0,
        })
        .collect();
    let shortest = courses.iter().map(step_of).min()?;
    Some(HangWatch {
        number: 0,
        turn: Turn::Idle(now.after(shortest.mul_f64(random.share()))),
        first: None,
        courses,
    })
}

fn step_of(course: &Course) -> Duration {
    course.time / u32::from(STEPS)
}

/// A sample is to be taken now if this says so; its number.
pub(crate) fn take_turn(watch: &mut HangWatch, now: AwakeTime) -> Option<u32> {
    match watch.turn {
        Turn::Idle(at) if at <= now => {
            watch.number += 1;
            watch.turn = Turn::Open {
                asked: now,
                by: now.after(ANSWER_SLACK),
                doubtful: false,
            };
            Some(watch.number)
        }
        // The supervisor owes an answer.
        Turn::Open { by, .. } if by <= now => {
            watch.turn = Turn::Idle(next(watch, now));
            None
        }
        Turn::Idle(_) | Turn::Open { .. } => None,
    }
}

/// When the next step of any of them ends.
fn next(watch: &HangWatch, now: AwakeTime) -> AwakeTime {
    let ends = watch.courses.iter().map(|course| {
        let from = course.from.as_ref().map_or(now, |(at, _)| *at);
        from.after(step_of(course))
    });
    let earliest = ends.min().unwrap_or(now);
    earliest.max(now.after(LEAST_PAUSE))
}

/// A sample was taken. Whether the instance hangs.
pub(crate) fn on_sample(
    watch: &mut HangWatch,
    (number, sample): (u32, Option<Sample>),
    now: AwakeTime,
) -> Option<Found> {
    if number != watch.number || !matches!(watch.turn, Turn::Open { .. }) {
        return None;
    }
    let mut found = None;
    if let Some(sample) = sample {
        let first = *watch.first.get_or_insert((now, sample));
        for course in &mut watch.courses {
            let hangs = walk(course, (now, sample));
            found = found.or_else(|| hangs.then(|| describe(course, first, (now, sample)))?);
        }
    }
    watch.turn = Turn::Idle(next(watch, now));
    found
}

/// Ends the step of `course`, if it is over. Whether that was the last.
fn walk(course: &mut Course, (now, sample): (AwakeTime, Sample)) -> bool {
    let step = step_of(course);
    let Some((began, from)) = course.from else {
        course.from = Some((now, sample));
        return false;
    };
    let time = now.since(began);
    if time < step {
        return false;
    }
    course.from = Some((now, sample));
    let counts = std::mem::replace(&mut course.counts, true);
    match sign(course.hang, (&from, &sample), time) {
        Sign::Unknown => return false,
        // A machine that stood still gives nobody all of a processor.
        Sign::Work if course.hang == Hang::Spin && !counts => return false,
        Sign::Work => {
            course.quiet = 0;
            course.doubted = 0;
            course.quiet_from = None;
            course.history = course.history << 1 | 1;
            return false;
        }
        Sign::NoWork => {}
    }
    if !counts {
        return false;
    }
    if time >= step + step / 2 && course.doubted < DOUBTS {
        course.doubted += 1;
        return false;
    }
    course.quiet_from.get_or_insert((began, from));
    course.quiet = course.quiet.saturating_add(1);
    course.history <<= 1;
    match course.hang {
        Hang::Silent => course.quiet >= STEPS,
        Hang::Stuck => course.quiet >= STEPS && used_to_work(course),
        // It may have begun to in the middle of the first.
        Hang::Spin => course.quiet > STEPS,
    }
}

fn sign(hang: Hang, (from, to): (&Sample, &Sample), time: Duration) -> Sign {
    let is_same = |from: Option<u64>, to: Option<u64>| Some(from? == to?);
    let printed = is_same(from.printed, to.printed);
    let moved = is_same(from.moved, to.moved);
    let is_quiet = match hang {
        Hang::Silent => printed,
        // What is not known here is left out; with nothing known, nobody is judged.
        Hang::Stuck => {
            let cpu = from.cpu.zip(to.cpu).map(|(from, to)| from == to);
            let wakeups = is_same(from.wakeups, to.wakeups);
            let is_nothing = from.members == to.members
                && [wakeups, moved, printed]
                    .iter()
                    .all(|same| same.unwrap_or(true));
            cpu.map(|is_same| is_same && is_nothing)
        }
        Hang::Spin => {
            let used = Work::between(from, to, time).cpu;
            let never_rests =
                from.members == to.members && is_same(from.rests, to.rests).unwrap_or(false);
            let least = if never_rests { LITTLE } else { FULL };
            let is_full = used.map(|used| used * 100 >= time * least);
            is_full
                .zip(moved)
                .map(|(is_full, is_still)| is_full && is_still && printed.unwrap_or(true))
        }
    };
    match is_quiet {
        None => Sign::Unknown,
        Some(true) => Sign::NoWork,
        Some(false) => Sign::Work,
    }
}

/// Whether it worked nearly all the time, until it stopped.
fn used_to_work(course: &Course) -> bool {
    let before = course.history >> course.quiet.min(STEPS);
    let lately = before & ((1 << HABIT_STEPS) - 1);
    course.quiet == STEPS && lately.count_ones() >= HABIT
}

fn describe(
    course: &Course,
    (first_at, first): (AwakeTime, Sample),
    (now, sample): (AwakeTime, Sample),
) -> Option<Found> {
    let (since, from) = course.quiet_from?;
    Some(Found {
        hang: course.hang,
        during: Work::between(&from, &sample, now.since(since)),
        before: Work::between(&first, &from, since.since(first_at)),
    })
}

/// The guardian was frozen: perhaps the instance was, too.
pub(crate) fn on_frozen(watch: &mut HangWatch, time: Duration) {
    for course in &mut watch.courses {
        course.counts = false;
    }
    if let Turn::Open { by, .. } = &mut watch.turn {
        *by = by.after(time);
    }
}

/// The machine has slept: what was seen before says nothing about now.
pub(crate) fn on_resumed(watch: &mut HangWatch) {
    for course in &mut watch.courses {
        course.counts = false;
        course.history >>= u32::from(course.quiet).min(u32::BITS - 1);
        course.quiet = 0;
        course.doubted = 0;
        course.quiet_from = None;
    }
}

/// It ends by itself, and need not work until then.
pub(crate) fn leave_alone(watch: &mut HangWatch, until: AwakeTime) {
    on_resumed(watch);
    watch.turn = Turn::Idle(until);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A watch for one thing, of which each step takes a second.
    struct Player {
        watch: HangWatch,
        now: AwakeTime,
        sample: Sample,
    }

    fn second() -> Duration {
        Duration::from_secs(1)
    }

    impl Player {
        fn new(policy: &HangPolicy) -> Self {
            let mut random = Random::new(1);
            let now = AwakeTime::ORIGIN;
            let sample = Sample {
                cpu: Some(Duration::ZERO),
                wakeups: Some(0),
                rests: Some(0),
                moved: Some(0),
                printed: Some(0),
                members: 1,
            };
            let watch = begin(policy, now, &mut random).expect("something is looked for");
            let mut player = Self { watch, now, sample };
            assert_eq!(player.step(second(), |_| ()), None);
            player
        }

        fn stuck() -> Self {
            Self::new(&HangPolicy {
                stuck: Some(second() * 8),
                ..HangPolicy::default()
            })
        }

        fn spin() -> Self {
            Self::new(&HangPolicy {
                spin: Some(second() * 8),
                ..HangPolicy::default()
            })
        }

        fn step(&mut self, time: Duration, work: impl FnOnce(&mut Sample)) -> Option<Found> {
            self.now = self.now.after(time);
            let number = take_turn(&mut self.watch, self.now).expect("it is time");
            work(&mut self.sample);
            on_sample(&mut self.watch, (number, Some(self.sample)), self.now)
        }

        /// So many steps; the number of the one in which something was found.
        fn steps(&mut self, count: usize, mut work: impl FnMut(&mut Sample)) -> Option<usize> {
            (1..=count).find(|_| self.step(second(), &mut work).is_some())
        }
    }

    fn wake(sample: &mut Sample) {
        sample.wakeups = sample.wakeups.map(|count| count + 1);
        sample.rests = sample.rests.map(|count| count + 1);
    }

    fn burn(sample: &mut Sample) {
        sample.cpu = sample.cpu.map(|cpu| cpu + second());
    }

    #[test]
    fn who_worked_all_the_time_and_stops_is_stuck() {
        let mut player = Player::stuck();
        assert_eq!(player.steps(20, wake), None);
        assert_eq!(player.steps(20, |_| ()), Some(8));
    }

    #[test]
    fn who_has_seldom_something_to_do_is_never_stuck() {
        let mut player = Player::stuck();
        assert_eq!(player.steps(200, |_| ()), None, "it never worked");
        for round in 0..50 {
            assert_eq!(player.steps(1, wake), None);
            assert_eq!(player.steps(3 + round, |_| ()), None, "once in a while");
        }
    }

    #[test]
    fn the_young_are_not_judged() {
        let mut player = Player::stuck();
        assert_eq!(player.steps(13, wake), None);
        assert_eq!(player.steps(100, |_| ()), None);
    }

    #[test]
    fn work_before_the_end_begins_anew() {
        let mut player = Player::stuck();
        player.steps(20, wake);
        assert_eq!(player.steps(7, |_| ()), None);
        assert_eq!(player.steps(1, |sample| sample.members += 1), None);
        assert_eq!(player.steps(20, |_| ()), None, "it is no habit any more");
    }

    #[test]
    fn a_pause_costs_one_step_and_one_that_is_always_late_is_found() {
        let mut player = Player::stuck();
        player.steps(20, wake);
        assert_eq!(player.step(second() * 3600, |_| ()), None);
        assert_eq!(player.steps(20, |_| ()), Some(8));
        let mut player = Player::stuck();
        player.steps(20, wake);
        let late = (1..30).find(|_| player.step(second() * 2, |_| ()).is_some());
        assert_eq!(late, Some(12), "four do not count");
    }

    #[test]
    fn no_step_with_a_gap_counts() {
        let mut player = Player::stuck();
        player.steps(20, wake);
        assert_eq!(player.steps(7, |_| ()), None);
        on_frozen(&mut player.watch, second());
        assert_eq!(player.steps(1, |_| ()), None);
        assert_eq!(player.steps(1, |_| ()), Some(1));
        let mut player = Player::stuck();
        player.steps(20, wake);
        assert_eq!(player.steps(7, |_| ()), None);
        on_resumed(&mut player.watch);
        assert_eq!(player.steps(20, |_| ()), Some(9), "after a sleep anew");
    }

    #[test]
    fn what_nobody_could_see_is_no_failure() {
        let mut player = Player::stuck();
        player.steps(20, wake);
        for _ in 0..50 {
            player.now = player.now.after(second());
            let number = take_turn(&mut player.watch, player.now).expect("it is time");
            assert_eq!(
                on_sample(&mut player.watch, (number, None), player.now),
                None
            );
        }
        player.sample.cpu = None;
        assert_eq!(player.steps(50, |_| ()), None);
    }

    #[test]
    fn who_burns_a_processor_and_moves_nothing_spins() {
        let mut player = Player::spin();
        assert_eq!(player.steps(20, burn), Some(9), "the first may be a part");
        let mut player = Player::spin();
        let works = |sample: &mut Sample| {
            burn(sample);
            sample.moved = sample.moved.map(|moved| moved + 1);
        };
        assert_eq!(player.steps(50, works), None, "it moves something");
        let rests = |sample: &mut Sample| {
            sample.cpu = sample.cpu.map(|cpu| cpu + second() * 9 / 10);
            wake(sample);
        };
        assert_eq!(player.steps(50, rests), None, "it has some rest");
        let mut player = Player::spin();
        let waits = |sample: &mut Sample| {
            sample.cpu = sample.cpu.map(|cpu| cpu + second() / 10);
        };
        assert_eq!(
            player.steps(20, waits),
            Some(9),
            "others want a processor, too"
        );
        assert_eq!(Player::spin().steps(50, |_| ()), None, "it does nothing");
    }

    #[test]
    fn what_was_seen_is_told() {
        let mut player = Player::new(&HangPolicy {
            silent: Some(second() * 8),
            ..HangPolicy::default()
        });
        player.steps(10, |sample| {
            sample.printed = Some(sample.printed.unwrap_or(0) + 5);
        });
        let mut found = None;
        while found.is_none() {
            found = player.step(second(), wake);
        }
        let found = found.expect("it is silent");
        assert_eq!(
            (found.during.printed, found.during.wakeups),
            (Some(0), Some(8))
        );
        assert_eq!(found.during.time, second() * 8);
        assert_eq!(
            (found.before.printed, found.before.time),
            (Some(50), second() * 10)
        );
    }
}
