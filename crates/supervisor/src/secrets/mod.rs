//! Secrets: got anew for each start, away from the loop, and handed over.
//!
//! A value is in a [`SecretValue`], in the file that is handed over or in the
//! environment of a start, and nowhere else: a failure says which secret it was
//! about, where that comes from and why it could not be had.

mod command;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use outlast_model::exit::StartStep;
use outlast_model::{
    Delivery, InstanceId, Secret, SecretSource, Service, ServiceName, StartFailure,
};
use outlast_os::account::Account;
use outlast_os::secret::{FOLDER_VARIABLE, SecretDir, SecretValue};
use outlast_os::tree::Tree;

/// What commands have printed, by the secret's name.
pub(crate) type Printed = BTreeMap<String, SecretValue>;

/// With what the secrets of an instance are got.
#[derive(Debug)]
pub(crate) struct Means {
    /// The tree in which commands run that tell them, if there are any.
    pub(crate) tree: Option<Tree>,
    /// The guardian's.
    pub(crate) state_dir: PathBuf,
}

/// What an instance is given. The files go when it is dropped.
#[derive(Debug)]
pub(crate) struct Handed {
    /// By which it finds them, or which have them.
    pub(crate) variables: Variables,
    /// The files.
    pub(crate) _dir: Option<SecretDir>,
}

/// Variables that may have values of secrets, which no formatting shows.
#[derive(Default)]
pub(crate) struct Variables(pub(crate) Vec<(OsString, OsString)>);

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
    }
}

/// The name of the tree for the commands that tell the secrets of `service`. `None`:
/// it is too long to have one.
pub(crate) fn tree_name(service: &ServiceName) -> Option<ServiceName> {
    ServiceName::new(&format!("{service}.secret")).ok()
}

/// Whether commands are run to tell secrets of `service`.
pub(crate) fn uses_commands(service: &Service) -> bool {
    let mut sources = service.secrets.values().map(|secret| &secret.source);
    sources.any(|source| matches!(source, SecretSource::Command { .. }))
}

/// Runs the commands that tell secrets of `service`, one after the other.
///
/// # Errors
/// The first that does not tell one.
pub(crate) async fn printed(service: &Service, means: &Means) -> Result<Printed, StartFailure> {
    let mut printed = Printed::new();
    for (name, secret) in &service.secrets {
        if let SecretSource::Command { command, dir } = &secret.source {
            let told = command::run(command, dir, means.tree.as_ref()).await;
            let value = told.map_err(|why| failure(name, secret, (None, &why)))?;
            printed.insert(name.clone(), value);
        }
    }
    Ok(printed)
}

/// Gets what no command has `printed`, and makes the files for `account`. Blocks as
/// file systems do.
///
/// # Errors
/// The first that cannot be had or handed over.
pub(crate) fn hand_over(
    service: &Service,
    instance: InstanceId,
    (mut printed, account): (Printed, Option<&Account>),
    state_dir: &Path,
) -> Result<Handed, StartFailure> {
    let mut variables = Vec::new();
    let mut filed = Vec::new();
    for (name, secret) in &service.secrets {
        let value = match printed.remove(name) {
            Some(value) => value,
            None => get(&secret.source)
                .map_err(|error| failure(name, secret, (error.raw_os_error(), &error)))?,
        };
        match secret.delivery {
            Delivery::File => filed.push((name.as_str(), value)),
            Delivery::Variable => {
                let value = value.as_variable();
                let value = value.map_err(|why| failure(name, secret, (None, &why)))?;
                variables.push((name.into(), value));
            }
        }
    }
    let dir = if filed.is_empty() {
        None
    } else {
        Some(files(service, instance, (&filed, account), state_dir)?)
    };
    if let Some(dir) = &dir {
        variables.push((FOLDER_VARIABLE.into(), dir.path().into()));
        let files = filed
            .iter()
            .map(|(name, _)| (format!("{name}_FILE"), dir.file(name)));
        variables.extend(files.map(|(name, path)| (name.into(), path.into())));
    }
    Ok(Handed {
        variables: Variables(variables),
        _dir: dir,
    })
}

fn get(source: &SecretSource) -> io::Result<SecretValue> {
    match source {
        SecretSource::File(path) => SecretValue::of_file(path),
        SecretSource::Variable(name) => {
            let value = std::env::var_os(name)
                .ok_or_else(|| io::Error::other("the guardian has no such variable"))?;
            SecretValue::new(value.into_encoded_bytes())
        }
        SecretSource::Keyring(name) => SecretValue::of_keyring(name),
        SecretSource::Command { .. } => Err(io::Error::other("its command was not run")),
    }
}

fn files(
    service: &Service,
    instance: InstanceId,
    (filed, account): (&[(&str, SecretValue)], Option<&Account>),
    state_dir: &Path,
) -> Result<SecretDir, StartFailure> {
    let name = format!("{}.{instance}", service.name);
    let values: Vec<(&str, &SecretValue)> =
        filed.iter().map(|(name, value)| (*name, value)).collect();
    SecretDir::make(state_dir, &name, account, &values).map_err(|error| StartFailure {
        step: StartStep::ReadSecret,
        subject: PathBuf::from(name),
        os_error: error.raw_os_error(),
        message: format!("cannot make the files with its secrets: {error}"),
    })
}

/// Why they are not there in time.
pub(crate) fn not_ready(why: &str) -> StartFailure {
    StartFailure {
        step: StartStep::ReadSecret,
        subject: PathBuf::from("secret"),
        os_error: None,
        message: format!("cannot get its secrets: {why}"),
    }
}

/// Why a secret cannot be had, without its value.
fn failure(
    name: &str,
    secret: &Secret,
    (os_error, why): (Option<i32>, &dyn std::fmt::Display),
) -> StartFailure {
    let source = &secret.source;
    let (word, place) = (source.word(), place(source));
    StartFailure {
        step: StartStep::ReadSecret,
        subject: PathBuf::from(name),
        os_error,
        message: format!("cannot get the secret {name} ({word} {place}): {why}"),
    }
}

fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::File(path) => path.display().to_string(),
        SecretSource::Variable(name) | SecretSource::Keyring(name) => name.clone(),
        // Its arguments are the user's, and may be more than a name.
        SecretSource::Command { command, .. } => command.program.clone(),
    }
}
