//! How what two halves got differs. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::document::{Got, Variable};
use super::{reasons, search_path};

/// That is what the comparison is about.
const ALWAYS_ANOTHER: &str = "started by";

/// One thing that the halves do not have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    pub(crate) kind: Kind,
    /// What it is called: a variable, a fact, a limit, a place.
    pub(crate) name: String,
    pub(crate) first: Side,
    pub(crate) second: Side,
    /// What that commonly breaks, if there is a word for it.
    pub(crate) breaks: Option<&'static str>,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// An entry of `PATH`.
    PathEntry,
    /// The order of the entries that both have.
    PathOrder,
    Variable,
    Fact,
    Limit,
    Mount,
}

/// What one half has of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Side {
    Value(String),
    /// It has no such thing.
    Absent,
    /// It has a value that is not shown.
    Hidden,
    Unknown,
}

/// Everything, what commonly breaks something first.
pub(crate) fn between(first: &Got, second: &Got) -> Vec<Difference> {
    let mut all = search_path::differences(first, second);
    all.extend(of_variables(first, second));
    all.extend(of_facts(first, second));
    all.extend(of_limits(first, second));
    all.extend(of_mounts(first, second));
    all.sort_by_key(|difference| difference.breaks.is_none());
    all
}

fn of_variables(first: &Got, second: &Got) -> Vec<Difference> {
    let (first, second) = (by_name(first), by_name(second));
    let names: BTreeSet<&str> = first.keys().chain(second.keys()).copied().collect();
    let differing = names.into_iter().filter_map(|name| {
        let (one, other) = (first.get(name).copied(), second.get(name).copied());
        let is_path = name.eq_ignore_ascii_case("PATH") && one.is_some() && other.is_some();
        if is_path || is_same(one, other) {
            return None;
        }
        Some(Difference {
            kind: Kind::Variable,
            name: name.to_owned(),
            first: side(one),
            second: side(other),
            breaks: reasons::of_variable(name),
        })
    });
    differing.collect()
}

fn by_name(got: &Got) -> BTreeMap<&str, &Variable> {
    let variables = got.variables.iter();
    variables
        .map(|variable| (variable.name.as_str(), variable))
        .collect()
}

/// Two secrets of two comparisons are not known to differ, and are listed: who looks
/// for a fault wants to look at them.
fn is_same(one: Option<&Variable>, other: Option<&Variable>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => match (&one.value, &other.value) {
            (None, None) => one.fingerprint.is_some() && one.fingerprint == other.fingerprint,
            (one, other) => one == other,
        },
        (one, other) => one.is_none() && other.is_none(),
    }
}

fn side(variable: Option<&Variable>) -> Side {
    match variable {
        None => Side::Absent,
        Some(variable) => variable.value.clone().map_or(Side::Hidden, Side::Value),
    }
}

fn of_facts(first: &Got, second: &Got) -> Vec<Difference> {
    let differing = first.facts.iter().filter_map(|fact| {
        let mut others = second.facts.iter();
        let other = others.find(|other| other.name == fact.name)?;
        if fact.value == other.value {
            return None;
        }
        let known = |value: &Option<String>| value.clone().map_or(Side::Unknown, Side::Value);
        Some(Difference {
            kind: Kind::Fact,
            name: fact.name.clone(),
            first: known(&fact.value),
            second: known(&other.value),
            breaks: reasons::of_fact(&fact.name),
        })
    });
    differing
        .filter(|difference| difference.name != ALWAYS_ANOTHER)
        .collect()
}

fn of_limits(first: &Got, second: &Got) -> Vec<Difference> {
    let differing = first.limits.iter().filter_map(|limit| {
        let mut others = second.limits.iter();
        let other = others.find(|other| other.name == limit.name)?;
        if (limit.soft, limit.hard) == (other.soft, other.hard) {
            return None;
        }
        Some(Difference {
            kind: Kind::Limit,
            name: limit.name.clone(),
            first: Side::Value(bounds(limit.soft, limit.hard)),
            second: Side::Value(bounds(other.soft, other.hard)),
            breaks: reasons::of_limit(&limit.name),
        })
    });
    differing.collect()
}

fn bounds(soft: Option<u64>, hard: Option<u64>) -> String {
    let text = |limit: Option<u64>| {
        limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string())
    };
    if soft == hard {
        text(soft)
    } else {
        format!("{} (may raise it to {})", text(soft), text(hard))
    }
}

fn of_mounts(first: &Got, second: &Got) -> Vec<Difference> {
    let (Some(first), Some(second)) = (mounts(first), mounts(second)) else {
        return Vec::new();
    };
    let places: BTreeSet<&str> = first.keys().chain(second.keys()).copied().collect();
    let differing = places.into_iter().filter_map(|at| {
        let (one, other) = (first.get(at), second.get(at));
        let side =
            |what: Option<&&str>| what.map_or(Side::Absent, |&what| Side::Value(what.to_owned()));
        (one != other).then(|| Difference {
            kind: Kind::Mount,
            name: at.to_owned(),
            first: side(one),
            second: side(other),
            breaks: Some(reasons::OF_MOUNT),
        })
    });
    differing.collect()
}

/// Of several at one place the last one is seen.
fn mounts(got: &Got) -> Option<BTreeMap<&str, &str>> {
    let mounts = got.mounts.as_ref()?.iter();
    Some(
        mounts
            .map(|mount| (mount.at.as_str(), mount.what.as_str()))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::samples::{service, user, variable};
    use super::*;

    fn value(text: &str) -> Side {
        Side::Value(text.to_owned())
    }

    #[track_caller]
    fn found(kind: Kind, name: &str) -> (Side, Side) {
        let all = between(&user().got, &service().got);
        let found = all.iter().find(|one| one.kind == kind && one.name == name);
        let found = found.unwrap_or_else(|| panic!("{name} is not in {all:#?}"));
        (found.first.clone(), found.second.clone())
    }

    #[test]
    fn two_of_the_same_do_not_differ() {
        let mut half = user();
        half.got.variables[0].fingerprint = Some(7);
        assert_eq!(between(&half.got, &half.got), []);
    }

    #[test]
    fn each_kind_of_difference_is_found() {
        let cargo = "/home/ann/.cargo/bin";
        assert_eq!(found(Kind::PathEntry, cargo), (value(cargo), Side::Absent));
        assert_eq!(found(Kind::PathEntry, "/usr/sbin").0, Side::Absent);
        assert_eq!(
            found(Kind::Variable, "HOME"),
            (value("/home/ann"), Side::Absent)
        );
        assert_eq!(found(Kind::Variable, "INVOCATION_ID").0, Side::Absent);
        assert_eq!(found(Kind::Fact, "terminal"), (value("yes"), value("none")));
        let limits = found(Kind::Limit, "open files");
        assert_eq!(
            limits,
            (value("1024 (may raise it to 524288)"), value("524288"))
        );
        assert_eq!(
            found(Kind::Mount, "/"),
            (value("ext4 rw"), value("ext4 ro"))
        );
        assert_eq!(found(Kind::Mount, "/tmp").1, Side::Absent);
    }

    #[test]
    fn what_is_not_known_is_said_so() {
        let memory = found(Kind::Fact, "most memory of the control group");
        assert_eq!(memory, (Side::Unknown, value("1073741824")));
    }

    #[test]
    fn a_secret_differs_without_being_shown() {
        let with = |fingerprint| {
            let mut got = Got::default();
            got.variables.push(Variable {
                fingerprint,
                ..variable("TOKEN", None)
            });
            got
        };
        assert_eq!(between(&with(Some(1)), &with(Some(1))), []);
        // The last two are of two comparisons: nobody knows.
        for (one, other) in [(Some(1), Some(2)), (None, None)] {
            let all = between(&with(one), &with(other));
            assert_eq!(
                (&all[0].first, &all[0].second),
                (&Side::Hidden, &Side::Hidden)
            );
        }
        let text = format!("{:?}", between(&with(Some(77)), &Got::default()));
        assert!(!text.contains("77"), "{text}");
    }

    #[test]
    fn what_breaks_something_comes_first() {
        let all = between(&user().got, &service().got);
        let reasons: Vec<_> = all.iter().map(|one| one.breaks.is_some()).collect();
        assert!(reasons.is_sorted_by(|one, next| one >= next), "{all:#?}");
        assert!(!reasons.is_empty() && !reasons[reasons.len() - 1]);
    }
}
