//! Times of schedules, over the zones in which they are hard.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use outlast_config::cron;
use outlast_model::RealTime;
use outlast_model::schedule::{Cron, Pace, Runs};

use super::times::{next_after, runs};

/// As the zone's rules have been for years, so that no machine needs the tables.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";
const LORD_HOWE: &str = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
const KATHMANDU: &str = "<+0545>-5:45";
const UTC: &str = "UTC0";
/// There the day begins at one when summer time does.
const BEIRUT: &str = "EET-2EEST,M3.5.0/0,M10.5.0/0";

fn zone(rules: &str) -> TimeZone {
    TimeZone::posix(rules).expect("the rules are valid")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("the moment is valid")
}

fn real(at: Timestamp) -> RealTime {
    RealTime::from_unix_nanos(i64::try_from(at.as_nanosecond()).expect("it is near"))
}

/// The first runs after `since`, as UTC without the seconds.
fn first(rules: &str, text: &str, since: &str, count: usize) -> Vec<String> {
    let (zone, cron) = (zone(rules), cron(text).expect("the times are valid"));
    let next = |since: &Timestamp| next_after(&cron, &zone, *since);
    std::iter::successors(next(&at(since)), next)
        .take(count)
        .map(|at| at.to_string().replace(":00Z", ""))
        .collect()
}

#[test]
fn times_without_jumps_are_as_the_clock_shows_them() {
    for (rules, text, since, expected) in [
        (
            UTC,
            "30 2 * * *",
            "2026-01-01T02:29:59Z",
            vec!["2026-01-01T02:30", "2026-01-02T02:30"],
        ),
        (
            UTC,
            "30 2 * * *",
            "2026-01-01T02:30:00Z",
            vec!["2026-01-02T02:30"],
        ),
        (
            UTC,
            "*/20 22-23 31 12 *",
            "2026-12-31T23:10:00Z",
            vec!["2026-12-31T23:20", "2026-12-31T23:40", "2027-12-31T22:00"],
        ),
        (
            UTC,
            "0 0 29 2 *",
            "2026-01-01T00:00:00Z",
            vec!["2028-02-29T00:00", "2032-02-29T00:00"],
        ),
        (
            UTC,
            "0 0 29 2 */7",
            "2026-01-01T00:00:00Z",
            vec!["2032-02-29T00:00", "2060-02-29T00:00"],
        ),
        (
            UTC,
            "0 0 31 * *",
            "2026-01-31T00:00:00Z",
            vec!["2026-03-31T00:00", "2026-05-31T00:00"],
        ),
        // Fridays, and the 13th.
        (
            UTC,
            "0 6 13 * fri",
            "2026-05-01T07:00:00Z",
            vec!["2026-05-08T06:00", "2026-05-13T06:00", "2026-05-15T06:00"],
        ),
        // Mondays with an odd number.
        (
            UTC,
            "0 6 */2 * 1",
            "2026-06-01T06:00:00Z",
            vec!["2026-06-15T06:00", "2026-06-29T06:00"],
        ),
        (
            KATHMANDU,
            "0 9 * * *",
            "2026-06-01T00:00:00Z",
            vec!["2026-06-01T03:15", "2026-06-02T03:15"],
        ),
        (
            KATHMANDU,
            "0 * * * *",
            "2026-06-01T00:00:00Z",
            vec!["2026-06-01T00:15", "2026-06-01T01:15"],
        ),
        (
            NEW_YORK,
            "0 9 * * mon-fri",
            "2026-07-03T13:00:00Z",
            vec!["2026-07-06T13:00", "2026-07-07T13:00"],
        ),
        (
            BERLIN,
            "@daily",
            "2026-07-01T00:00:00Z",
            vec!["2026-07-01T22:00"],
        ),
    ] {
        assert_eq!(
            first(rules, text, since, expected.len()),
            expected,
            "{text} in {rules}"
        );
    }
}

#[test]
fn what_the_clock_leaves_out_comes_once_at_the_end_of_the_gap() {
    for (rules, text, since, expected) in [
        // From 2:00 to 3:00 on the 29th of March, that is at 1:00 UTC.
        (
            BERLIN,
            "30 2 * * *",
            "2026-03-28T12:00:00Z",
            vec!["2026-03-29T01:00", "2026-03-30T00:30"],
        ),
        (
            BERLIN,
            "*/15 2 * * *",
            "2026-03-28T12:00:00Z",
            vec!["2026-03-29T01:00", "2026-03-30T00:00"],
        ),
        (
            BERLIN,
            "0 2,3 * * *",
            "2026-03-28T12:00:00Z",
            vec!["2026-03-29T01:00", "2026-03-30T00:00"],
        ),
        (
            BERLIN,
            "30 2,3 * * *",
            "2026-03-28T12:00:00Z",
            vec!["2026-03-29T01:00", "2026-03-29T01:30"],
        ),
        (
            NEW_YORK,
            "15 2 * * *",
            "2026-03-07T12:00:00Z",
            vec!["2026-03-08T07:00", "2026-03-09T06:15"],
        ),
        // Half an hour, from 2:00 to 2:30 on the 4th of October.
        (
            LORD_HOWE,
            "15 2 * * *",
            "2026-10-03T12:00:00Z",
            vec!["2026-10-03T15:30", "2026-10-04T15:15"],
        ),
        (
            LORD_HOWE,
            "45 2 * * *",
            "2026-10-03T12:00:00Z",
            vec!["2026-10-03T15:45", "2026-10-04T15:45"],
        ),
        (
            BEIRUT,
            "@daily",
            "2026-03-28T12:00:00Z",
            vec!["2026-03-28T22:00", "2026-03-29T21:00"],
        ),
    ] {
        assert_eq!(
            first(rules, text, since, expected.len()),
            expected,
            "{text} in {rules}"
        );
    }
}

#[test]
fn what_the_clock_shows_twice_counts_once() {
    for (rules, text, since, expected) in [
        // From 3:00 back to 2:00 on the 25th of October, at 1:00 UTC.
        (
            BERLIN,
            "30 2 * * *",
            "2026-10-24T12:00:00Z",
            vec!["2026-10-25T00:30", "2026-10-26T01:30"],
        ),
        (
            BERLIN,
            "*/30 2 * * *",
            "2026-10-24T12:00:00Z",
            vec!["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00"],
        ),
        (
            BERLIN,
            "30 2 * * *",
            "2026-10-25T01:10:00Z",
            vec!["2026-10-26T01:30"],
        ),
        (
            BERLIN,
            "0 3 * * *",
            "2026-10-24T12:00:00Z",
            vec!["2026-10-25T02:00", "2026-10-26T02:00"],
        ),
        (
            NEW_YORK,
            "30 1 * * *",
            "2026-10-31T12:00:00Z",
            vec!["2026-11-01T05:30", "2026-11-02T06:30"],
        ),
        // Half an hour, from 2:00 back to 1:30 on the 5th of April.
        (
            LORD_HOWE,
            "45 1 * * *",
            "2026-04-04T12:00:00Z",
            vec!["2026-04-04T14:45", "2026-04-05T15:15"],
        ),
    ] {
        assert_eq!(
            first(rules, text, since, expected.len()),
            expected,
            "{text} in {rules}"
        );
    }
}

#[test]
fn what_runs_in_every_hour_runs_in_every_hour_there_is() {
    for (rules, text, since, expected) in [
        (
            BERLIN,
            "30 * * * *",
            "2026-03-29T00:00:00Z",
            vec!["2026-03-29T00:30", "2026-03-29T01:30"],
        ),
        (
            BERLIN,
            "30 * * * *",
            "2026-10-25T00:00:00Z",
            vec!["2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"],
        ),
        (
            NEW_YORK,
            "0 * * * *",
            "2026-03-08T06:30:00Z",
            vec!["2026-03-08T07:00", "2026-03-08T08:00"],
        ),
        (
            NEW_YORK,
            "0 * * * *",
            "2026-11-01T04:30:00Z",
            vec!["2026-11-01T05:00", "2026-11-01T06:00", "2026-11-01T07:00"],
        ),
        // 1:30 comes twice, and 2:00 after the second.
        (
            LORD_HOWE,
            "*/30 * * * *",
            "2026-04-04T14:00:00Z",
            vec!["2026-04-04T14:30", "2026-04-04T15:00", "2026-04-04T15:30"],
        ),
        // 1:45, 2:30 after 1:59, 2:45.
        (
            LORD_HOWE,
            "*/15 * * * *",
            "2026-10-03T15:00:00Z",
            vec!["2026-10-03T15:15", "2026-10-03T15:30", "2026-10-03T15:45"],
        ),
    ] {
        assert_eq!(
            first(rules, text, since, expected.len()),
            expected,
            "{text} in {rules}"
        );
    }
}

#[test]
fn what_has_passed_is_counted_and_the_last_of_it_is_known() {
    let of = |text, since, until| {
        let cron = cron(text).expect("the times are valid");
        let found = runs(&cron, &zone(UTC), real(at(since)), real(at(until)));
        (found.passed, found.last, found.next)
    };
    let some = |text| Some(real(at(text)));
    assert_eq!(
        of("0 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T03:10:00Z"),
        (
            3,
            some("2026-01-01T03:00:00Z"),
            some("2026-01-01T04:00:00Z")
        )
    );
    assert_eq!(
        of("0 * * * *", "2026-01-01T00:30:00Z", "2026-01-01T01:00:00Z"),
        (
            1,
            some("2026-01-01T01:00:00Z"),
            some("2026-01-01T02:00:00Z")
        )
    );
    assert_eq!(
        of("0 * * * *", "2026-01-01T00:30:00Z", "2026-01-01T00:30:00Z"),
        (0, None, some("2026-01-01T01:00:00Z"))
    );
    // A clock that begins in 1970 and is set.
    assert_eq!(
        of("* * * * *", "1970-01-01T00:00:00Z", "2026-01-01T00:00:30Z"),
        (
            Runs::MOST,
            some("2026-01-01T00:00:00Z"),
            some("2026-01-01T00:01:00Z")
        )
    );
    // One that is set back is looked at from where it was.
    assert_eq!(
        of("0 2 * * *", "2026-01-01T02:00:00Z", "2026-01-01T01:00:00Z"),
        (0, None, some("2026-01-02T02:00:00Z"))
    );
}

/// A clock is watched from minute to minute.
fn walked(cron: &Cron, zone: &TimeZone, since: Timestamp, minutes: usize) -> Vec<Timestamp> {
    let fits = |time: jiff::civil::DateTime| {
        let number = |value: i8| u32::from(value.unsigned_abs());
        let weekday = number(time.weekday().to_sunday_zero_offset());
        let days = [
            cron.days.contains(number(time.day())),
            cron.weekdays.contains(weekday),
        ];
        cron.minutes.contains(number(time.minute()))
            && cron.hours.contains(number(time.hour()))
            && cron.months.contains(number(time.month()))
            && match cron.day_rule {
                outlast_model::schedule::DayRule::Both => days == [true, true],
                outlast_model::schedule::DayRule::Either => days != [false, false],
            }
    };
    let minute = Span::new().minutes(1);
    let mut found = Vec::new();
    // The latest time that it has shown; a named hour counts once.
    let mut latest = zone.to_datetime(since);
    let mut moment = since;
    for _ in 0..minutes {
        moment = moment.checked_add(minute).expect("it is near");
        let shown = zone.to_datetime(moment);
        let is_due = match cron.pace {
            Pace::Steady => fits(shown),
            Pace::Fixed => {
                let mut due = false;
                while latest < shown {
                    latest = latest.checked_add(minute).expect("it is near");
                    due |= fits(latest);
                }
                due
            }
        };
        if is_due {
            found.push(moment);
        }
    }
    found
}

#[test]
fn the_runs_are_those_that_a_walk_from_minute_to_minute_finds() {
    let schedules = [
        "* * * * *",
        "*/7 * * * *",
        "30 2 * * *",
        "*/15 1-3 * * *",
        "0 */2 * * *",
        "5 2,3 * * sun",
        "45 1 * * *",
        "15 2 4 * sun",
        "59 23 * * *",
        "0 0 * * *",
        "10 */3 * * 0,1",
        "0 1-2 */2 * 6,0",
    ];
    let days = [
        "2026-03-07T23:00:00Z",
        "2026-03-28T12:00:00Z",
        "2026-04-04T06:00:00Z",
        "2026-10-03T06:00:00Z",
        "2026-10-24T12:00:00Z",
        "2026-10-31T23:00:00Z",
    ];
    for rules in [BERLIN, NEW_YORK, LORD_HOWE, KATHMANDU, BEIRUT, UTC] {
        let zone = zone(rules);
        for (text, since) in schedules
            .iter()
            .flat_map(|text| days.map(|day| (*text, day)))
        {
            let cron = cron(text).expect("the times are valid");
            let expected = walked(&cron, &zone, at(since), 26 * 60);
            let next = |since: &Timestamp| next_after(&cron, &zone, *since);
            let end = at(since)
                .checked_add(Span::new().hours(26))
                .expect("it is near");
            let found: Vec<Timestamp> = std::iter::successors(next(&at(since)), next)
                .take_while(|found| *found <= end)
                .collect();
            assert_eq!(found, expected, "{text} in {rules} after {since}");
        }
    }
}
