//! `on_failure.webhook`.

use schemars::JsonSchema;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::Diagnostic;
use crate::file::{CommandLine, SecretKeys};
use crate::read::{Fields, FromToml, Keys, Line, Place, Text, wrong_type};
use crate::report::Report;
use crate::source::Located;

/// An address, or where it comes from.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum WebhookSetting {
    Address(Text),
    Source(WebhookKeys),
}

/// Where the address comes from, as that of a `secret`. Exactly one of them.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(crate) struct WebhookKeys {
    /// A file, read by the guardian; a relative path counts from this file's folder.
    pub(crate) file: Option<Located<Text>>,
    /// A variable of the guardian's own environment.
    pub(crate) env: Option<Located<Text>>,
    /// A name in the operating system's keyring of the guardian's account.
    pub(crate) keyring: Option<Located<Line>>,
    /// A program that prints it, within 10 s. It runs as the guardian does.
    pub(crate) command: Option<Located<CommandLine>>,
}

impl WebhookKeys {
    /// The keys of the table.
    pub(crate) const KEYS: Keys = Keys {
        table: "webhook",
        known: &["file", "env", "keyring", "command"],
        later: &[],
    };

    fn read(table: DeTable<'_>, report: &mut Report) -> Option<Self> {
        let take = |fields: &mut Fields<'_, '_>| Self {
            file: fields.take("file"),
            env: fields.take("env"),
            keyring: fields.take("keyring"),
            command: fields.take("command"),
        };
        Fields::whole(table, Self::KEYS, report, take, |_, _| None)
    }

    /// The same as those of a secret.
    pub(crate) fn into_secret(self) -> SecretKeys {
        SecretKeys {
            file: self.file,
            env: self.env,
            keyring: self.keyring,
            command: self.command,
            delivery: None,
        }
    }
}

impl FromToml for WebhookSetting {
    const EXPECTED: &'static str = "an address, or a table such as { file = \"/etc/shop/hook\" }";

    fn from_toml(value: DeValue<'_>, place: Place<'_>, report: &mut Report) -> Option<Self> {
        match value {
            DeValue::String(_) => Text::from_toml(value, place, report).map(Self::Address),
            DeValue::Table(table) => {
                let keys = WebhookKeys::read(table, report)?;
                if keys.clone().into_secret().sources() == 1 {
                    return Some(Self::Source(keys));
                }
                let message = format!("{} needs exactly one source", place.key);
                report.push(
                    Diagnostic::error(place.span, message)
                        .help("write one of `file`, `env`, `keyring`, `command`"),
                );
                None
            }
            other => {
                wrong_type::<Self>(&other, place, report);
                None
            }
        }
    }
}
