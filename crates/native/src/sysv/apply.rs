//! The script itself, by LSB's exit codes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{NAME, script as script_path};
use crate::asked::Asked;
use crate::bounded;
use crate::definition::{NativeName, Scope};
use crate::manager::{Error, NativeState, NativeStatus, Property, Request};
use crate::processes;
use crate::register::Registration;
use crate::script;
use crate::step::Tool;
use crate::tool;

/// A script that says how its service is asks nobody that answers late.
const ANSWER: Duration = Duration::from_secs(20);

pub(super) fn status(name: &NativeName, scope: Scope) -> Result<NativeStatus, Error> {
    let is_absent = scope == Scope::User
        || script::check_name(NAME, name, "-_.+").is_err()
        || !script_path(name).exists();
    if is_absent {
        return Ok(NativeStatus::ABSENT);
    }
    let (state, remark) = match tool::ask(&action(name, "status"), ANSWER)?.code {
        Some(0) => (NativeState::Running, None),
        Some(1 | 2) => (
            NativeState::Failed,
            Some("it has ended by itself, and nothing starts it again"),
        ),
        Some(3) => (NativeState::Stopped, None),
        _ => (NativeState::Unknown, None),
    };
    let is_running = state == NativeState::Running;
    Ok(NativeStatus {
        state,
        pid: if is_running { pid(name) } else { None },
        is_enabled: Some(is_enabled(name)),
        remark: remark.map(str::to_owned),
    })
}

fn pid(name: &NativeName) -> Option<u32> {
    let text = bounded::read_text(Path::new(&format!("/run/{name}.pid"))).ok()?;
    processes::numbered(&text)
}

/// Whether a runlevel for work has a link that starts it.
fn is_enabled(name: &NativeName) -> bool {
    ['2', '3', '4', '5'].into_iter().any(|level| {
        let links = fs::read_dir(format!("/etc/rc{level}.d"));
        links.into_iter().flatten().flatten().any(|link| {
            let file_name = link.file_name();
            let order = file_name
                .to_str()
                .and_then(|file_name| file_name.strip_suffix(name.as_str()));
            order.is_some_and(|order| order.len() == 3 && order.starts_with('S'))
        })
    })
}

fn action(name: &NativeName, verb: &str) -> Tool {
    Tool {
        program: script_path(name).display().to_string(),
        arguments: vec![verb.to_owned()],
    }
}

pub(super) fn properties(registration: &Registration) -> Result<Vec<Property>, Error> {
    let name = &registration.definition.name;
    let text = script::read(&script_path(name), registration)?;
    let start = if is_enabled(name) { "auto" } else { "manual" };
    Ok(script::properties(&text, start))
}

pub(super) fn control(
    registration: &Registration,
    request: Request,
    patience: Duration,
) -> Result<(), Error> {
    let name = &registration.definition.name;
    if !script_path(name).exists() {
        return Err(Error::NotInstalled(name.clone()));
    }
    let (verb, wanted) = match request {
        Request::Start => ("start", NativeState::Running),
        Request::Stop => ("stop", NativeState::Stopped),
        Request::Restart => ("restart", NativeState::Running),
    };
    let asked = Asked::begin(name, patience);
    let ended = tool::ask(&action(name, verb), patience)?;
    let state = status(name, Scope::System)?.state;
    // One that had ended by itself is as stopped as it can be.
    let is_stopped = request == Request::Stop && state == NativeState::Failed;
    if state == wanted || is_stopped {
        return Ok(());
    }
    Err(asked.not_done(verb, &ended, "its program did not stay up"))
}
