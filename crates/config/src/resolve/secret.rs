//! `secret`: where each comes from.

use std::collections::BTreeMap;
use std::path::Path;

use outlast_model::service::Command;
use outlast_model::{Secret, SecretSource};

use crate::defaults;
use crate::file::{SecretKeys, Secrets};
use crate::resolve::service::resolved;

/// What has no source has been reported.
pub(super) fn resolve(secrets: Option<Secrets>, folder: &Path) -> BTreeMap<String, Secret> {
    let all = secrets.unwrap_or_default().0.into_iter();
    all.filter_map(|(name, keys)| Some((name, secret(keys.value, folder)?)))
        .collect()
}

pub(super) fn secret(keys: SecretKeys, folder: &Path) -> Option<Secret> {
    let file = keys.file.map(|file| resolved(folder, &file));
    let variable = keys.env.map(|name| name.value.0);
    let keyring = keys.keyring.map(|name| name.value.0);
    let command = keys.command.map(|line| SecretSource::Command {
        command: Command {
            program: line.value.program.value,
            arguments: line.value.arguments,
        },
        dir: folder.to_owned(),
    });
    let source = file
        .map(SecretSource::File)
        .or(variable.map(SecretSource::Variable))
        .or(keyring.map(SecretSource::Keyring))
        .or(command)?;
    Some(Secret {
        source,
        delivery: keys
            .delivery
            .map_or(defaults::DELIVERY, |word| word.value.0),
    })
}
