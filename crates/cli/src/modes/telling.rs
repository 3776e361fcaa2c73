//! What this process got, as a document.

use std::env;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use outlast_os::circumstances::{self, Circumstances};

use super::document::{Fact, Got, Limit, Mount, Variable};
use crate::doctor::secret;

/// The fact that this process does not find in itself when it is a child.
pub(crate) const INPUT: &str = "standard input";

/// What this process got; its standard input is `input` if that is known better.
pub(crate) fn got(key: &str, input: Option<&str>) -> Got {
    let Circumstances {
        facts,
        limits,
        mounts,
    } = circumstances::of_this_process();
    let mut facts: Vec<Fact> = facts
        .into_iter()
        .map(|fact| Fact {
            area: fact.area.word().to_owned(),
            name: fact.name.to_owned(),
            value: fact.value,
        })
        .collect();
    facts.push(Fact {
        area: "session".to_owned(),
        name: INPUT.to_owned(),
        value: match input {
            Some(input) => Some(input.to_owned()),
            None => circumstances::standard_input().map(str::to_owned),
        },
    });
    let limit = |limit: circumstances::Limit| Limit {
        name: limit.name.to_owned(),
        soft: limit.soft,
        hard: limit.hard,
    };
    let mount = |mount: circumstances::Mount| Mount {
        at: mount.at,
        what: mount.what,
    };
    let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let mut variables: Vec<Variable> = env::vars_os()
        .map(|(name, value)| variable(text(name), text(value), key))
        .collect();
    variables.sort_by(|one, other| one.name.cmp(&other.name));
    Got {
        facts,
        limits: limits.into_iter().map(limit).collect(),
        mounts: mounts.map(|mounts| mounts.into_iter().map(mount).collect()),
        variables,
    }
}

fn variable(name: String, value: String, key: &str) -> Variable {
    if !is_secret(&name, &value) {
        return Variable {
            name,
            value: Some(value),
            fingerprint: None,
        };
    }
    let mut hasher = DefaultHasher::new();
    (key, &name, &value).hash(&mut hasher);
    Variable {
        name,
        value: None,
        fingerprint: Some(hasher.finish()),
    }
}

/// Rather one too many than one too few: a report is sent to others.
fn is_secret(name: &str, value: &str) -> bool {
    const PARTS: [&str; 9] = [
        "PASS",
        "TOKEN",
        "SECRET",
        "KEY",
        "CREDENTIAL",
        "AUTH",
        "COOKIE",
        "PRIVATE",
        "SIGNATURE",
    ];
    // The working directory, which the doctor's list takes for "password".
    if matches!(name, "PWD" | "OLDPWD") {
        return false;
    }
    let folded = name.to_uppercase();
    PARTS.iter().any(|part| folded.contains(part))
        || secret::is_name(name)
        || secret::is_itself(value)
        || secret::is_in_address(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_neither_shown_nor_guessed() {
        let secret = |value: &str, key| variable("DB_PASSWORD".to_owned(), value.to_owned(), key);
        let one = secret("hunter2", "a");
        assert_eq!(one.value, None);
        assert_eq!(one, secret("hunter2", "a"));
        assert_ne!(one, secret("hunter3", "a"));
        assert_ne!(one, secret("hunter2", "b"));
    }

    #[test]
    fn names_and_values_that_look_like_secrets_are_known() {
        for name in [
            "GITHUB_TOKEN",
            "SSH_AUTH_SOCK",
            "AWS_SECRET_ACCESS_KEY",
            "api_key",
            "pgpass",
        ] {
            assert!(is_secret(name, "x"), "{name}");
        }
        assert!(is_secret("DATABASE_URL", "postgres://shop:hunter2@db/shop"));
        for name in ["PATH", "HOME", "LANG", "TERM", "PWD"] {
            assert!(!is_secret(name, "/root"), "{name}");
        }
    }

    #[test]
    fn the_input_of_the_session_is_told_for_a_child() {
        let got = got("key", Some("terminal"));
        assert_eq!(got.fact(INPUT), Some("terminal"));
        assert!(got.fact("user").is_some());
        assert!(got.variables.iter().any(|variable| variable.name == "PATH"));
    }
}
