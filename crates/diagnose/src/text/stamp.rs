//! Times as logs write them.

use outlast_model::RealTime;

/// A time that was read, and how many bytes it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// When that was; `None`: its year or its zone is not told.
    pub(super) at: Option<RealTime>,
    /// How long it is.
    pub(super) len: usize,
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The time at the beginning of `text`.
pub(super) fn stamp(text: &str) -> Option<Stamp> {
    date_and_time(text)
        .or_else(|| month_first(text))
        .or_else(|| weekday_first(text))
        .or_else(|| day_first(text))
        .or_else(|| epoch(text))
        .or_else(|| only_time(text))
}

/// `Nov 27 02:12:35`, as syslog has it.
pub(super) fn month_first(text: &str) -> Option<Stamp> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.month()?;
    cursor.blank()?;
    cursor.blank();
    cursor.number(1, 2).filter(|day| (1..=31).contains(day))?;
    cursor.blank()?;
    cursor.clock()?;
    cursor.fraction();
    Some(Stamp {
        at: None,
        len: cursor.at,
    })
}

/// The moment of a whole text that is nothing but a time.
pub(super) fn moment(text: &str) -> Option<RealTime> {
    let stamp = stamp(text)?;
    stamp.at.filter(|_| stamp.len == text.len())
}

/// `2026-11-27T02:12:35.5Z`, with a blank for the `T`, with `/`, with any zone.
fn date_and_time(text: &str) -> Option<Stamp> {
    let mut cursor = Cursor { text, at: 0 };
    let year = cursor.number(4, 4)?;
    let divider = cursor.one_of(b"-/")?;
    let month = cursor
        .number(2, 2)
        .filter(|month| (1..=12).contains(month))?;
    cursor.one_of(&[divider])?;
    let day = cursor.number(2, 2).filter(|day| (1..=31).contains(day))?;
    cursor.one_of(b"T t_")?;
    let seconds = cursor.clock()?;
    let fraction = cursor.fraction();
    let zone = cursor.zone();
    let at = zone.and_then(|zone| nanoseconds(days(year, month, day), seconds - zone, fraction));
    Some(Stamp { at, len: cursor.at })
}

/// `Fri Nov 27 02:12:35.1 2026`, as Apache and `date` have it.
fn weekday_first(text: &str) -> Option<Stamp> {
    let day = text.get(..3).filter(|day| DAYS.contains(day))?;
    let rest = text.get(day.len()..)?.strip_prefix(' ')?;
    let mut len = text.len() - rest.len() + month_first(rest)?.len;
    if let Some(year) = text.get(len..len + 5)
        && year.starts_with(' ')
        && year[1..].bytes().all(|byte| byte.is_ascii_digit())
    {
        len += 5;
    }
    Some(Stamp { at: None, len })
}

/// `27-Nov-2026 02:12:35 UTC`, as PHP has it; `27/Nov/2026:02:12:35 +0000`.
fn day_first(text: &str) -> Option<Stamp> {
    let mut cursor = Cursor { text, at: 0 };
    let day = cursor.number(2, 2).filter(|day| (1..=31).contains(day))?;
    let divider = cursor.one_of(b"-/ ")?;
    let name = text.get(cursor.at..cursor.at + 3)?;
    let month = MONTHS.iter().position(|month| *month == name)?;
    cursor.month()?;
    cursor.one_of(&[divider])?;
    let year = cursor.number(4, 4)?;
    cursor.one_of(b" :")?;
    let seconds = cursor.clock()?;
    let fraction = cursor.fraction();
    let zone = cursor.zone();
    let month = i64::try_from(month).ok()? + 1;
    let at = zone.and_then(|zone| nanoseconds(days(year, month, day), seconds - zone, fraction));
    Some(Stamp { at, len: cursor.at })
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970.
fn epoch(text: &str) -> Option<Stamp> {
    let digits = digits(text);
    let scale = match digits {
        10 => 1_000_000_000,
        13 => 1_000_000,
        16 => 1_000,
        19 => 1,
        _ => return None,
    };
    // From 2001 to 2033.
    if !text.starts_with('1') {
        return None;
    }
    let whole = text[..digits].parse::<i64>().ok()?.checked_mul(scale)?;
    let mut cursor = Cursor { text, at: digits };
    let fraction = if scale == 1_000_000_000 {
        cursor.fraction()
    } else {
        0
    };
    let at = whole.checked_add(fraction).map(RealTime::from_unix_nanos);
    Some(Stamp { at, len: cursor.at })
}

/// `02:12:35.123`: only with a fraction, lest a duration is taken for it.
fn only_time(text: &str) -> Option<Stamp> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.clock()?;
    let before = cursor.at;
    cursor.fraction();
    (cursor.at > before + 1).then_some(Stamp {
        at: None,
        len: cursor.at,
    })
}

fn nanoseconds(days: i64, seconds: i64, fraction: i64) -> Option<RealTime> {
    let seconds = days.checked_mul(86_400)?.checked_add(seconds)?;
    let all = seconds.checked_mul(1_000_000_000)?.checked_add(fraction)?;
    Some(RealTime::from_unix_nanos(all))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar. The year is counted
/// from March, so that the day of a leap year comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let since_march = (month + 9) % 12;
    let in_year = (153 * since_march + 2) / 5 + day - 1;
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + in_year - 719_468
}

fn digits(text: &str) -> usize {
    text.bytes().take(20).take_while(u8::is_ascii_digit).count()
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let next = self.peek().filter(|byte| bytes.contains(byte))?;
        self.at += 1;
        Some(next)
    }

    fn blank(&mut self) -> Option<u8> {
        self.one_of(b" ")
    }

    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let bytes = self.text.as_bytes().get(self.at..)?;
        let count = bytes
            .iter()
            .take(most)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count < least {
            return None;
        }
        let value = bytes[..count]
            .iter()
            .fold(0, |sum, byte| sum * 10 + i64::from(byte - b'0'));
        self.at += count;
        Some(value)
    }

    fn month(&mut self) -> Option<()> {
        let name = self.text.get(self.at..self.at + 3)?;
        MONTHS.contains(&name).then(|| self.at += 3)
    }

    /// Seconds since midnight.
    fn clock(&mut self) -> Option<i64> {
        let hours = self.number(2, 2).filter(|hours| *hours < 24)?;
        self.one_of(b":")?;
        let minutes = self.number(2, 2).filter(|minutes| *minutes < 60)?;
        self.one_of(b":")?;
        let seconds = self.number(2, 2).filter(|seconds| *seconds <= 60)?;
        Some(hours * 3600 + minutes * 60 + seconds)
    }

    /// Nanoseconds.
    fn fraction(&mut self) -> i64 {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !matches!(rest.first(), Some(b'.' | b',')) {
            return 0;
        }
        let count = rest[1..]
            .iter()
            .take(18)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if count == 0 {
            return 0;
        }
        self.at += 1 + count;
        let digit = |index| {
            if index < count {
                i64::from(rest[1 + index] - b'0')
            } else {
                0
            }
        };
        (0..9).fold(0, |sum, index| sum * 10 + digit(index))
    }

    /// Seconds east of Greenwich.
    fn zone(&mut self) -> Option<i64> {
        let start = self.at;
        let blank = self.blank().is_some();
        let found = match self.peek() {
            Some(b'Z' | b'z') if !blank => {
                self.at += 1;
                Some(0)
            }
            Some(b'U') if self.text[self.at..].starts_with("UTC") => {
                self.at += 3;
                Some(0)
            }
            Some(b'+' | b'-') => self.offset(),
            _ => None,
        };
        if found.is_none() {
            self.at = start;
        }
        found
    }

    fn offset(&mut self) -> Option<i64> {
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.number(2, 2)?;
        self.one_of(b":");
        let minutes = self.number(2, 2).unwrap_or(0);
        Some(sign * (hours * 3600 + minutes * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> Option<i64> {
        moment(text).map(RealTime::unix_nanos)
    }

    #[test]
    fn a_complete_time_is_a_moment() {
        let at = Some(1_795_745_555_000_000_000);
        assert_eq!(nanos("2026-11-27T02:12:35Z"), at);
        assert_eq!(nanos("2026-11-27 03:12:35+01:00"), at);
        assert_eq!(nanos("2026-11-26T21:12:35-0500"), at);
        assert_eq!(nanos("2026/11/27 02:12:35 UTC"), at);
        assert_eq!(nanos("1795745555"), at);
        assert_eq!(nanos("1970-01-01T00:00:00.000000001Z"), Some(1));
        assert_eq!(nanos("1969-12-31T23:59:59,5Z"), Some(-500_000_000));
        assert_eq!(nanos("2000-02-29T00:00:00Z"), Some(951_782_400_000_000_000));
    }

    #[test]
    fn without_a_year_or_a_zone_it_is_none() {
        for text in [
            "2026-11-27 02:12:35",
            "Nov 27 02:12:35",
            "02:12:35.5",
            "Fri Nov 27 02:12:35 2026",
        ] {
            let stamp = stamp(text).expect(text);
            assert_eq!((stamp.at, stamp.len), (None, text.len()), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "2026-13-01T00:00:00Z",
            "2026-11-27",
            "25:00:00.1",
            "Nov 27",
            "123",
            "10:30:00 left",
            "é",
        ] {
            assert_eq!(stamp(text), None, "{text}");
        }
    }
}
