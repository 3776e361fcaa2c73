//! When the clock on a wall shows the times of a schedule. Pure: the zone's rules and
//! the moments are given.
//!
//! A clock on a wall leaves out times and shows others twice. A schedule whose hours are
//! named ([`Pace::Fixed`]) has one run for each of its times: what is left out comes at
//! the end of the gap, of what comes twice the first counts. One that runs in every hour
//! ([`Pace::Steady`]) runs whenever the clock shows one of its times.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Span, Timestamp};
use outlast_model::RealTime;
use outlast_model::schedule::{Cron, DayRule, Pace, Runs};

/// How many years are looked through: the 29th of February falls on a given day of the
/// week every 28 years, and 40 around 2100.
const YEARS: i16 = 41;

/// The runs after `since` up to `until`, and the one that comes then.
pub(crate) fn runs(cron: &Cron, zone: &TimeZone, since: RealTime, until: RealTime) -> Runs {
    let (since, until) = (timestamp(since), timestamp(until).max(timestamp(since)));
    let mut passed = 0;
    let mut next = next_after(cron, zone, since);
    while let Some(at) = next.filter(|at| *at <= until && passed < Runs::MOST) {
        passed += 1;
        next = next_after(cron, zone, at);
    }
    if next.is_some_and(|at| at <= until) {
        next = next_after(cron, zone, until);
    }
    Runs {
        passed,
        last: (passed > 0).then(|| real(last_of(cron, zone, since, until))),
        next: next.map(real),
    }
}

/// The last run after `since` up to `until`, of which there is one.
fn last_of(cron: &Cron, zone: &TimeZone, since: Timestamp, until: Timestamp) -> Timestamp {
    let next = |at| next_after(cron, zone, at).filter(|next| *next <= until);
    let (mut before, mut at_or_after) = (since.as_second(), until.as_second());
    let mut last = next(since).unwrap_or(until);
    while at_or_after - before > 1 {
        let middle = before + (at_or_after - before) / 2;
        match Timestamp::from_second(middle).ok().and_then(next) {
            Some(found) => {
                last = found;
                before = found.as_second().max(middle);
            }
            None => at_or_after = middle,
        }
    }
    last
}

/// The first run after `at`; `None`: there is none that anybody would live to see.
pub(crate) fn next_after(cron: &Cron, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    match cron.pace {
        Pace::Fixed => next_fixed(cron, zone, at),
        Pace::Steady => next_steady(cron, zone, at),
    }
}

fn next_fixed(cron: &Cron, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    let mut shown = following_minute(zone.to_datetime(at))?;
    loop {
        let fitting = next_fitting(cron, shown)?;
        let moment = moment_of(zone, fitting)?;
        if moment > at {
            return Some(moment);
        }
        shown = following_minute(fitting)?;
    }
}

/// When the clock shows `time`, for the first time, or first shows a later one.
fn moment_of(zone: &TimeZone, time: DateTime) -> Option<Timestamp> {
    match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => {
            offset.to_timestamp(time).ok()
        }
        AmbiguousOffset::Gap { before, .. } => {
            // As if the clock had not jumped: not before the jump, and no other is near.
            let after = before.to_timestamp(time).ok()?;
            let mut jumps = zone.preceding(after.checked_add(Span::new().seconds(1)).ok()?);
            jumps.next().map(|jump| jump.timestamp())
        }
    }
}

/// Goes from jump to jump of the clock; between them it is regular.
fn next_steady(cron: &Cron, zone: &TimeZone, at: Timestamp) -> Option<Timestamp> {
    let mut jumps = zone.following(at);
    let mut offset = zone.to_offset(at);
    let mut shown = following_minute(offset.to_datetime(at))?;
    loop {
        let jump = jumps.next();
        let fitting = next_fitting(cron, shown).and_then(|time| offset.to_timestamp(time).ok());
        let Some(jump) = jump else { return fitting };
        if fitting.is_some_and(|moment| moment < jump.timestamp()) {
            return fitting;
        }
        if is_too_far(at, jump.timestamp()) {
            return None;
        }
        offset = jump.offset();
        shown = whole_minute(offset, jump.timestamp())?;
    }
}

fn is_too_far(from: Timestamp, to: Timestamp) -> bool {
    let year = |at: Timestamp| Offset::UTC.to_datetime(at).year();
    year(to) > year(from).saturating_add(YEARS)
}

/// What the clock shows, or the next whole minute that it does.
fn whole_minute(offset: Offset, at: Timestamp) -> Option<DateTime> {
    let shown = offset.to_datetime(at);
    if shown.second() == 0 && shown.subsec_nanosecond() == 0 {
        Some(shown)
    } else {
        following_minute(shown)
    }
}

fn following_minute(time: DateTime) -> Option<DateTime> {
    let whole = time
        .with()
        .second(0)
        .subsec_nanosecond(0)
        .build()
        .expect("every minute has a beginning");
    whole.checked_add(Span::new().minutes(1)).ok()
}

/// The first time that fits and is not before `from`, which is a whole minute.
fn next_fitting(cron: &Cron, from: DateTime) -> Option<DateTime> {
    if let Some(time) = next_on(cron, from.date(), from.time()) {
        return Some(time);
    }
    let mut date = from.date().tomorrow().ok()?;
    let last_year = from.year().saturating_add(YEARS);
    while date.year() <= last_year {
        if !contains(cron.months, date.month()) {
            date = date.last_of_month().tomorrow().ok()?;
        } else if let Some(time) = next_on(cron, date, Time::midnight()) {
            return Some(time);
        } else {
            date = date.tomorrow().ok()?;
        }
    }
    None
}

/// The first time of a day that fits and is not before `from`.
fn next_on(cron: &Cron, date: Date, from: Time) -> Option<DateTime> {
    if !is_day(cron, date) {
        return None;
    }
    let (hour, minute) = (number(from.hour()), number(from.minute()));
    let (hour, minute) = match cron.minutes.from(minute) {
        Some(minute) if cron.hours.contains(hour) => (hour, minute),
        _ => (cron.hours.from(hour + 1)?, cron.minutes.from(0)?),
    };
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
    Some(date.to_datetime(time.ok()?))
}

fn is_day(cron: &Cron, date: Date) -> bool {
    let day = contains(cron.days, date.day());
    let weekday = contains(cron.weekdays, date.weekday().to_sunday_zero_offset());
    contains(cron.months, date.month())
        && match cron.day_rule {
            DayRule::Both => day && weekday,
            DayRule::Either => day || weekday,
        }
}

fn contains(values: outlast_model::schedule::Values, value: i8) -> bool {
    values.contains(number(value))
}

/// What jiff tells of times is never negative.
fn number(value: i8) -> u32 {
    u32::from(value.unsigned_abs())
}

fn timestamp(at: RealTime) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(at.unix_nanos()))
        .expect("jiff knows more years than fit into 64 bits of nanoseconds")
}

/// What is past the year 2262 is then.
fn real(at: Timestamp) -> RealTime {
    RealTime::from_unix_nanos(i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX))
}
