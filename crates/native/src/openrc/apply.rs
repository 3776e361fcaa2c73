//! `rc-service`, by its exit codes.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{NAME, orphan, script as script_path};
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
    let is_absent = scope == Scope::User
        || script::check_name(NAME, name, "-_.+").is_err()
        || !script_path(name).exists();
    if is_absent {
        return Ok(NativeStatus::ABSENT);
    }
    let code = tool::ask(&rc_service(name, "status"), ANSWER)?.code;
    let (state, remark) = told(code);
    let is_up = !matches!(state, NativeState::Stopped | NativeState::Failed);
    Ok(NativeStatus {
        state,
        pid: if is_up { pid(name) } else { None },
        is_enabled: Some(is_enabled(name)),
        remark: remark.map(str::to_owned),
    })
}

/// The codes of `supervise-daemon.sh` and `openrc-run.sh`.
fn told(code: Option<i32>) -> (NativeState, Option<&'static str>) {
    match code {
        Some(0) => (NativeState::Running, None),
        Some(3) => (NativeState::Stopped, None),
        Some(4) => (NativeState::Stopping, None),
        Some(8) => (NativeState::Starting, None),
        Some(16) => (NativeState::Starting, Some("it waits for something else")),
        Some(32) => (NativeState::Failed, Some("it has crashed")),
        Some(64) => (
            NativeState::Running,
            Some("its supervise-daemon is gone, so nothing will start it again"),
        ),
        _ => (NativeState::Unknown, None),
    }
}

/// What `supervise-daemon` has noted of its child.
fn pid(name: &NativeName) -> Option<u32> {
    let path = Path::new("/run/openrc/options").join(name.as_str());
    let text = bounded::read_text(&path.join("child_pid")).ok()?;
    processes::numbered(&text)
}

/// In whichever runlevel.
fn is_enabled(name: &NativeName) -> bool {
    let levels = fs::read_dir("/etc/runlevels").into_iter().flatten();
    levels
        .flatten()
        .any(|level| fs::symlink_metadata(level.path().join(name.as_str())).is_ok())
}

fn rc_service(name: &NativeName, verb: &str) -> Tool {
    Tool {
        program: "rc-service".to_owned(),
        arguments: vec![name.to_string(), verb.to_owned()],
    }
}

pub(super) fn properties(registration: &Registration) -> Result<Vec<Property>, Error> {
    let name = &registration.definition.name;
    let text = script::read(&script_path(name), registration)?;
    let read = sh::assignments(&text);
    let variable = |name: &str| read.variables.get(name).cloned();
    let stop = variable("retry");
    let stop = stop.as_deref().and_then(|retry| retry.split('/').nth(1));
    let start = if is_enabled(name) { "auto" } else { "manual" };
    let arguments = (1..).map_while(|index| variable(&format!("argument_{index}")));
    let command: Vec<String> = variable("program").into_iter().chain(arguments).collect();
    let found = [
        script::property("display_name", variable("name")),
        script::property("description", variable("description")),
        script::property("start", Some(start.to_owned())),
        script::property(
            "account",
            Some(variable("command_user").unwrap_or("system".into())),
        ),
        script::property("dir", variable("dir")),
        script::property("restart_delay", variable("respawn_delay").map(|n| n + "s")),
        script::property("stop_timeout", stop.map(|seconds| format!("{seconds}s"))),
        script::property(
            "command",
            Some(sh::line(command.iter().map(String::as_str))),
        ),
    ];
    Ok(found.into_iter().flatten().collect())
}

pub(super) fn control(
    registration: &Registration,
    request: Request,
    patience: Duration,
) -> Result<(), Error> {
    let definition = &registration.definition;
    let name = &definition.name;
    let asked = Asked::begin(name, patience);
    let before = status(name, Scope::System)?;
    let is_broken = before.state == NativeState::Failed || before.remark.is_some();
    let verb = match (request, before.state) {
        (_, NativeState::Absent) => return Err(Error::NotInstalled(name.clone())),
        (Request::Stop, NativeState::Stopped) => return Ok(()),
        (Request::Stop, _) => "stop",
        // OpenRC takes a crashed service for one that was started already.
        (Request::Start, _) if is_broken => "restart",
        (Request::Start, _) => "start",
        (Request::Restart, _) => "restart",
    };
    if is_broken && let Some(pid) = before.pid {
        orphan::end(pid, definition, asked.left())?;
    }
    let ended = tool::ask(&rc_service(name, verb), asked.left())?;
    let after = status(name, Scope::System)?.state;
    let is_done = match request {
        Request::Stop => after == NativeState::Stopped,
        Request::Start | Request::Restart => {
            matches!(after, NativeState::Running | NativeState::Starting)
        }
    };
    if is_done {
        return Ok(());
    }
    Err(asked.refused_by(verb, &ended, "OpenRC does not say why"))
}
