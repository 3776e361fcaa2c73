//! Moments: as people write them, and as they read them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};
use outlast_model::RealTime;

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// The moment that `text` means: a duration ago (`10m`, `1h30m`), a date
/// (midnight here), or an RFC 3339 time.
pub(crate) fn parse(text: &str, now: RealTime) -> Result<RealTime, Failure> {
    let text = text.trim();
    let moment = ago(text, timestamp(now))
        .or_else(|| text.parse::<Timestamp>().ok())
        .or_else(|| local(text));
    moment.map(real).ok_or_else(|| {
        // Usage errors have clap's code.
        Failure::new(ExitCode::Program(2), format!("{text:?} is no moment"))
            .hint("write how long ago (10m, 2h, 1d), a date (2026-11-23) or a time (2026-11-23T09:24:00Z)")
    })
}

fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let duration = text.strip_suffix("ago").unwrap_or(text).trim();
    if let Some(days) = duration
        .strip_suffix('d')
        .and_then(|days| days.parse::<i64>().ok())
    {
        return now
            .checked_sub(SignedDuration::from_hours(days.checked_mul(24)?))
            .ok();
    }
    let duration: SignedDuration = duration.parse().ok()?;
    now.checked_sub(duration.abs()).ok()
}

fn local(text: &str) -> Option<Timestamp> {
    if let Ok(date) = text.parse::<Date>() {
        return Some(date.to_zoned(TimeZone::system()).ok()?.timestamp());
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(TimeZone::system()).ok()?.timestamp())
}

/// The time of day here, with milliseconds; with the date when it is not
/// today's.
pub(crate) fn clock_time(moment: RealTime, now: RealTime) -> String {
    let (moment, now) = (zoned(moment), zoned(now));
    let format = if moment.date() == now.date() {
        "%H:%M:%S%.3f"
    } else {
        "%Y-%m-%d %H:%M:%S%.3f"
    };
    moment.strftime(format).to_string()
}

/// The hour and minute here, of a moment that is to come; with the date when that is not
/// today's.
pub(crate) fn minute(moment: RealTime, now: RealTime) -> String {
    let (moment, now) = (zoned(moment), zoned(now));
    let format = if moment.date() == now.date() {
        "%H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    moment.strftime(format).to_string()
}

/// RFC 3339 in UTC.
pub(crate) fn rfc3339(moment: RealTime) -> String {
    timestamp(moment).to_string()
}

fn zoned(moment: RealTime) -> Zoned {
    timestamp(moment).to_zoned(TimeZone::system())
}

fn timestamp(moment: RealTime) -> Timestamp {
    Timestamp::from_nanosecond(moment.unix_nanos().into())
        .expect("64 bits of nanoseconds are within the range of a timestamp")
}

fn real(moment: Timestamp) -> RealTime {
    RealTime::from_unix_nanos(i64::try_from(moment.as_nanosecond()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Option<i64> {
        let now = RealTime::from_unix_nanos(1_000_000_000_000_000);
        parse(text, now)
            .ok()
            .map(|moment| moment.unix_nanos() / 1_000_000_000)
    }

    #[test]
    fn moments_can_be_told_in_several_ways() {
        assert_eq!(seconds("10m"), Some(1_000_000 - 600));
        assert_eq!(seconds("1h30m"), Some(1_000_000 - 5400));
        assert_eq!(seconds("2d"), Some(1_000_000 - 172_800));
        assert_eq!(seconds("5s ago"), Some(1_000_000 - 5));
        assert_eq!(seconds("1970-01-01T00:01:00Z"), Some(60));
        assert!(seconds("1970-01-05").is_some());
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in ["", "soon", "10", "99999999999999d", "-"] {
            assert_eq!(seconds(text), None, "{text:?}");
        }
    }
}
