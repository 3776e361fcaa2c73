//! Medians, spreads, and when a difference is one.

/// A difference of less is not worth a word, however sure it is.
const LEAST_DIFFERENCE: f64 = 0.05;

/// With fewer rounds quartiles say nothing.
pub(crate) const LEAST_ROUNDS: usize = 5;

/// The middle of some rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    /// The first quartile.
    pub(crate) lower: f64,
    /// The third quartile.
    pub(crate) upper: f64,
    pub(crate) rounds: usize,
}

/// What can be said about two of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The spreads overlap, or lie close together.
    Equal,
    /// They do not; the second median is so many times the first, which may be 0.
    Differs { ratio: Option<f64> },
    /// There are too few rounds.
    Open,
}

impl Spread {
    /// Of some values; `None`: there are none, or one that is no number.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        Some(Self {
            median: median(values),
            lower: quantile(values, 0.25),
            upper: quantile(values, 0.75),
            rounds: values.len(),
        })
    }

    /// How `other` differs from this one.
    pub(crate) fn against(&self, other: &Self) -> Verdict {
        if self.rounds.min(other.rounds) < LEAST_ROUNDS {
            return Verdict::Open;
        }
        let overlap = self.lower <= other.upper && other.lower <= self.upper;
        let apart = (self.median - other.median).abs();
        let larger = self.median.abs().max(other.median.abs());
        if overlap || apart <= larger * LEAST_DIFFERENCE {
            return Verdict::Equal;
        }
        Verdict::Differs {
            ratio: (self.median != 0.0).then(|| other.median / self.median),
        }
    }
}

/// The middle one; 0 of none.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which the part `part` of `values` lies, between two of them if
/// need be; 0 of none.
pub(crate) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let place = part.clamp(0.0, 1.0) * last as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: &[f64]) -> Spread {
        Spread::of(values).expect("numbers")
    }

    #[test]
    fn quantiles_lie_between_values() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.25), 2.0);
        assert_eq!(quantile(&[7.0], 0.99), 7.0);
        assert_eq!(median(&[]), 0.0);
    }

    #[test]
    fn one_hiccup_moves_neither_median_nor_quartiles() {
        let quiet = spread(&[100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0]);
        let hiccup = spread(&[100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 9000.0]);
        assert_eq!(quiet.median, hiccup.median);
        assert_eq!(quiet.against(&hiccup), Verdict::Equal);
    }

    #[test]
    fn only_spreads_that_do_not_overlap_are_a_difference() {
        let first = spread(&[100.0, 102.0, 104.0, 106.0, 108.0]);
        let overlapping = spread(&[105.0, 106.0, 130.0, 140.0, 150.0]);
        assert_eq!(first.against(&overlapping), Verdict::Equal);
        let apart = spread(&[200.0, 204.0, 208.0, 212.0, 216.0]);
        assert_eq!(first.against(&apart), Verdict::Differs { ratio: Some(2.0) });
        assert_eq!(apart.against(&first), Verdict::Differs { ratio: Some(0.5) });
    }

    #[test]
    fn a_sure_difference_of_a_few_percent_is_none() {
        let first = spread(&[100.0; 7]);
        assert_eq!(first.against(&spread(&[104.0; 7])), Verdict::Equal);
        assert!(matches!(
            first.against(&spread(&[110.0; 7])),
            Verdict::Differs { .. }
        ));
    }

    #[test]
    fn few_rounds_leave_it_open_and_nothing_is_no_spread() {
        assert_eq!(spread(&[1.0; 4]).against(&spread(&[9.0; 7])), Verdict::Open);
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&[1.0, f64::NAN]), None);
        let none = spread(&[0.0; 7]);
        assert_eq!(none.against(&none), Verdict::Equal);
        assert_eq!(
            none.against(&spread(&[5.0; 7])),
            Verdict::Differs { ratio: None }
        );
    }
}
