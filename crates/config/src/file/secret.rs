//! `secret`.

use std::collections::BTreeMap;

use outlast_model::Delivery;
use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, quoted};
use crate::file::CommandLine;
use crate::read::{Choice, Fields, FromToml, Key, Keys, Line, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::{Located, Span};

/// As long as a name of a file may be, and some room for `_FILE`.
const LONGEST: usize = 200;

/// Secrets by name: letters, digits, `_`, `-` and `.`, a letter or `_` first.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(transparent)]
pub(crate) struct Secrets(pub(crate) BTreeMap<String, Located<SecretKeys>>);

/// Where the value of a secret comes from, anew for each start, and how the
/// program gets it. Exactly one of `file`, `env`, `keyring` and `command`.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct SecretKeys {
    /// A file, read by the guardian; a relative path counts from this file's folder.
    pub(crate) file: Option<Located<Text>>,
    /// A variable of the guardian's own environment.
    pub(crate) env: Option<Located<Text>>,
    /// A name in the operating system's keyring of the guardian's account: a key of
    /// the type `user` in the kernel's keyrings (Linux), a generic credential of the
    /// Credential Manager (Windows).
    pub(crate) keyring: Option<Located<Line>>,
    /// A program that prints the value, within 10 s. It runs as the guardian does, in
    /// this file's folder, with the guardian's environment.
    pub(crate) command: Option<Located<CommandLine>>,
    /// `file` (default): in a file that only the service's account can read, named
    /// after the secret, in the folder `CREDENTIALS_DIRECTORY`, gone when the program
    /// is; `NAME_FILE` has its path. `variable`: in the variable of that name, without
    /// the line end at its end, for programs that take it no other way; whoever may look
    /// at the program's environment sees it there.
    #[schemars(rename = "as")]
    pub(crate) delivery: Option<Located<DeliveryWord>>,
}

impl SecretKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "secret",
        known: &["file", "env", "keyring", "command", "as"],
        later: &[],
    };

    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            file: fields.take("file"),
            env: fields.take("env"),
            keyring: fields.take("keyring"),
            command: fields.take("command"),
            delivery: fields.take("as"),
        };
        Fields::whole(table, Self::KEYS, report, take, |_, _| None)
    }

    /// How many are given.
    pub(crate) fn sources(&self) -> usize {
        let given = [
            self.file.is_some(),
            self.env.is_some(),
            self.keyring.is_some(),
            self.command.is_some(),
        ];
        given.into_iter().filter(|is_given| *is_given).count()
    }
}

impl FromToml for Secrets {
    const EXPECTED: &'static str = "a table such as { DB_PASSWORD = { file = \"/etc/shop/db\" } }";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        let DeValue::Table(table) = value else {
            wrong_type::<Self>(&value, place, report);
            return None;
        };
        let mut secrets = BTreeMap::new();
        for (name, value) in table {
            let name_span = Span::from(name.span());
            let name = name.into_inner().into_owned();
            let span = Span::from(value.span());
            let key = Key {
                table: "secret",
                name: &name,
            };
            let read = SecretKeys::from_toml(value.into_inner(), Place { key, span }, report);
            if let Some(keys) = read {
                check((&name, name_span), &keys, report);
                secrets.insert(name, Located::new(keys, name_span));
            }
        }
        Some(Self(secrets))
    }
}

impl FromToml for SecretKeys {
    const EXPECTED: &'static str = "a table such as { file = \"/etc/shop/db\" }";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::Table(table) => Self::read(table, report),
            // It may be the secret itself, which no message repeats.
            DeValue::String(_) => {
                let message = format!("{} says where the value comes from", place.key);
                report.push(Diagnostic::error(place.span, message).help(
                    "a secret has no place in this file; write { file = \"…\" }, { env = \"…\" }, \
                     { keyring = \"…\" } or { command = [\"…\"] }",
                ));
                None
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}

fn check((name, span): (&str, Span), keys: &SecretKeys, report: &mut Report) {
    if keys.sources() != 1 {
        let message = format!("the secret {} needs exactly one source", quoted(name));
        report.push(
            Diagnostic::error(span, message)
                .help("write one of `file`, `env`, `keyring`, `command`"),
        );
    }
    let delivery = keys.delivery.as_ref().map(|word| word.value.0);
    let is_variable = delivery == Some(Delivery::Variable);
    if !is_name(name) || (is_variable && !is_identifier(name)) {
        let message = format!("{} cannot name a secret", quoted(name));
        let help = if is_variable {
            "the name of a variable has letters, digits and `_`, no digit first"
        } else {
            "it names a file: letters, digits, `_`, `-` and `.`, a letter or `_` first, at most 200"
        };
        report.push(Diagnostic::error(span, message).help(help));
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well && name.len() <= LONGEST && name.chars().all(is_allowed)
}

fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// How the program gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryWord(pub(crate) Delivery);

impl Choice for DeliveryWord {
    const EXPECTED: &'static str = "\"file\" or \"variable\"";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("file", Self(Delivery::File)),
        ("variable", Self(Delivery::Variable)),
    ];

    fn explain(word: &str) -> Option<String> {
        matches!(word, "env" | "environment").then(|| "write `variable`".to_owned())
    }
}
