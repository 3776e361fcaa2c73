//! What follows for this machine, in plain words, and no more than was seen.

use super::table::{count, in_percent, of, words};
use super::{Label, SERVICE};
use crate::modes::differences::Difference;
use crate::modes::document::{Half, Outcome};
use crate::modes::measures::{MEASURES, Measure, More};
use crate::modes::statistics::{LEAST_ROUNDS, Spread, Verdict};

pub(super) fn sentences(
    halves: &[Half; 2],
    labels: (Label, Label),
    differences: &[Difference],
) -> Vec<String> {
    let mut all = of_speed(halves, labels);
    all.extend(of_filter(halves, labels));
    all.extend(of_share(halves, labels));
    all.extend(of_protection(halves, labels));
    all.push(of_what_was_got(differences));
    if !halves.iter().all(|half| half.side_by_side) {
        all.push(
            "the halves were not measured side by side: numbers also tell of the time and the machine of each".to_owned(),
        );
    }
    all
}

/// A measure that is known of both.
struct Compared {
    measure: &'static Measure,
    spreads: [Spread; 2],
    verdict: Verdict,
}

fn compared(halves: &[Half; 2], more: More) -> Vec<Compared> {
    let chosen = MEASURES.iter().filter(|measure| measure.more == Some(more));
    chosen
        .filter_map(|measure| {
            let first = measure.spread(&halves[0].rounds)?;
            let second = measure.spread(&halves[1].rounds)?;
            Some(Compared {
                measure,
                spreads: [first, second],
                verdict: first.against(&second),
            })
        })
        .collect()
}

fn of_speed(halves: &[Half; 2], (first, second): (Label, Label)) -> Vec<String> {
    let all = compared(halves, More::Slower);
    if all.iter().any(|one| one.verdict == Verdict::Open) {
        return vec![format!(
            "too few rounds to tell a difference of speed: --rounds {LEAST_ROUNDS} is the least"
        )];
    }
    let mut sentences = Vec::new();
    let mut equal = 0;
    for one in &all {
        match one.verdict {
            Verdict::Differs { ratio } => {
                sentences.push(of_difference(one, ratio, (first, second)));
            }
            _ => equal += 1,
        }
    }
    if all.is_empty() {
        return vec!["nothing is known of the speed".to_owned()];
    }
    let is_slower = |one: &Compared| matches!(one.verdict, Verdict::Differs { ratio } if ratio.is_none_or(|ratio| ratio > 1.0));
    if !all.iter().any(is_slower) {
        let whose = if second == SERVICE {
            "a service is not slower here".to_owned()
        } else {
            format!("nothing is slower {}", second.place)
        };
        let why = match equal {
            count if count == all.len() => ": calls, reads and timers take equally long",
            _ => "",
        };
        sentences.insert(0, format!("{whose}{why}"));
    }
    sentences
}

fn of_difference(one: &Compared, ratio: Option<f64>, (first, second): (Label, Label)) -> String {
    let [before, after] = one
        .spreads
        .map(|spread| one.measure.unit.text(spread.median));
    format!(
        "{}: {} {}, {before} {} ({})",
        one.measure.words,
        after,
        second.place,
        first.place,
        in_percent(ratio)
    )
}

/// The one cause of slower calls that both halves tell of. That it is the cause was
/// not measured.
fn of_filter(halves: &[Half; 2], (first, second): (Label, Label)) -> Option<String> {
    let is_filtered = halves
        .each_ref()
        .map(|half| half.got.fact(FILTERED) == Some("yes"));
    let filtered = match is_filtered {
        [true, false] => first,
        [false, true] => second,
        _ => return None,
    };
    let all = compared(halves, More::Slower);
    let has_slower_calls = all.iter().any(|one| {
        let slower = match one.verdict {
            Verdict::Differs { ratio: Some(ratio) } => (ratio > 1.0) == is_filtered[1],
            _ => false,
        };
        slower && one.measure.key == "call_ns"
    });
    has_slower_calls.then(|| {
        format!(
            "slower calls may come from the filter of system calls that there is {}",
            filtered.place
        )
    })
}

/// The fact that tells of it.
const FILTERED: &str = "system calls are filtered";

fn of_share(halves: &[Half; 2], (first, second): (Label, Label)) -> Option<String> {
    let share = compared(halves, More::Share).into_iter().next()?;
    let [before, after] = share
        .spreads
        .map(|spread| share.measure.unit.text(spread.median));
    let side_by_side = halves.iter().all(|half| half.side_by_side);
    if !side_by_side {
        return None;
    }
    Some(match share.verdict {
        Verdict::Equal => format!("under load both get the same: {before} and {after} processors"),
        Verdict::Differs { .. } => format!(
            "under load they do not get the same: {before} processors {}, {after} {}",
            first.place, second.place
        ),
        Verdict::Open => return None,
    })
}

fn of_protection(halves: &[Half; 2], (first, second): (Label, Label)) -> Vec<String> {
    let [(stopped, attempted), (other_stopped, other_attempted)] =
        [count(&halves[0].attempts), count(&halves[1].attempts)];
    let mut sentences = Vec::new();
    for attempt in &halves[0].attempts {
        let other = of(&halves[1], &attempt.access).map(|other| other.outcome);
        let only = match (attempt.outcome, other) {
            (Outcome::Stopped, Some(Outcome::Succeeded)) => first,
            (Outcome::Succeeded, Some(Outcome::Stopped)) => second,
            _ => continue,
        };
        sentences.push(format!(
            "to {} is stopped only {}",
            words(&attempt.access),
            only.place
        ));
    }
    if sentences.is_empty() && attempted > 0 && other_attempted > 0 {
        sentences.push(format!(
            "neither is protected better: {stopped} of {attempted} forbidden accesses were stopped {}, \
             {other_stopped} of {other_attempted} {}",
            first.place, second.place
        ));
    }
    sentences
}

fn of_what_was_got(differences: &[Difference]) -> String {
    let known = differences
        .iter()
        .filter(|one| one.breaks.is_some())
        .count();
    match (differences.len(), known) {
        (0, _) => "both got the same environment, rights and limits".to_owned(),
        (all, 0) => format!("{all} things differ in what each got, none of a known consequence"),
        (all, known) => format!(
            "{all} things differ in what each got, {known} of which commonly break something: they are listed above"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SERVICE, SESSION};
    use super::*;
    use crate::modes::differences::between;
    use crate::modes::samples::{fact, rounds, service, user};

    fn told(first: Half, second: Half) -> String {
        let differences = between(&first.got, &second.got);
        sentences(&[first, second], (SESSION, SERVICE), &differences).join("\n")
    }

    #[test]
    fn equal_is_said_to_be_equal() {
        let told = told(
            user(),
            Half {
                got: user().got,
                attempts: user().attempts,
                ..service()
            },
        );
        assert!(
            told.contains("a service is not slower here: calls, reads and timers"),
            "{told}"
        );
        assert!(
            told.contains("under load both get the same: 1.00 and 1.00"),
            "{told}"
        );
        assert!(
            told.contains("neither is protected better: 2 of 2"),
            "{told}"
        );
        assert!(!told.contains("side by side"), "{told}");
    }

    #[test]
    fn what_is_slower_is_told_with_both_numbers() {
        let told = told(
            user(),
            Half {
                rounds: rounds(150.0),
                ..service()
            },
        );
        assert!(!told.contains("not slower"), "{told}");
        let sentence = "a system call: 150 ns as a service, 100 ns in the session (+50 %)";
        assert!(told.contains(sentence), "{told}");
        assert_eq!(told.matches(" ns ").count(), 2, "{told}");
    }

    #[test]
    fn a_filter_of_calls_is_named_where_calls_are_slower() {
        let with = |half: Half, call, filtered| {
            let mut half = Half {
                rounds: rounds(call),
                ..half
            };
            half.got
                .facts
                .push(fact("rights", FILTERED, Some(filtered)));
            half
        };
        let may =
            "slower calls may come from the filter of system calls that there is as a service";
        let slower = told(with(user(), 100.0, "no"), with(service(), 150.0, "yes"));
        assert!(slower.contains(may), "{slower}");
        for (call, filtered) in [(100.0, "yes"), (50.0, "yes"), (150.0, "no")] {
            let told = told(with(user(), 100.0, "no"), with(service(), call, filtered));
            assert!(!told.contains("may come from"), "{call} {filtered}: {told}");
        }
    }

    #[test]
    fn what_is_faster_is_not_slower() {
        let told = told(
            user(),
            Half {
                rounds: rounds(50.0),
                ..service()
            },
        );
        assert!(told.contains("a service is not slower here\n"), "{told}");
        assert!(told.contains("(-50 %)"), "{told}");
    }

    #[test]
    fn few_rounds_claim_nothing() {
        let few = |half: Half, call| Half {
            rounds: rounds(call)[..2].to_vec(),
            ..half
        };
        let told = told(few(user(), 100.0), few(service(), 900.0));
        assert!(told.contains("too few rounds"), "{told}");
        assert!(!told.contains("slower") && !told.contains("900"), "{told}");
    }

    #[test]
    fn protection_that_one_half_lacks_is_named() {
        let told = told(user(), service());
        assert!(
            told.contains("to change a file of the system is stopped only in the session"),
            "{told}"
        );
    }

    #[test]
    fn halves_of_two_times_say_so_and_share_nothing() {
        let told = told(
            user(),
            Half {
                side_by_side: false,
                ..service()
            },
        );
        assert!(told.contains("not measured side by side"), "{told}");
        assert!(!told.contains("under load"), "{told}");
    }
}
