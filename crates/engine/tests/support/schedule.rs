//! Schedules without a calendar: runs come at each multiple of some seconds.

use outlast_model::schedule::{CatchUp, Cron, DayRule, Pace, Runs, Schedule, Values};
use outlast_model::{RealTime, Service};

/// One that is due every so many seconds.
pub(crate) fn every(seconds: u32, pace: Pace, catch_up: CatchUp) -> Schedule {
    let cron = Cron {
        // The engine does not look into it.
        text: seconds.to_string(),
        minutes: Values::default(),
        hours: Values::default(),
        days: Values::default(),
        months: Values::default(),
        weekdays: Values::default(),
        day_rule: DayRule::Both,
        pace,
    };
    Schedule {
        cron,
        zone: None,
        catch_up,
    }
}

/// What the supervisor would find.
pub(crate) fn runs(service: &Service, since: RealTime, until: RealTime) -> Runs {
    let schedule = service.schedule.as_ref().expect("it has one");
    let seconds: i64 = schedule.cron.text.parse().expect("it was made here");
    let period = seconds * 1_000_000_000;
    let nth = |at: RealTime| at.unix_nanos().div_euclid(period);
    let at = |nth: i64| RealTime::from_unix_nanos(nth * period);
    let passed = nth(until) - nth(since);
    Runs {
        passed: u32::try_from(passed).unwrap_or(u32::MAX).min(Runs::MOST),
        last: (passed > 0).then(|| at(nth(until))),
        next: Some(at(nth(until) + 1)),
    }
}
