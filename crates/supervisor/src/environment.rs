//! The environment an instance finds: built anew for each start.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use outlast_model::exit::StartStep;
use outlast_model::service::{Environment, Inherit};
use outlast_model::{InstanceId, Service, StartFailure};
use outlast_os::account::Logon;
use outlast_os::channel;
use outlast_os::environment::{is_minimal, merged};
use outlast_os::manager_link::is_own_variable;

use crate::environment_file;
use crate::spawn::Order;

/// The variables for `instance` of `service`: inherited ones, those of the
/// account that `logon` is of, those of the file, those of the definition, and
/// `OUTLAST_SERVICE`, `OUTLAST_INSTANCE` and `OUTLAST_CHANNEL`, and those that are for
/// this instance alone; the later win. Where there is an
/// account, what ordinary programs need is the account's and not the guardian's.
/// In a session everything is inherited from there.
///
/// # Errors
/// When the environment file cannot be read or understood.
pub(crate) fn build(order: Order<'_>) -> Result<Vec<(OsString, OsString)>, StartFailure> {
    let Order {
        service,
        instance,
        logon,
        channel,
        variables: own,
        handed: _,
    } = order;
    let of_session = logon.and_then(Logon::inherited);
    let inherited = of_session.unwrap_or_else(|| std::env::vars_os().collect());
    let mut variables: Vec<(OsString, OsString)> = inherited
        .into_iter()
        .filter(|(name, _)| inherits(&service.environment, name))
        .filter(|(name, _)| logon.is_none() || !is_minimal(name))
        .collect();
    variables.extend(logon.map(Logon::variables).unwrap_or_default());
    if let Some(file) = &service.environment.file {
        variables.extend(read_file(file)?);
    }
    let set = &service.environment.set;
    variables.extend(set.iter().map(|(name, value)| (name.into(), value.into())));
    variables.push(("OUTLAST_SERVICE".into(), service.name.as_str().into()));
    variables.push(("OUTLAST_INSTANCE".into(), instance.to_string().into()));
    variables.extend(channel.map(|address| (channel::VARIABLE.into(), address.to_owned())));
    variables.extend_from_slice(own);
    Ok(merged(variables))
}

/// The `PATH` that an instance of `service` finds, but for what its account adds
/// on Windows: that is known only once it has logged on. An environment file
/// that cannot be used is left out: it is a trouble of its own.
pub(crate) fn search_path(service: &Service) -> Option<OsString> {
    let mut service = service.clone();
    if service
        .environment
        .file
        .as_deref()
        .is_some_and(|file| check_file(file).is_err())
    {
        service.environment.file = None;
    }
    let order = Order {
        service: &service,
        instance: InstanceId(0),
        logon: None,
        channel: None,
        variables: &[],
        handed: &[],
    };
    let variables = build(order).ok()?;
    value(&variables, "PATH").map(OsStr::to_owned)
}

/// Whether the environment file at `path` can be used.
pub(crate) fn check_file(path: &Path) -> Result<(), StartFailure> {
    read_file(path).map(drop)
}

/// The value of `name` in `variables`.
pub(crate) fn value<'a>(variables: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    let found = variables
        .iter()
        .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_os_str())
}

/// What the native manager has told this process is for nobody else, even if
/// everything is inherited: a service that spoke in the guardian's name would
/// make it ready, or keep it alive when it hangs.
fn inherits(environment: &Environment, name: &OsStr) -> bool {
    if is_own_variable(name) {
        return false;
    }
    match &environment.inherit {
        Inherit::Minimal => is_minimal(name),
        Inherit::Named(names) => {
            is_minimal(name) || names.iter().any(|wanted| name == OsStr::new(wanted))
        }
        Inherit::Everything => true,
    }
}

fn read_file(path: &Path) -> Result<Vec<(OsString, OsString)>, StartFailure> {
    let failure = |os_error: Option<i32>, why: String| StartFailure {
        step: StartStep::ReadEnvironment,
        subject: path.to_owned(),
        os_error,
        message: format!("cannot use the environment file {}: {why}", path.display()),
    };
    let text = environment_file::read(path)
        .map_err(|error| failure(error.raw_os_error(), error.to_string()))?;
    let variables = environment_file::parse(&text).map_err(|error| failure(None, error))?;
    Ok(variables
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect())
}
