//! Which numbers of a round are compared, and in which words.

use super::document::Round;
use super::statistics::{Spread, Verdict};

/// A number of every round.
pub(crate) struct Measure {
    /// As in JSON.
    pub(crate) key: &'static str,
    /// In a table.
    pub(crate) words: &'static str,
    pub(crate) unit: Unit,
    /// What more of it means; `None`: nothing good or bad.
    pub(crate) more: Option<More>,
    of: fn(&Round) -> Option<f64>,
}

/// What more of a number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum More {
    /// Slower.
    Slower,
    /// A larger share of the machine.
    Share,
}

/// In what a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Microseconds,
    PerSecond,
    Processors,
}

/// All of them, in the order of the table.
pub(crate) const MEASURES: [Measure; 8] = [
    Measure {
        key: "call_ns",
        words: "a system call",
        unit: Unit::Nanoseconds,
        more: Some(More::Slower),
        of: |round| Some(round.call_ns),
    },
    Measure {
        key: "read_1_ns",
        words: "a read of 1 byte",
        unit: Unit::Nanoseconds,
        more: Some(More::Slower),
        of: |round| Some(round.read_1_ns),
    },
    Measure {
        key: "read_4096_ns",
        words: "a read of 4 KiB",
        unit: Unit::Nanoseconds,
        more: Some(More::Slower),
        of: |round| Some(round.read_4096_ns),
    },
    Measure {
        key: "timer_late_us",
        words: "a timer of 1 ms is late by",
        unit: Unit::Microseconds,
        more: Some(More::Slower),
        of: |round| Some(round.timer_late_us),
    },
    Measure {
        key: "timer_late_p99_us",
        words: "the latest 1 % by more than",
        unit: Unit::Microseconds,
        more: Some(More::Slower),
        of: |round| Some(round.timer_late_p99_us),
    },
    Measure {
        key: "voluntary_switches",
        words: "switches because it waits",
        unit: Unit::PerSecond,
        more: None,
        of: |round| round.voluntary_switches,
    },
    Measure {
        key: "involuntary_switches",
        words: "switches because another runs",
        unit: Unit::PerSecond,
        more: None,
        of: |round| round.involuntary_switches,
    },
    Measure {
        key: "processors",
        words: "processors under load",
        unit: Unit::Processors,
        more: Some(More::Share),
        of: |round| round.processors,
    },
];

impl Measure {
    /// The spread over `rounds`; `None`: unknown in one of them.
    pub(crate) fn spread(&self, rounds: &[Round]) -> Option<Spread> {
        let values: Option<Vec<f64>> = rounds.iter().map(self.of).collect();
        Spread::of(&values?)
    }

    /// What two spreads come to; `None`: one of them is unknown.
    pub(crate) fn verdict(first: Option<&Spread>, second: Option<&Spread>) -> Option<Verdict> {
        Some(first?.against(second?))
    }
}

impl Unit {
    /// A value with its unit, in three digits.
    pub(crate) fn text(self, value: f64) -> String {
        match self {
            Self::Nanoseconds if value >= 1e3 => Self::Microseconds.text(value / 1e3),
            Self::Nanoseconds => format!("{} ns", digits(value)),
            Self::Microseconds if value >= 1e3 => format!("{} ms", digits(value / 1e3)),
            Self::Microseconds => format!("{} µs", digits(value)),
            Self::PerSecond => format!("{}/s", digits(value)),
            Self::Processors => format!("{value:.2}"),
        }
    }
}

fn digits(value: f64) -> String {
    let places = match value.abs() {
        at if at >= 100.0 || at == 0.0 => 0,
        at if at >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_fitting_unit() {
        for (unit, value, text) in [
            (Unit::Nanoseconds, 212.4, "212 ns"),
            (Unit::Nanoseconds, 1240.0, "1.24 µs"),
            (Unit::Microseconds, 61.26, "61.3 µs"),
            (Unit::Microseconds, 15_600.0, "15.6 ms"),
            (Unit::PerSecond, 0.0, "0/s"),
            (Unit::PerSecond, 1234.5, "1234/s"),
            (Unit::Processors, 0.998, "1.00"),
        ] {
            assert_eq!(unit.text(value), text);
        }
    }

    #[test]
    fn what_one_round_does_not_know_is_unknown() {
        let mut rounds = samples::rounds(100.0);
        let switches = &MEASURES[5];
        assert!(switches.spread(&rounds).is_some());
        rounds[3].voluntary_switches = None;
        assert_eq!(switches.spread(&rounds), None);
        assert_eq!(switches.spread(&[]), None);
    }
}
