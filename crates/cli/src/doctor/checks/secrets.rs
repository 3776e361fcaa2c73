//! Secrets in places that many can read. A value is never printed.

use std::path::Path;

use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::subject::{Planned, Subject};

/// Where a secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Leak {
    /// As in "the variable API_TOKEN".
    what: String,
    place: String,
}

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let mut leaks: Vec<Leak> = of_definition(&subject.planned);
    for path in subject.files() {
        let text = facts.text(path).unwrap_or_default();
        // What the definition has, its files have, too.
        let known: Vec<String> = leaks.iter().map(|leak| leak.what.clone()).collect();
        leaks.extend(
            of_text(&text, path)
                .into_iter()
                .filter(|leak| !known.contains(&leak.what)),
        );
    }
    leaks.iter().map(finding).collect()
}

fn finding(leak: &Leak) -> Finding {
    Finding {
        id: "password",
        severity: Severity::Warning,
        what: format!("{} in {} looks like a secret", leak.what, leak.place),
        why: "everybody who can read that place, a copy of it or the list of processes knows it"
            .to_owned(),
        fix: "write it into a file that only the service's account can read (mode 0600) and name that file: \
              env_file = \"…\""
            .to_owned(),
    }
}

fn of_definition(planned: &Planned<'_>) -> Vec<Leak> {
    let file = planned.file.map_or_else(
        || "the registration".to_owned(),
        |file| file.display().to_string(),
    );
    let mut leaks = Vec::new();
    for (name, value) in &planned.definition.environment {
        leaks.extend(variable(name, value, "the registration"));
    }
    let services = planned.services.iter();
    for service in services {
        let place = format!("service {} of {file}", service.name);
        for (name, value) in &service.environment.set {
            leaks.extend(variable(name, value, &place));
        }
        leaks.extend(arguments(&service.command.arguments, &place));
    }
    leaks
}

/// What an administrator may have added by hand.
fn of_text(text: &str, path: &Path) -> Vec<Leak> {
    let place = path.display().to_string();
    let mut leaks = Vec::new();
    for line in text.lines() {
        let words: Vec<String> = line
            .split([' ', '\t', '"', '\'', '<', '>'])
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        for word in &words {
            // `Environment=NAME=value` of systemd.
            let word = word.strip_prefix("Environment=").unwrap_or(word);
            if let Some((name, value)) = word.split_once('=') {
                leaks.extend(variable(name, value, &place));
            }
        }
        leaks.extend(arguments(&words, &place));
    }
    leaks.dedup();
    leaks
}

fn variable(name: &str, value: &str, place: &str) -> Option<Leak> {
    let is_leak = (is_secret_name(name) && is_secret_value(value)) || is_secret_itself(value);
    let name = name.trim_start_matches('-');
    (is_leak && name_is_plain(name)).then(|| Leak {
        what: format!("the variable {name}"),
        place: place.to_owned(),
    })
}

fn name_is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.".contains(c))
}

/// `--password=x`, `--password x`, and addresses with a password.
fn arguments(words: &[String], place: &str) -> Vec<Leak> {
    let leak = |what: String| Leak {
        what,
        place: place.to_owned(),
    };
    let mut leaks = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let (option, value) = match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word.as_str(), words.get(index + 1).map(String::as_str)),
        };
        let is_option =
            option.starts_with("--") || option.starts_with('/') || option.starts_with('-');
        let follows = value.is_some_and(|value| is_secret_value(value) && !value.starts_with('-'));
        if is_option && is_secret_name(option) && follows {
            leaks.push(leak(format!("the argument {option}")));
        } else if is_secret_itself(word.split_once('=').map_or(word, |(_, value)| value)) {
            let number = index + 1;
            leaks.push(leak(format!("argument {number}")));
        }
    }
    leaks
}

/// Words that name a secret when they are part of a name.
const SECRETS: [&str; 10] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "credential",
    "credentials",
    "pass",
];
/// Pairs of words that do.
const PAIRS: [(&str, &str); 4] = [
    ("api", "key"),
    ("private", "key"),
    ("access", "key"),
    ("encryption", "key"),
];
/// A name that ends so is about a secret and has none.
const HARMLESS_ENDS: [&str; 16] = [
    "file", "path", "dir", "ttl", "timeout", "expiry", "length", "size", "name", "id", "type",
    "url", "endpoint", "min", "max", "count",
];

fn is_secret_name(name: &str) -> bool {
    let folded = name.to_lowercase();
    let parts: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    if parts
        .last()
        .is_some_and(|last| HARMLESS_ENDS.contains(last))
    {
        return false;
    }
    let has_pair = |pair: &[&str]| PAIRS.contains(&(pair[0], pair[1]));
    parts
        .iter()
        .any(|part| SECRETS.contains(part) || part.ends_with("password"))
        || parts.windows(2).any(has_pair)
}

/// Whether something is there that is no reference to elsewhere.
fn is_secret_value(value: &str) -> bool {
    let is_word = matches!(value, "" | "true" | "false" | "none" | "null" | "0" | "1");
    let is_reference = value.starts_with(['$', '%', '/', '.', '~'])
        || value.get(1..3).is_some_and(|start| start == ":\\");
    !is_word && !is_reference
}

/// Whether it is a secret whatever its name: a key, a well-known kind of token,
/// or an address with a password in it.
fn is_secret_itself(value: &str) -> bool {
    const KINDS: [&str; 8] = [
        "-----BEGIN",
        "ghp_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "sk_live_",
        "AKIA",
    ];
    KINDS
        .iter()
        .any(|kind| value.starts_with(kind) && value.len() >= 16)
        || has_password_in_address(value)
}

fn has_password_in_address(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    let password = user
        .and_then(|user| user.split_once(':'))
        .map(|(_, password)| password);
    password.is_some_and(|password| !password.is_empty() && !password.starts_with('$'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_variable(name: &str, value: &str, expected: bool) {
        assert_eq!(
            variable(name, value, "x").is_some(),
            expected,
            "{name}={value}"
        );
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in [
            "DB_PASSWORD",
            "PGPASSWORD",
            "ApiKey",
            "API_KEY",
            "github-token",
            "AWS_SECRET_ACCESS_KEY",
        ] {
            check_variable(name, "hunter2", true);
        }
        for name in [
            "PATH",
            "KEY",
            "MONKEY",
            "TOKEN_TTL",
            "PASSWORD_FILE",
            "SECRET_NAME",
            "COMPASS",
            "TOKENIZER",
        ] {
            check_variable(name, "hunter2", false);
        }
    }

    #[test]
    fn references_are_none() {
        for value in [
            "",
            "true",
            "$SECRET",
            "%SECRET%",
            "/run/secrets/db",
            r"C:\secrets\db",
        ] {
            check_variable("DB_PASSWORD", value, false);
        }
    }

    #[test]
    fn an_address_with_a_password_is_one_whatever_its_name() {
        check_variable("DATABASE_URL", "postgres://shop:hunter2@db/shop", true);
        for value in [
            "postgres://db/shop",
            "postgres://shop@db/shop",
            "http://host/a:b@c",
            "postgres://shop:$PASS@db",
        ] {
            check_variable("DATABASE_URL", value, false);
        }
    }

    #[track_caller]
    fn check_arguments(words: &[&str], expected: &[&str]) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let found: Vec<String> = arguments(&words, "x")
            .into_iter()
            .map(|leak| leak.what)
            .collect();
        assert_eq!(found, expected, "{words:?}");
    }

    #[test]
    fn arguments_are_looked_at_in_both_spellings() {
        check_arguments(&["--password", "hunter2"], &["the argument --password"]);
        check_arguments(&["--password=hunter2"], &["the argument --password"]);
        check_arguments(&["--db", "mysql://a:b@c/d"], &["argument 2"]);
        check_arguments(&["--password-file", "/etc/x", "--token", "--verbose"], &[]);
        check_arguments(&["secret", "token"], &[]);
    }

    #[test]
    fn units_are_read() {
        let unit = "[Service]\nEnvironment=\"API_TOKEN=hunter2\" A=b\nExecStart=/x --password hunter2\nUser=shop\n";
        let found: Vec<String> = of_text(unit, Path::new("/u"))
            .into_iter()
            .map(|leak| leak.what)
            .collect();
        assert_eq!(found, ["the variable API_TOKEN", "the argument --password"]);
    }
}
