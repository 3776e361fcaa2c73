//! What the running systemd is asked for.

use std::time::Duration;

use outlast_os::bus::Verb;

use crate::definition::{Definition, NativeName, Scope, StartType, Trigger};
use crate::manager::{Error, NativeState, NativeStatus, Property, Request};
use crate::register::Registration;

use super::ask;
use super::call::SystemdCall;
use super::folders::Folders;
use super::linger;
use super::state;
use super::unit::unit_name;

pub(super) fn inverse(call: &SystemdCall) -> Vec<SystemdCall> {
    match call {
        SystemdCall::Reload { .. } => vec![call.clone()],
        SystemdCall::Linger { user } if linger::is_on(user) => Vec::new(),
        SystemdCall::Linger { user } => vec![SystemdCall::NoLinger { user: user.clone() }],
        SystemdCall::NoLinger { user } if linger::is_ours() => {
            vec![SystemdCall::Linger { user: user.clone() }]
        }
        SystemdCall::NoLinger { .. } => Vec::new(),
    }
}

pub(super) fn make(call: &SystemdCall) -> Result<(), Error> {
    match call {
        SystemdCall::Reload { scope } => ask::reload(*scope),
        SystemdCall::Linger { user } => linger::begin(user),
        SystemdCall::NoLinger { user } => linger::end(user),
    }
}

pub(super) fn status(
    folders: &Folders,
    name: &NativeName,
    scope: Scope,
) -> Result<NativeStatus, Error> {
    // A name that no unit can have has no unit.
    let Ok(unit) = unit_name(name, "service") else {
        return Ok(NativeStatus::ABSENT);
    };
    let mut status = state::status(&ask::properties(scope, &unit)?);
    if status.state == NativeState::Absent {
        let unread = folders
            .looked_in(scope)
            .into_iter()
            .map(|folder| folder.join(&unit))
            .find(|path| path.symlink_metadata().is_ok());
        if let Some(path) = unread {
            status.state = NativeState::Stopped;
            status.remark = Some(format!("systemd has not read {} yet", path.display()));
        }
    }
    Ok(status)
}

pub(super) fn properties(registration: &Registration) -> Result<Vec<Property>, Error> {
    let definition = &registration.definition;
    let told = ask::properties(definition.scope, &unit_name(&definition.name, "service")?)?;
    if state::status(&told).state == NativeState::Absent {
        return Err(Error::NotInstalled(definition.name.clone()));
    }
    let path_unit = match path_unit(definition)? {
        Some(unit) => Some(ask::properties(definition.scope, &unit)?),
        None => None,
    };
    Ok(state::properties(&told, path_unit.as_ref()))
}

pub(super) fn control(
    registration: &Registration,
    request: Request,
    patience: Duration,
) -> Result<(), Error> {
    let definition = &registration.definition;
    let unit = unit_name(&definition.name, "service")?;
    let verb = match request {
        Request::Start => Verb::Start,
        Request::Stop => Verb::Stop,
        Request::Restart => Verb::Restart,
    };
    // What starts the service would do so again right after it has stopped; and
    // one that was stopped by hand is armed again when it is started by hand.
    if let Some(path_unit) = path_unit(definition)? {
        ask::job(definition.scope, verb, &path_unit, patience)?;
    }
    ask::job(definition.scope, verb, &unit, patience).map_err(|error| told_why(error, definition))
}

fn path_unit(definition: &Definition) -> Result<Option<String>, Error> {
    match definition.start {
        StartType::Trigger(Trigger::Path(_)) => unit_name(&definition.name, "path").map(Some),
        _ => Ok(None),
    }
}

/// A unit that is not there is not installed, however systemd puts it.
fn told_why(error: Error, definition: &Definition) -> Error {
    if !matches!(error, Error::Refused { .. }) {
        return error;
    }
    let told = unit_name(&definition.name, "service")
        .and_then(|unit| ask::properties(definition.scope, &unit));
    match told {
        Ok(told) if state::status(&told).state == NativeState::Absent => {
            Error::NotInstalled(definition.name.clone())
        }
        _ => error,
    }
}
