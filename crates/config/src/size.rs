//! Sizes as users write them: `16MiB`, `1GB`, `4096`.

use std::fmt;

const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InvalidSize {
    Negative,
    Fraction,
    UnknownUnit(String),
    TooLarge,
    NotASize,
}

impl fmt::Display for InvalidSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Negative => write!(f, "a size cannot be negative"),
            Self::Fraction => write!(f, "a size has no fractions"),
            Self::UnknownUnit(unit) => write!(f, "`{unit}` is no unit"),
            Self::TooLarge => write!(f, "it is too large"),
            Self::NotASize => write!(f, "it is no number with a unit"),
        }
    }
}

impl InvalidSize {
    pub(crate) fn help(&self) -> &'static str {
        match self {
            Self::Fraction => "write the smaller unit, as in `1536MiB`",
            _ => "write for example `16MiB` (1024 × 1024), `16MB` (1000 × 1000) or `4096` (bytes)",
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<u64, InvalidSize> {
    if text.starts_with('-') {
        return Err(InvalidSize::Negative);
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if number.is_empty() {
        return Err(InvalidSize::NotASize);
    }
    if unit.starts_with('.') {
        return Err(InvalidSize::Fraction);
    }
    let factor = match unit {
        "" => 1,
        unit => UNITS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(unit))
            .map(|&(_, factor)| factor)
            .ok_or_else(|| InvalidSize::UnknownUnit(unit.chars().take(16).collect()))?,
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or(InvalidSize::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimal_and_binary_units_are_understood() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("1kB", 1000),
            ("64KiB", 65536),
            ("16MiB", 16 << 20),
            ("1GB", 1_000_000_000),
            ("2TiB", 2 << 40),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_size_is_named() {
        for (text, reason) in [
            ("", InvalidSize::NotASize),
            ("-1MB", InvalidSize::Negative),
            ("1.5GiB", InvalidSize::Fraction),
            ("16M", InvalidSize::UnknownUnit("M".to_owned())),
            ("99999999TiB", InvalidSize::TooLarge),
            ("99999999999999999999999", InvalidSize::TooLarge),
        ] {
            assert_eq!(parse(text), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_size_or_refused(text in any::<String>()) {
            let _ = parse(&text);
        }
    }
}
