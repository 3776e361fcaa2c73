//! `launchctl` with domains, as of macOS 10.11.
//!
//! launchd has no interface for programs but this tool. Its exit codes say what
//! happened; `print` is read for three of its lines, which Apple does not
//! promise to keep: without them the state is unknown, not wrong.

use std::path::PathBuf;
use std::time::Duration;

use super::{Launchd, NAME, plist};
use crate::asked::Asked;
use crate::definition::{NativeName, Scope};
use crate::manager::{Error, NativeState, NativeStatus, Property, Request};
use crate::processes;
use crate::register::Registration;
use crate::script;
use crate::step::Tool;
use crate::tool;

const ANSWER: Duration = Duration::from_secs(20);

/// Looked again and again: launchd tells other programs of no change.
const INTERVAL: Duration = Duration::from_millis(100);

/// "Could not find service", `launchctl error 113`.
const UNKNOWN_SERVICE: i32 = 113;

pub(super) fn status(
    launchd: &Launchd,
    name: &NativeName,
    scope: Scope,
) -> Result<NativeStatus, Error> {
    if script::check_name(NAME, name, "-_.").is_err() {
        return Ok(NativeStatus::ABSENT);
    }
    let target = launchd.target(name, scope);
    let printed = tool::ask(&launchctl(&["print", &target]), ANSWER)?;
    let is_at_boot = launchd.boot_path(name, scope).exists();
    if printed.is_success {
        let mut status = told(&printed.stdout);
        status.is_enabled = Some(is_at_boot);
        return Ok(status);
    }
    if !is_at_boot && !launchd.manual_path(name, scope).exists() {
        return Ok(NativeStatus::ABSENT);
    }
    // No session of the user, or not loaded: in both cases it does not run.
    Ok(NativeStatus {
        state: NativeState::Stopped,
        is_enabled: Some(is_at_boot),
        remark: (printed.code != Some(UNKNOWN_SERVICE))
            .then(|| printed.stderr.trim().to_owned())
            .filter(|text| !text.is_empty()),
        ..NativeStatus::ABSENT
    })
}

/// What `launchctl print` says in lines like `state = running`, but for whether
/// the service is enabled.
pub fn told(printed: &str) -> NativeStatus {
    let value = |key: &str| {
        let lines = printed.lines();
        let mut values = lines.filter_map(|line| {
            // One tab: deeper tables have states of their own.
            let (found, value) = line.strip_prefix('\t')?.split_once(" = ")?;
            (found == key).then(|| value.to_owned())
        });
        values.next()
    };
    let pid = value("pid").and_then(|pid| processes::numbered(&pid));
    let state = match (value("state").as_deref(), pid) {
        (Some("running"), _) | (_, Some(_)) => NativeState::Running,
        (Some("spawn scheduled" | "spawning" | "waiting"), _) => NativeState::Starting,
        (Some("not running"), _) => NativeState::Starting,
        _ => NativeState::Unknown,
    };
    let remark = (state == NativeState::Starting)
        .then(|| value("last exit code"))
        .flatten()
        .map(|code| format!("it ended with {code}"));
    NativeStatus {
        state,
        pid,
        is_enabled: None,
        remark,
    }
}

fn launchctl(words: &[&str]) -> Tool {
    Tool {
        program: "launchctl".to_owned(),
        arguments: words.iter().map(|&word| word.to_owned()).collect(),
    }
}

fn path(launchd: &Launchd, registration: &Registration) -> Result<PathBuf, Error> {
    let definition = &registration.definition;
    let paths = [
        launchd.boot_path(&definition.name, definition.scope),
        launchd.manual_path(&definition.name, definition.scope),
    ];
    let found = paths.into_iter().find(|path| path.exists());
    found.ok_or_else(|| Error::NotInstalled(definition.name.clone()))
}

pub(super) fn properties(
    launchd: &Launchd,
    registration: &Registration,
) -> Result<Vec<Property>, Error> {
    let definition = &registration.definition;
    let path = path(launchd, registration)?;
    let text = script::read(&path, registration)?;
    let is_at_boot = path == launchd.boot_path(&definition.name, definition.scope);
    let value = |key: &str| plist::values(&text, key).into_iter().next();
    let seconds = |key: &str| value(key).map(|seconds| seconds + "s");
    let start = match (is_at_boot, value("WatchPaths")) {
        (_, Some(path)) => format!("path {path}"),
        (true, None) => "auto".to_owned(),
        (false, None) => "manual".to_owned(),
    };
    let command = plist::values(&text, "ProgramArguments");
    let command = crate::text::sh::line(command.iter().map(String::as_str));
    let found = [
        script::property("start", Some(start)),
        script::property("account", value("UserName").or(Some("system".into()))),
        script::property("dir", value("WorkingDirectory")),
        script::property("restart_delay", seconds("ThrottleInterval")),
        script::property("stop_timeout", seconds("ExitTimeOut")),
        script::property("command", Some(command)),
    ];
    Ok(found.into_iter().flatten().collect())
}

pub(super) fn control(
    launchd: &Launchd,
    registration: &Registration,
    request: Request,
    patience: Duration,
) -> Result<(), Error> {
    let definition = &registration.definition;
    let asked = Asked::begin(&definition.name, patience);
    let service = Service {
        launchd,
        registration,
        target: launchd.target(&definition.name, definition.scope),
    };
    match request {
        Request::Start => service.start(&asked),
        Request::Stop => service.stop(&asked),
        Request::Restart => {
            service.stop(&asked)?;
            service.start(&asked)
        }
    }
}

struct Service<'a> {
    launchd: &'a Launchd,
    registration: &'a Registration,
    /// What launchd calls it.
    target: String,
}

impl Service<'_> {
    fn start(&self, asked: &Asked<'_>) -> Result<(), Error> {
        let path = path(self.launchd, self.registration)?;
        let domain = self.launchd.domain(self.registration.definition.scope);
        if !self.is_loaded()? {
            let file = script::path(NAME, &path)?;
            tool::run(&launchctl(&["bootstrap", &domain, file]))?;
        }
        tool::run(&launchctl(&["kickstart", &self.target]))?;
        asked.until("start", INTERVAL, || {
            Ok(self.state()? == NativeState::Running)
        })
    }

    /// launchd would start what was only ended; it forgets it instead.
    fn stop(&self, asked: &Asked<'_>) -> Result<(), Error> {
        if !self.is_loaded()? {
            return Ok(());
        }
        // It may answer before the service has ended (36, in progress), so what
        // counts is how the service is.
        tool::ask(&launchctl(&["bootout", &self.target]), asked.left())?;
        asked.until("stop", INTERVAL, || {
            Ok(matches!(
                self.state()?,
                NativeState::Stopped | NativeState::Absent
            ))
        })
    }

    fn is_loaded(&self) -> Result<bool, Error> {
        let printed = tool::ask(&launchctl(&["print", &self.target]), ANSWER)?;
        Ok(printed.is_success)
    }

    fn state(&self) -> Result<NativeState, Error> {
        let definition = &self.registration.definition;
        status(self.launchd, &definition.name, definition.scope).map(|told| told.state)
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::manager::NativeState;

    #[test]
    fn states_are_read_from_the_outermost_table() {
        let printed = "system/shop = {\n\tactive count = 1\n\tpath = /Library/LaunchDaemons/shop.plist\n\
            \tstate = running\n\tpid = 4711\n\tendpoints = {\n\t\tstate = waiting\n\t}\n}\n";
        let status = told(printed);
        assert_eq!(status.state, NativeState::Running);
        assert_eq!(status.pid, Some(4711));
        let ended = "system/shop = {\n\tstate = spawn scheduled\n\tlast exit code = 1\n}\n";
        assert_eq!(told(ended).state, NativeState::Starting);
        assert_eq!(told("something else").state, NativeState::Unknown);
    }

    #[test]
    fn nothing_runs_as_process_0() {
        let status = told("system/shop = {\n\tstate = waiting\n\tpid = 0\n}\n");
        assert_eq!((status.state, status.pid), (NativeState::Starting, None));
    }
}
