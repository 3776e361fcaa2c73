//! "Works in my terminal, fails as a service": the differences, each with what it
//! commonly breaks, and those of no known consequence by name.

use super::Label;
use crate::modes::differences::{Difference, Kind, Side};
use crate::modes::reasons;

/// A value in a line is cut here; programs get all of it.
const LONGEST_VALUE: usize = 60;

/// More mounts are counted.
const MOST_MOUNTS: usize = 8;

pub(super) fn lines(differences: &[Difference], labels: (Label, Label)) -> Vec<String> {
    let mut lines = vec!["works in my terminal, fails as a service: what differs".to_owned()];
    if differences.is_empty() {
        lines.push("  nothing: both got the same".to_owned());
        return lines;
    }
    lines.extend(of_path(differences, labels));
    for difference in differences {
        let is_alone = !matches!(difference.kind, Kind::PathEntry | Kind::Mount);
        if let (true, Some(breaks)) = (is_alone, difference.breaks) {
            lines.push(format!("  {}", sentence(difference, labels)));
            lines.push(format!("      {breaks}"));
        }
    }
    lines.extend(of_mounts(differences, labels));
    lines.extend(others(differences, labels));
    lines
}

fn of_path(differences: &[Difference], (first, second): (Label, Label)) -> Vec<String> {
    let mut lines = Vec::new();
    let lacks = |side: fn(&Difference) -> &Side| -> Vec<&str> {
        let entries = differences.iter();
        let entries =
            entries.filter(|one| one.kind == Kind::PathEntry && *side(one) == Side::Absent);
        entries.map(|one| one.name.as_str()).collect()
    };
    let both = [
        (lacks(|one| &one.second), second),
        (lacks(|one| &one.first), first),
    ];
    for (entries, label) in both {
        if !entries.is_empty() {
            lines.push(format!(
                "  PATH lacks {} {}",
                entries.join(", "),
                label.place
            ));
            lines.push(format!("      {}", reasons::OF_PATH));
        }
    }
    lines
}

fn of_mounts(differences: &[Difference], (first, second): (Label, Label)) -> Vec<String> {
    let mounts: Vec<&Difference> = differences
        .iter()
        .filter(|one| one.kind == Kind::Mount)
        .collect();
    if mounts.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        format!("  mounts that differ: {}", mounts.len()),
        format!("      {}", reasons::OF_MOUNT),
    ];
    for mount in mounts.iter().take(MOST_MOUNTS) {
        lines.push(format!(
            "      {}: {} {}, {} {}",
            mount.name,
            words(&mount.first, Kind::Mount),
            first.place,
            words(&mount.second, Kind::Mount),
            second.place
        ));
    }
    let left = mounts.len().saturating_sub(MOST_MOUNTS);
    if left > 0 {
        lines.push(format!("      and {left} more: --json"));
    }
    lines
}

/// As in "HOME: /root in the session, not set as a service".
fn sentence(difference: &Difference, (first, second): (Label, Label)) -> String {
    if difference.name.starts_with("namespace of ") {
        return format!("{}: another one", difference.name);
    }
    let (one, other) = (
        words(&difference.first, difference.kind),
        words(&difference.second, difference.kind),
    );
    let name = match difference.kind {
        Kind::PathOrder => "order of PATH",
        _ => &difference.name,
    };
    if difference.first == Side::Hidden && difference.second == Side::Hidden {
        return format!("{name}: differs, or may; its value looks like a secret");
    }
    format!("{name}: {one} {}, {other} {}", first.place, second.place)
}

fn words(side: &Side, kind: Kind) -> String {
    match side {
        Side::Value(value) if value.is_empty() => "empty".to_owned(),
        Side::Value(value) => cut(value),
        Side::Absent if kind == Kind::Mount => "not mounted".to_owned(),
        Side::Absent => "not set".to_owned(),
        Side::Hidden => "set (looks like a secret)".to_owned(),
        Side::Unknown => "unknown".to_owned(),
    }
}

fn cut(value: &str) -> String {
    let mut text: String = value.chars().take(LONGEST_VALUE).collect();
    if value.chars().nth(LONGEST_VALUE).is_some() {
        text.push('…');
    }
    text
}

/// Those that nobody knows a consequence of: variables by name, the rest in words.
fn others(differences: &[Difference], labels: (Label, Label)) -> Vec<String> {
    let rest: Vec<&Difference> = differences
        .iter()
        .filter(|one| one.breaks.is_none())
        .collect();
    let (variables, rest): (Vec<&Difference>, Vec<&Difference>) =
        rest.into_iter().partition(|one| one.kind == Kind::Variable);
    let names = |is_in: fn(&Difference) -> bool| -> Vec<String> {
        let chosen = variables.iter().filter(|one| is_in(one));
        chosen.map(|one| cut(&one.name)).collect()
    };
    let only_first = names(|one| one.second == Side::Absent);
    let only_second = names(|one| one.first == Side::Absent);
    let other = names(|one| one.first != Side::Absent && one.second != Side::Absent);
    let (first, second) = labels;
    let mut lines = Vec::new();
    for (names, what) in [
        (only_first, format!("only {}", first.place)),
        (only_second, format!("only {}", second.place)),
        (other, "with other values".to_owned()),
    ] {
        if !names.is_empty() {
            lines.push(format!("  further variables {what}: {}", names.join(", ")));
        }
    }
    let rest = rest
        .iter()
        .map(|one| format!("  {}", sentence(one, labels)));
    lines.extend(rest);
    lines
}

#[cfg(test)]
mod tests {
    use super::super::{SERVICE, SESSION};
    use super::*;
    use crate::modes::differences::between;
    use crate::modes::samples::{service, user, variable};

    fn told() -> String {
        let differences = between(&user().got, &service().got);
        lines(&differences, (SESSION, SERVICE)).join("\n")
    }

    #[test]
    fn each_difference_has_what_it_commonly_breaks() {
        let told = told();
        for line in [
            "  PATH lacks /home/ann/.cargo/bin as a service\n      programs that are only there",
            "  PATH lacks /usr/sbin in the session\n",
            "  HOME: /home/ann in the session, not set as a service\n      programs look there",
            "  terminal: yes in the session, none as a service\n      nobody can be asked",
            "  open files: 1024 (may raise it to 524288) in the session, 524288 as a service\n",
            "  namespace of mounts: another one\n",
            "      /: ext4 rw in the session, ext4 ro as a service\n",
            "      /run/x: not mounted in the session, tmpfs rw as a service",
        ] {
            assert!(told.contains(line), "{line:?} is not in\n{told}");
        }
    }

    #[test]
    fn what_has_no_known_consequence_is_listed_by_name() {
        let told = told();
        assert!(
            told.contains("further variables only as a service: INVOCATION_ID"),
            "{told}"
        );
        assert!(
            told.contains("further variables only in the session: DB_PASSWORD"),
            "{told}"
        );
    }

    #[test]
    fn long_values_are_cut() {
        let (mut one, other) = (user().got, user().got);
        one.variables
            .push(variable("LC_ALL", Some(&"x".repeat(500))));
        let told = lines(&between(&one, &other), (SESSION, SERVICE)).join("\n");
        assert!(
            told.contains("xxx… in the session, not set as a service"),
            "{told}"
        );
    }

    #[test]
    fn the_same_is_said_to_be_the_same() {
        assert_eq!(lines(&[], (SESSION, SERVICE)).len(), 2);
    }
}
