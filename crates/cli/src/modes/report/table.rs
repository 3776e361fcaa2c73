//! Numbers and attempts, a column for each half.

use super::Label;
use crate::modes::document::{Attempt, Half, Outcome};
use crate::modes::measures::{MEASURES, Measure, Unit};
use crate::modes::statistics::{Spread, Verdict};
use crate::table;
use crate::terminal::{BAD, CHANGING, FAINT, GOOD, styled};

/// The medians with their quartiles.
pub(super) fn of_measures(halves: &[Half], labels: &[Label]) -> Vec<String> {
    let mut rows = vec![head("MEDIAN (QUARTILES)", labels)];
    if halves.len() == 2 {
        rows[0].push(styled(FAINT, "DIFFERENCE"));
    }
    for measure in &MEASURES {
        let spreads: Vec<Option<Spread>> = halves
            .iter()
            .map(|half| measure.spread(&half.rounds))
            .collect();
        let mut row = vec![measure.words.to_owned()];
        row.extend(
            spreads
                .iter()
                .map(|spread| cell(measure.unit, spread.as_ref())),
        );
        if let [first, second] = &spreads[..] {
            row.push(difference(Measure::verdict(
                first.as_ref(),
                second.as_ref(),
            )));
        }
        rows.push(row);
    }
    table::lines(&rows)
}

fn head(first: &str, labels: &[Label]) -> Vec<String> {
    let labels = labels.iter().map(|label| label.head);
    let all = std::iter::once(first).chain(labels);
    all.map(|title| styled(FAINT, title)).collect()
}

fn cell(unit: Unit, spread: Option<&Spread>) -> String {
    let Some(spread) = spread else {
        return "unknown".to_owned();
    };
    format!(
        "{} ({} – {})",
        unit.text(spread.median),
        unit.text(spread.lower),
        unit.text(spread.upper)
    )
}

fn difference(verdict: Option<Verdict>) -> String {
    match verdict {
        None => styled(FAINT, "unknown"),
        Some(Verdict::Open) => styled(FAINT, "too few rounds"),
        Some(Verdict::Equal) => "equal".to_owned(),
        Some(Verdict::Differs { ratio }) => styled(CHANGING, &in_percent(ratio)),
    }
}

/// A ratio as people say it.
pub(super) fn in_percent(ratio: Option<f64>) -> String {
    match ratio {
        None => "from none".to_owned(),
        Some(ratio) if ratio >= 2.0 => format!("{ratio:.1} times"),
        Some(ratio) => format!("{:+.0} %", (ratio - 1.0) * 100.0),
    }
}

/// What came of each attempt, and how many were stopped.
pub(super) fn of_attempts(halves: &[Half], labels: &[Label]) -> Vec<String> {
    let mut rows = vec![head("FORBIDDEN ACCESS", labels)];
    for access in accesses(halves) {
        let mut row = vec![words(access).to_owned()];
        row.extend(halves.iter().map(|half| outcome(of(half, access))));
        rows.push(row);
    }
    let mut last = vec!["stopped, of those attempted".to_owned()];
    last.extend(halves.iter().map(|half| {
        let (stopped, attempted) = count(&half.attempts);
        format!("{stopped} of {attempted}")
    }));
    rows.push(last);
    table::lines(&rows)
}

/// What each half got, of what there is one of: the rows that people ask for first,
/// the same or not. Programs get everything.
pub(super) fn of_facts(halves: &[Half], labels: &[Label]) -> Vec<String> {
    const FIRST_ASKED: [&str; 20] = [
        "user",
        "elevated",
        "integrity level",
        "capabilities",
        "no new privileges",
        "system calls are filtered",
        "nice value",
        "priority class",
        "scheduling policy",
        "I/O class",
        "I/O priority",
        "power throttling",
        "score when memory lacks",
        "most memory of the control group",
        "processor time of the control group",
        "terminal",
        "standard input",
        "audit session",
        "session",
        "window station",
    ];
    let mut rows = vec![head("GOT", labels)];
    let is_told = |name: &&str| {
        let mut facts = halves.iter().flat_map(|half| &half.got.facts);
        facts.any(|fact| fact.name == *name)
    };
    for name in FIRST_ASKED.into_iter().filter(is_told) {
        let mut row = vec![name.to_owned()];
        let value = |half: &Half| match half.got.fact(name) {
            Some(value) => value.to_owned(),
            None => styled(FAINT, "unknown"),
        };
        row.extend(halves.iter().map(value));
        rows.push(row);
    }
    let mut files = vec!["open files".to_owned()];
    files.extend(halves.iter().filter_map(open_files));
    if files.len() > halves.len() {
        rows.push(files);
    }
    table::lines(&rows)
}

fn open_files(half: &Half) -> Option<String> {
    let limit = half
        .got
        .limits
        .iter()
        .find(|limit| limit.name == "open files")?;
    Some(
        limit
            .soft
            .map_or_else(|| "unlimited".to_owned(), |soft| soft.to_string()),
    )
}

fn accesses(halves: &[Half]) -> Vec<&str> {
    let mut all = Vec::new();
    for attempt in halves.iter().flat_map(|half| &half.attempts) {
        if !all.contains(&attempt.access.as_str()) {
            all.push(&attempt.access);
        }
    }
    all
}

/// The attempt at `access`, if there was one.
pub(super) fn of<'a>(half: &'a Half, access: &str) -> Option<&'a Attempt> {
    half.attempts
        .iter()
        .find(|attempt| attempt.access == access)
}

/// How many were stopped, and how many were made.
pub(super) fn count(attempts: &[Attempt]) -> (usize, usize) {
    let are = |outcome| {
        attempts
            .iter()
            .filter(|attempt| attempt.outcome == outcome)
            .count()
    };
    let stopped = are(Outcome::Stopped);
    (stopped, stopped + are(Outcome::Succeeded))
}

fn outcome(attempt: Option<&Attempt>) -> String {
    match attempt.map(|attempt| attempt.outcome) {
        Some(outcome @ Outcome::Stopped) => styled(GOOD, outcome.word()),
        Some(outcome @ Outcome::Succeeded) => styled(BAD, outcome.word()),
        Some(outcome @ Outcome::Unknown) => styled(FAINT, outcome.word()),
        None => styled(FAINT, "not attempted"),
    }
}

/// An access in words; one of a later version has its own.
pub(super) fn words(access: &str) -> &str {
    match access {
        "write-read-only-page" => "write to memory that is read-only",
        "execute-data-page" => "execute memory that is data",
        "read-first-page" => "read where null pointers lead",
        "read-other-process" => "read the first process's memory",
        "write-system-file" => "change a file of the system",
        "write-system-setting" => "change a setting of the kernel",
        "become-root" => "become root",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SERVICE, SESSION};
    use super::*;
    use crate::modes::samples::{rounds, service, user};

    fn plain(lines: &[String]) -> Vec<String> {
        let plain = |line: &String| anstream::adapter::strip_str(line).to_string();
        lines.iter().map(plain).collect()
    }

    #[test]
    fn a_row_has_both_medians_and_the_difference() {
        let slower = Half {
            rounds: rounds(130.0),
            ..service()
        };
        let lines = plain(&of_measures(&[user(), slower], &[SESSION, SERVICE]));
        let row = |start: &str| {
            let mut found = lines.iter().filter(|line| line.starts_with(start));
            found
                .next()
                .unwrap_or_else(|| panic!("{start}: {lines:#?}"))
        };
        assert!(row("MEDIAN").contains("SESSION") && row("MEDIAN").contains("SERVICE"));
        assert!(
            row("a system call").contains("100 ns (98.5 ns – 102 ns)"),
            "{lines:#?}"
        );
        assert!(row("a system call").ends_with("+30 %"), "{lines:#?}");
        assert!(row("a read of 1 byte").ends_with("equal"), "{lines:#?}");
    }

    #[test]
    fn what_is_unknown_is_no_number() {
        let mut half = user();
        for round in &mut half.rounds {
            round.voluntary_switches = None;
        }
        let lines = plain(&of_measures(&[half], &[SESSION]));
        let row = lines.iter().find(|line| line.contains("it waits"));
        assert!(
            row.is_some_and(|row| row.ends_with("unknown")),
            "{lines:#?}"
        );
    }

    #[test]
    fn what_each_got_stands_side_by_side() {
        let lines = plain(&of_facts(&[user(), service()], &[SESSION, SERVICE]));
        let words = |start: &str| -> Vec<&str> {
            let line = lines.iter().find(|line| line.starts_with(start));
            line.unwrap_or_else(|| panic!("{start}: {lines:#?}"))
                .split("  ")
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .collect()
        };
        assert_eq!(words("user"), ["user", "ann (1000)", "root (0)"]);
        assert_eq!(words("open files"), ["open files", "1024", "524288"]);
        assert_eq!(words("most memory")[1..], ["unknown", "1073741824"]);
        // Nothing tells of it here.
        assert!(!lines.iter().any(|line| line.contains("window station")));
    }

    #[test]
    fn attempts_are_counted_where_they_were_made() {
        let mut half = user();
        half.attempts[1].outcome = Outcome::Unknown;
        let lines = plain(&of_attempts(&[half, service()], &[SESSION, SERVICE]));
        let last = lines.last().expect("it has lines");
        assert!(
            last.contains("1 of 1") && last.contains("1 of 2"),
            "{lines:#?}"
        );
    }

    #[test]
    fn ratios_are_told_as_people_say_them() {
        assert_eq!(in_percent(Some(0.8)), "-20 %");
        assert_eq!(in_percent(Some(3.25)), "3.2 times");
        assert_eq!(in_percent(None), "from none");
    }
}
