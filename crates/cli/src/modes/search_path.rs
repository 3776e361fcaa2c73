//! How two search paths differ, entry by entry. Pure.

use std::collections::BTreeSet;

use super::differences::{Difference, Kind, Side};
use super::document::Got;
use super::reasons;

/// Entries that one half lacks, and the order of those that both have. Nothing when one has no
/// search path at all: that is the difference of a variable.
pub(super) fn differences(first: &Got, second: &Got) -> Vec<Difference> {
    let (Some(first), Some(second)) = (entries(first), entries(second)) else {
        return Vec::new();
    };
    let entry = |name: &str, first: Side, second: Side| Difference {
        kind: Kind::PathEntry,
        name: name.to_owned(),
        first,
        second,
        breaks: Some(reasons::OF_PATH),
    };
    let value = |name: &str| Side::Value(name.to_owned());
    let mut all = Vec::new();
    for name in lacking(&first, &second) {
        all.push(entry(name, value(name), Side::Absent));
    }
    for name in lacking(&second, &first) {
        all.push(entry(name, Side::Absent, value(name)));
    }
    let (one, other) = (common(&first, &second), common(&second, &first));
    if one != other {
        all.push(Difference {
            kind: Kind::PathOrder,
            name: "PATH".to_owned(),
            first: Side::Value(one.join(" ")),
            second: Side::Value(other.join(" ")),
            breaks: Some(reasons::OF_PATH_ORDER),
        });
    }
    all
}

/// Those of a half that has such a variable; Windows has its name in any case.
fn entries(got: &Got) -> Option<Vec<String>> {
    let mut variables = got.variables.iter();
    let path = variables.find(|variable| variable.name.eq_ignore_ascii_case("PATH"))?;
    let text = path.value.as_deref()?;
    // A letter of a drive is followed by a colon as well.
    let separator = if text.contains(';') || text.contains('\\') {
        ';'
    } else {
        ':'
    };
    let mut seen = BTreeSet::new();
    let all = text.split(separator).map(|entry| match entry {
        "" => ".".to_owned(),
        entry => entry.to_owned(),
    });
    Some(all.filter(|entry| seen.insert(entry.clone())).collect())
}

fn lacking<'a>(one: &'a [String], other: &[String]) -> Vec<&'a String> {
    one.iter().filter(|entry| !other.contains(entry)).collect()
}

fn common(one: &[String], other: &[String]) -> Vec<String> {
    let both = one.iter().filter(|entry| other.contains(entry));
    both.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::super::samples::variable;
    use super::*;

    #[test]
    fn the_order_of_a_path_counts_for_what_both_have() {
        let with = |path: &str| Got {
            variables: vec![variable("Path", Some(path))],
            ..Got::default()
        };
        let all = differences(&with("/a:/b:/c:/a"), &with("/b:/a"));
        let kinds: Vec<_> = all
            .iter()
            .map(|one| (one.kind, one.name.as_str()))
            .collect();
        assert_eq!(kinds, [(Kind::PathEntry, "/c"), (Kind::PathOrder, "PATH")]);
        let all = differences(&with(r"C:\a;C:\b"), &with(r"C:\a"));
        assert_eq!(all[0].name, r"C:\b");
    }
}
