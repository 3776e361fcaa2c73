//! Durations as users write them: `500ms`, `10s`, `1m30s`.

use std::fmt;
use std::time::Duration;

/// Longer than any machine runs; deadlines never come near an overflow.
pub(crate) const MAX: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Largest first, because that is the order in which they are written.
const UNITS: [(&str, Duration); 5] = [
    ("d", Duration::from_secs(24 * 3600)),
    ("h", Duration::from_secs(3600)),
    ("m", Duration::from_secs(60)),
    ("s", Duration::from_secs(1)),
    ("ms", Duration::from_millis(1)),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InvalidDuration {
    Empty,
    Negative,
    Fraction,
    MissingUnit(String),
    UnknownUnit(String),
    Order,
    TooLong,
    NotADuration,
}

impl fmt::Display for InvalidDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "it is empty"),
            Self::Negative => write!(f, "a duration cannot be negative"),
            Self::Fraction => write!(f, "a duration has no fractions"),
            Self::MissingUnit(_) => write!(f, "the unit is missing"),
            Self::UnknownUnit(unit) => write!(f, "`{unit}` is no unit"),
            Self::Order => write!(f, "the units must go from large to small, each once"),
            Self::TooLong => write!(f, "it is longer than 100 years"),
            Self::NotADuration => write!(f, "it is no number with a unit"),
        }
    }
}

impl InvalidDuration {
    pub(crate) fn help(&self) -> String {
        match self {
            Self::Fraction => "write the smaller unit, as in `1s500ms`".to_owned(),
            Self::MissingUnit(number) => format!("write `{number}s` for seconds"),
            Self::Order => "write for example `1h30m`".to_owned(),
            _ => "write for example `500ms`, `10s`, `5m`, `2h`, `1d` or `1m30s`".to_owned(),
        }
    }
}

/// A duration, written as in a file: `500ms`, `1m30s`.
///
/// # Errors
/// Says how it is written.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    parse(text).map_err(|reason| reason.help())
}

pub(crate) fn parse(text: &str) -> Result<Duration, InvalidDuration> {
    if text.is_empty() {
        return Err(InvalidDuration::Empty);
    }
    if text.starts_with('-') {
        return Err(InvalidDuration::Negative);
    }
    let mut rest = text;
    let mut smallest = 0;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, after) = take_while(rest, |c| c.is_ascii_digit());
        let (unit, after) = take_while(after, |c| !c.is_ascii_digit() && c != '.');
        let index = unit_index(number, unit, after)?;
        if index < smallest {
            return Err(InvalidDuration::Order);
        }
        smallest = index + 1;
        total = number
            .parse::<u32>()
            .ok()
            .and_then(|number| UNITS[index].1.checked_mul(number))
            .and_then(|part| total.checked_add(part))
            .filter(|total| *total <= MAX)
            .ok_or(InvalidDuration::TooLong)?;
        rest = after;
    }
    Ok(total)
}

fn unit_index(number: &str, unit: &str, after: &str) -> Result<usize, InvalidDuration> {
    match (number, unit) {
        ("", _) => Err(InvalidDuration::NotADuration),
        (_, "") if after.starts_with('.') => Err(InvalidDuration::Fraction),
        (_, "") => Err(InvalidDuration::MissingUnit(number.to_owned())),
        _ => UNITS
            .iter()
            .position(|&(known, _)| known == unit)
            .ok_or_else(|| InvalidDuration::UnknownUnit(unit.chars().take(16).collect())),
    }
}

fn take_while(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !wanted(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_unit_and_their_combinations_are_understood() {
        for (text, millis) in [
            ("0s", 0),
            ("500ms", 500),
            ("10s", 10_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("1d", 86_400_000),
            ("1m30s", 90_000),
            ("1d2h3m4s5ms", 93_784_005),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_named() {
        for (text, reason) in [
            ("", InvalidDuration::Empty),
            ("-5s", InvalidDuration::Negative),
            ("1.5s", InvalidDuration::Fraction),
            ("10", InvalidDuration::MissingUnit("10".to_owned())),
            ("10sec", InvalidDuration::UnknownUnit("sec".to_owned())),
            ("10 s", InvalidDuration::UnknownUnit(" s".to_owned())),
            ("s", InvalidDuration::NotADuration),
            ("30s1m", InvalidDuration::Order),
            ("1s1s", InvalidDuration::Order),
            ("36501d", InvalidDuration::TooLong),
            ("99999999999999999999d", InvalidDuration::TooLong),
        ] {
            assert_eq!(parse(text), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_duration_within_bounds_or_refused(text in any::<String>()) {
            prop_assert!(parse(&text).is_ok_and(|duration| duration <= MAX) || parse(&text).is_err());
        }

        #[test]
        fn whole_milliseconds_are_read_back(millis in 0_u32..) {
            prop_assert_eq!(parse(&format!("{millis}ms")), Ok(Duration::from_millis(millis.into())));
        }
    }
}
