//! Secrets in places that many can read. A value is never printed.

use std::path::Path;

use outlast_config::webhook::ADDRESS_VARIABLE;
use outlast_model::Service;

use super::quoted;
use crate::doctor::facts::Facts;
use crate::doctor::finding::{Finding, Severity};
use crate::doctor::secret;
use crate::doctor::subject::{Planned, Subject};

/// Where a secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Leak {
    /// As in "the variable API_TOKEN".
    what: String,
    place: String,
    fix: String,
}

pub(super) fn check(subject: &Subject<'_>, facts: &dyn Facts) -> Vec<Finding> {
    let planned = &subject.planned;
    let mut leaks: Vec<Leak> = of_definition(planned);
    for path in subject.files() {
        let text = facts.text(path).unwrap_or_default();
        // What the definition has, its files have, too.
        let known: Vec<String> = leaks.iter().map(|leak| leak.what.clone()).collect();
        leaks.extend(
            of_text(&text, &path.display().to_string())
                .into_iter()
                .filter(|leak| !known.contains(&leak.what)),
        );
    }
    let services = planned.services.iter();
    leaks.extend(services.flat_map(|service| of_environment_file(service, facts)));
    leaks.dedup();
    leaks.into_iter().map(finding).collect()
}

fn finding(leak: Leak) -> Finding {
    Finding {
        id: "password",
        severity: Severity::Warning,
        what: format!("{} in {} looks like a secret", leak.what, leak.place),
        why: "everybody who can read that place, a copy of it or the list of processes knows it"
            .to_owned(),
        fix: leak.fix,
    }
}

fn leak(what: String, place: &str) -> Leak {
    Leak {
        what,
        place: place.to_owned(),
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
    for service in planned.services {
        let place = format!("service {} of {file}", service.name);
        for (name, value) in &service.environment.set {
            leaks.extend(variable(name, value, &place));
        }
        leaks.extend(arguments(&service.command.arguments, &place));
        leaks.extend(webhook(service, &file));
    }
    leaks
}

/// An address that is written down where its key is.
fn webhook(service: &Service, file: &str) -> Option<Leak> {
    let address = service.environment.set.get(ADDRESS_VARIABLE)?;
    let of = service.part_of.as_ref()?;
    secret::is_in_address(address).then(|| Leak {
        what: "the address of the webhook".to_owned(),
        place: format!("service {of} of {file}"),
        fix: "write it into a file that only the guardian's account can read (mode 0600) and name that file: \
              on_failure = { webhook = { file = \"…\" } }"
            .to_owned(),
    })
}

/// The place for secrets, as long as not everybody can read it.
fn of_environment_file(service: &Service, facts: &dyn Facts) -> Vec<Leak> {
    let open = service.environment.file.as_deref();
    let Some(path) = open.filter(|path| facts.is_readable_by_everybody(path)) else {
        return Vec::new();
    };
    let place = format!("{}, which everybody can read,", path.display());
    let text = facts.text(path).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once('='));
    lines
        .filter_map(|(name, value)| {
            let name = name.trim().trim_start_matches("export ");
            variable(name, value.trim().trim_matches(['"', '\'']), &place)
        })
        .map(|leak| Leak {
            fix: closing(path),
            ..leak
        })
        .collect()
}

fn closing(path: &Path) -> String {
    format!(
        "chmod 600 {}, and give it to the account that the service runs as",
        quoted(path)
    )
}

/// What an administrator may have added by hand.
fn of_text(text: &str, place: &str) -> Vec<Leak> {
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
                leaks.extend(variable(name, value, place));
            }
        }
        leaks.extend(arguments(&words, place));
    }
    leaks
}

fn variable(name: &str, value: &str, place: &str) -> Option<Leak> {
    let is_plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    let is_secret = (secret::is_name(name) && secret::is_value(value)) || secret::is_itself(value);
    (is_plain && is_secret).then(|| leak(format!("the variable {name}"), place))
}

/// `--password=x`, `--password x`, `/password:x`, and addresses with a password.
fn arguments(words: &[String], place: &str) -> Vec<Leak> {
    let next = words.iter().skip(1).map(Some).chain([None]);
    let pairs = words.iter().zip(next).enumerate();
    pairs
        .filter_map(|(index, (word, next))| {
            let (option, value) = option(word, next);
            let named = value.filter(|value| secret::is_value(value) && !value.starts_with('-'));
            if named.is_some() && secret::is_name(option) {
                return Some(leak(format!("the argument {option}"), place));
            }
            let value = word
                .split_once('=')
                .map_or(word.as_str(), |(_, value)| value);
            secret::is_itself(value).then(|| leak(format!("argument {}", index + 1), place))
        })
        .collect()
}

/// The option that `word` is, and its value.
fn option<'a>(word: &'a str, next: Option<&'a String>) -> (&'a str, Option<&'a str>) {
    if word.starts_with('-') {
        return match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, next.map(String::as_str)),
        };
    }
    match word.split_once(':') {
        Some((option, value)) if word.starts_with('/') => (option, Some(value)),
        _ => (word, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(leaks: Vec<Leak>) -> Vec<String> {
        leaks.into_iter().map(|leak| leak.what).collect()
    }

    #[track_caller]
    fn check_arguments(words: &[&str], expected: &[&str]) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(told(arguments(&words, "x")), expected, "{words:?}");
    }

    #[test]
    fn arguments_are_looked_at_in_every_spelling() {
        check_arguments(&["--password", "hunter2"], &["the argument --password"]);
        check_arguments(&["--password=hunter2"], &["the argument --password"]);
        check_arguments(&["/password:hunter2"], &["the argument /password"]);
        check_arguments(&["--db", "mysql://a:b@c/d"], &["argument 2"]);
    }

    #[test]
    fn arguments_that_only_speak_of_secrets_are_none() {
        check_arguments(&["--password-file", "/etc/x"], &[]);
        check_arguments(&["--token", "--verbose"], &[]);
        check_arguments(&["secret", "token"], &[]);
        check_arguments(&["/run/secret/token", "x"], &[]);
    }

    #[test]
    fn units_are_read() {
        let unit = "[Service]\nEnvironment=\"API_TOKEN=hunter2\" A=b\n\
                    ExecStart=/x --password=hunter2\nUser=shop\n";
        assert_eq!(
            told(of_text(unit, "x")),
            ["the variable API_TOKEN", "the argument --password"]
        );
    }
}
