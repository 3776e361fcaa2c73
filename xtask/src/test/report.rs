//! What is printed: a line for each part, its output when it failed, the table at the end.

use std::fs;
use std::time::Duration;

use crate::test::outcome::{Finished, Outcome};
use crate::test::parts::{PARTS, Part};

/// Prints the names and purposes of `parts`.
pub(crate) fn list(parts: &[Part]) {
    let width = width(parts.iter().map(|part| part.name));
    for part in parts {
        println!("{:width$}  {}", part.name, part.about);
    }
}

/// Tells that a part begins. A reader of a CI log sees where the time goes.
pub(crate) fn started(name: &str) {
    println!("started  {name}");
}

/// Prints one line for a part that has ended, preceded by all its output if it failed.
pub(crate) fn ended(part: &Finished) {
    if matches!(part.outcome, Outcome::Failed { .. }) {
        print_log(part);
    }
    println!("{}", line(part, width(PARTS.iter().map(|part| part.name))));
}

/// Prints the table, and the totals as the last line.
pub(crate) fn summary(parts: &[Finished]) {
    let width = width(parts.iter().map(|part| part.name));
    println!();
    for part in parts {
        println!("{}", line(part, width));
    }
    println!("{}", totals(parts));
}

fn width(names: impl Iterator<Item = &'static str>) -> usize {
    names.map(str::len).max().unwrap_or(0)
}

fn print_log(part: &Finished) {
    let Some(log_path) = &part.log_path else {
        return;
    };
    let bytes = fs::read(log_path).unwrap_or_default();
    println!("──── {}: {}", part.name, log_path.display());
    println!("{}", String::from_utf8_lossy(&bytes).trim_end());
    println!("──── end of {}", part.name);
}

fn line(part: &Finished, width: usize) -> String {
    let time = match part.log_path {
        Some(_) => seconds(part.duration),
        None => "–".to_owned(),
    };
    // Only the first line: a cause may go on, and is in the part's own output.
    let remark = part.outcome.remark().lines().next().unwrap_or_default();
    format!(
        "{:7}  {:width$}  {time:>8}  {remark}",
        part.outcome.word(),
        part.name
    )
    .trim_end()
    .to_owned()
}

fn totals(parts: &[Finished]) -> String {
    let count = |word| {
        parts
            .iter()
            .filter(|part| part.outcome.word() == word)
            .count()
    };
    format!(
        "{} passed, {} failed, {} skipped",
        count("passed"),
        count("FAILED"),
        count("skipped")
    )
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(outcome: Outcome) -> Finished {
        Finished {
            name: "darwin",
            outcome,
            duration: Duration::from_millis(61_250),
            log_path: Some("log".into()),
        }
    }

    #[test]
    fn totals_count_every_outcome() {
        let parts = [
            finished(Outcome::passed()),
            finished(Outcome::passed()),
            finished(Outcome::Failed {
                reason: "no".to_owned(),
            }),
            finished(Outcome::skipped("not root")),
        ];
        assert_eq!(totals(&parts), "2 passed, 1 failed, 1 skipped");
        assert_eq!(totals(&[]), "0 passed, 0 failed, 0 skipped");
    }

    #[test]
    fn a_line_says_how_long_and_why() {
        assert_eq!(
            line(&finished(Outcome::skipped("not root")), 8),
            "skipped  darwin      61.2 s  not root"
        );
        assert_eq!(
            line(&finished(Outcome::passed()), 6),
            "passed   darwin    61.2 s"
        );
    }
}
