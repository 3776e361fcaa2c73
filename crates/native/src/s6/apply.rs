//! What `s6-svstat` tells, in its form for programs, and `s6-svc`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{NAME, S6};
use crate::asked::Asked;
use crate::definition::{NativeName, Scope};
use crate::manager::{Error, NativeState, NativeStatus, Property, Request};
use crate::processes;
use crate::register::Registration;
use crate::script;
use crate::step::Tool;
use crate::tool;

/// `s6-svstat` and `s6-svok` ask nobody that could keep them waiting.
const ANSWER: Duration = Duration::from_secs(10);

/// What a tool of s6 may take beyond the time that it was told to wait.
const MARGIN: Duration = Duration::from_secs(5);

pub(super) fn status(s6: &S6, name: &NativeName, scope: Scope) -> Result<NativeStatus, Error> {
    let found = found_dir(s6, name);
    let (Some(dir), Scope::System, Ok(())) = (found, scope, script::check_folder_name(NAME, name))
    else {
        return Ok(NativeStatus::ABSENT);
    };
    let is_linked = is_there(&s6.scan_link(name));
    let mut status = if is_supervised(&dir)? {
        ask_svstat(&dir)?
    } else {
        NativeStatus {
            state: NativeState::Stopped,
            pid: None,
            is_enabled: None,
            remark: is_linked.then(|| "s6-svscan has not taken it up".to_owned()),
        }
    };
    status.is_enabled = Some(is_linked && !dir.join("down").exists());
    Ok(status)
}

/// One that others have put into the scan directory may be a folder and no link.
fn found_dir(s6: &S6, name: &NativeName) -> Option<PathBuf> {
    let dirs = [s6.scan_link(name), s6.service_dir(name)];
    dirs.into_iter().find(|dir| is_there(dir))
}

fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn is_supervised(dir: &Path) -> Result<bool, Error> {
    tool::ask(&on("s6-svok", &[], dir)?, ANSWER).map(|ended| ended.is_success)
}

/// What `s6-svstat` is asked for.
const FIELDS: &str = "up,wantedup,pid,exitcode,signal";

fn ask_svstat(dir: &Path) -> Result<NativeStatus, Error> {
    let text = tool::run(&on("s6-svstat", &["-o", FIELDS], dir)?)?;
    told(&text).ok_or_else(|| Error::Refused {
        attempt: format!("understand s6-svstat about {}", dir.display()),
        reason: format!("it said {text:?}"),
    })
}

/// What `s6-svstat -o up,wantedup,pid,exitcode,signal` tells, but for whether the
/// service is enabled; `None` for what it does not print.
pub fn told(printed: &str) -> Option<NativeStatus> {
    let words: Vec<&str> = printed.split_whitespace().collect();
    let [up, wanted, pid, code, signal] = words[..] else {
        return None;
    };
    let state = match (up == "true", wanted == "true") {
        (true, true) => NativeState::Running,
        (true, false) => NativeState::Stopping,
        // Between two starts: one second at the most.
        (false, true) => NativeState::Starting,
        (false, false) => NativeState::Stopped,
    };
    let remark = match (state, signal) {
        (NativeState::Starting, "NA") => Some(format!("it ended with code {code}")),
        (NativeState::Starting, signal) => Some(format!("{signal} ended it")),
        _ => None,
    };
    Some(NativeStatus {
        state,
        pid: processes::numbered(pid),
        is_enabled: None,
        remark,
    })
}

fn on(program: &str, words: &[&str], dir: &Path) -> Result<Tool, Error> {
    let mut arguments: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    arguments.push(script::path(NAME, dir)?.to_owned());
    Ok(Tool {
        program: program.to_owned(),
        arguments,
    })
}

pub(super) fn properties(s6: &S6, registration: &Registration) -> Result<Vec<Property>, Error> {
    let name = &registration.definition.name;
    let dir = s6.service_dir(name);
    let text = script::read(&dir.join("run"), registration)?;
    let start = match (is_there(&s6.scan_link(name)), dir.join("down").exists()) {
        (false, _) => "disabled",
        (true, true) => "manual",
        (true, false) => "auto",
    };
    Ok(script::properties(&text, start))
}

pub(super) fn control(
    s6: &S6,
    registration: &Registration,
    request: Request,
    patience: Duration,
) -> Result<(), Error> {
    let asked = Asked::begin(&registration.definition.name, patience);
    let dir = s6.service_dir(asked.name);
    if !dir.exists() {
        return Err(Error::NotInstalled(asked.name.clone()));
    }
    let is_supervised = is_supervised(&dir)?;
    if !is_supervised && request == Request::Stop {
        return Ok(());
    }
    if !is_supervised {
        let reason = "no s6-supervise looks after it: it is disabled, or s6-svscan does not run";
        return Err(asked.refused("start", reason));
    }
    match request {
        Request::Start => start(&asked, &dir),
        Request::Stop => stop(&asked, &dir),
        Request::Restart => {
            stop(&asked, &dir)?;
            start(&asked, &dir)
        }
    }
}

fn start(asked: &Asked<'_>, dir: &Path) -> Result<(), Error> {
    svc(asked, dir, "start", ["-u", "-wu"])
}

fn stop(asked: &Asked<'_>, dir: &Path) -> Result<(), Error> {
    svc(asked, dir, "stop", ["-d", "-wD"])
}

/// `s6-svc` listens for the change before it asks for it. Code 99 says that it
/// has not come in time.
fn svc(asked: &Asked<'_>, dir: &Path, verb: &str, words: [&str; 2]) -> Result<(), Error> {
    let left = asked.left();
    let wait = left.as_millis().to_string();
    let svc = on("s6-svc", &["-T", &wait, words[0], words[1]], dir)?;
    let ended = tool::ask(&svc, left + MARGIN)?;
    match ended.code {
        Some(0) => Ok(()),
        Some(99) => Err(asked.timed_out(verb)),
        _ => Err(asked.refused(verb, ended.stderr.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::manager::NativeState;

    #[test]
    fn states_are_read_from_five_words() {
        let running = told("true true 4711 -1 NA\n").expect("five words");
        assert_eq!(
            (running.state, running.pid),
            (NativeState::Running, Some(4711))
        );
        let ended = told("false true -1 111 NA\n").expect("five words");
        assert_eq!((ended.state, ended.pid), (NativeState::Starting, None));
        assert_eq!(ended.remark.as_deref(), Some("it ended with code 111"));
        assert_eq!(told("true true 4711"), None);
    }

    #[test]
    fn nothing_runs_as_process_0() {
        let stopped = told("false false 0 0 NA\n").expect("five words");
        assert_eq!((stopped.state, stopped.pid), (NativeState::Stopped, None));
    }
}
