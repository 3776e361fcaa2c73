//! `service`, by its exit code. Written from the manual pages; see
//! docs/platforms.md.

use std::path::Path;
use std::time::Duration;

use super::{NAME, script as script_path, settings, variable};
use crate::asked::Asked;
use crate::bounded;
use crate::definition::{NativeName, Scope};
use crate::manager::{Error, NativeState, NativeStatus, Property, Request};
use crate::processes;
use crate::register::Registration;
use crate::script;
use crate::step::Tool;
use crate::text::sh;
use crate::tool;

/// A script that says how its service is asks nobody that answers late.
const ANSWER: Duration = Duration::from_secs(20);

pub(super) fn status(name: &NativeName, scope: Scope) -> Result<NativeStatus, Error> {
    let is_absent =
        scope == Scope::User || script::check_name(NAME, name, "-_.").is_err() || !is_known(name);
    if is_absent {
        return Ok(NativeStatus::ABSENT);
    }
    let state = match tool::ask(&service(name, "onestatus"), ANSWER)?.code {
        Some(0) => NativeState::Running,
        Some(1) => NativeState::Stopped,
        _ => NativeState::Unknown,
    };
    let is_running = state == NativeState::Running;
    Ok(NativeStatus {
        state,
        pid: if is_running { pid(name) } else { None },
        is_enabled: Some(is_enabled(name)?),
        remark: None,
    })
}

/// The system's own scripts have another folder.
fn is_known(name: &NativeName) -> bool {
    script_path(name).exists() || Path::new("/etc/rc.d").join(name.as_str()).exists()
}

fn pid(name: &NativeName) -> Option<u32> {
    let text = bounded::read_text(Path::new(&format!("/var/run/{name}.pid"))).ok()?;
    processes::numbered(&text)
}

/// As rc.subr sees it, whichever file says so.
fn is_enabled(name: &NativeName) -> Result<bool, Error> {
    tool::ask(&service(name, "enabled"), ANSWER).map(|ended| ended.is_success)
}

fn service(name: &NativeName, verb: &str) -> Tool {
    Tool {
        program: "service".to_owned(),
        arguments: vec![name.to_string(), verb.to_owned()],
    }
}

pub(super) fn properties(registration: &Registration) -> Result<Vec<Property>, Error> {
    let name = &registration.definition.name;
    let text = script::read(&script_path(name), registration)?;
    let enabled = format!("{}_enable=\"YES\"", variable(name));
    let settings = bounded::read_text(&settings(name)).unwrap_or_default();
    let start = if settings.lines().any(|line| line == enabled) {
        "auto"
    } else {
        "manual"
    };
    let mut found = script::properties(&text, start);
    let delay = sh::assignments(&text).variables.remove("restart_delay");
    found.extend(script::property(
        "restart_delay",
        delay.map(|seconds| seconds + "s"),
    ));
    Ok(found)
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
    // `one…`: whether or not it is started with the machine.
    let (verb, wanted) = match request {
        Request::Start => ("onestart", NativeState::Running),
        Request::Stop => ("onestop", NativeState::Stopped),
        Request::Restart => ("onerestart", NativeState::Running),
    };
    let asked = Asked::begin(name, patience);
    let ended = tool::ask(&service(name, verb), patience)?;
    if status(name, Scope::System)?.state == wanted {
        return Ok(());
    }
    Err(asked.not_done(verb, &ended, "its script does not say why"))
}
