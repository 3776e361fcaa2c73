//! What `runsv` tells in `supervise/status`, and `sv`.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::Runit;
use crate::bounded;
use crate::definition::{NativeName, Scope};
use crate::manager::{Error, NativeState, NativeStatus, Property, Request};
use crate::register::Registration;
use crate::script;
use crate::step::Tool;
use crate::tool;

/// `sv status` asks nobody that could keep it waiting.
const ANSWER: Duration = Duration::from_secs(10);

pub(super) fn status(
    runit: &Runit,
    name: &NativeName,
    scope: Scope,
) -> Result<NativeStatus, Error> {
    let dir = runit.service_dir(name);
    let link = runit.scan_link(name);
    let is_linked = fs::symlink_metadata(&link).is_ok();
    let is_there = is_linked || fs::symlink_metadata(&dir).is_ok();
    if scope == Scope::User || script::check_folder_name(super::NAME, name).is_err() || !is_there {
        return Ok(NativeStatus {
            state: NativeState::Absent,
            pid: None,
            is_enabled: None,
            remark: None,
        });
    }
    // One that others have put there may be a folder and no link.
    let dir = if is_linked { link } else { dir };
    let mut status = if is_supervised(&dir)? {
        read(&dir)
    } else {
        not_supervised(is_linked)
    };
    status.is_enabled = Some(is_linked && !dir.join("down").exists());
    Ok(status)
}

fn not_supervised(is_linked: bool) -> NativeStatus {
    NativeStatus {
        state: NativeState::Stopped,
        pid: None,
        is_enabled: None,
        remark: is_linked.then(|| "runit has not taken it up".to_owned()),
    }
}

/// What `runsv` tells of the service in `dir`.
fn read(dir: &Path) -> NativeStatus {
    let path = dir.join("supervise/status");
    told(&bounded::read(&path).unwrap_or_default())
}

/// What `bytes` of `supervise/status` tell, but for whether it is enabled.
///
/// They are twenty, which `runsv` replaces as a whole with each change: a time
/// (12), the process (4, little-endian), paused, what is wanted (`u` or `d`),
/// whether TERM was sent, and what runs (0 nothing, 1 `run`, 2 `finish`).
pub fn told(bytes: &[u8]) -> NativeStatus {
    let Some(bytes) = bytes.first_chunk::<20>() else {
        return NativeStatus {
            state: NativeState::Unknown,
            pid: None,
            is_enabled: None,
            remark: Some("supervise/status is not as runit writes it".to_owned()),
        };
    };
    let pid = u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
    let is_wanted = bytes[17] == b'u';
    let state = match (bytes[19], is_wanted) {
        (0, false) => NativeState::Stopped,
        // Between two starts: one second at the most.
        (0 | 2, true) => NativeState::Starting,
        (1, true) if bytes[18] == 0 => NativeState::Running,
        (1 | 2, _) => NativeState::Stopping,
        _ => NativeState::Unknown,
    };
    NativeStatus {
        state,
        pid: (pid != 0).then_some(pid),
        is_enabled: None,
        remark: (bytes[16] != 0).then(|| "paused".to_owned()),
    }
}

/// Whether a `runsv` looks after the service: the code of `sv status` is the
/// number of services without one.
fn is_supervised(dir: &Path) -> Result<bool, Error> {
    tool::ask(&sv(&["status"], dir)?, ANSWER).map(|ended| ended.is_success)
}

fn sv(words: &[&str], dir: &Path) -> Result<Tool, Error> {
    let mut arguments: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    arguments.push(script::path(super::NAME, dir)?.to_owned());
    Ok(Tool {
        program: "sv".to_owned(),
        arguments,
    })
}

pub(super) fn properties(
    runit: &Runit,
    registration: &Registration,
) -> Result<Vec<Property>, Error> {
    let name = &registration.definition.name;
    let dir = runit.service_dir(name);
    let text = script::read(&dir.join("run"), registration)?;
    let is_linked = fs::symlink_metadata(runit.scan_link(name)).is_ok();
    let start = match (is_linked, dir.join("down").exists()) {
        (false, _) => "disabled",
        (true, true) => "manual",
        (true, false) => "auto",
    };
    Ok(script::properties(&text, start))
}

pub(super) fn control(
    runit: &Runit,
    registration: &Registration,
    request: Request,
    patience: Duration,
) -> Result<(), Error> {
    let deadline = Instant::now() + patience;
    let asked = Asked {
        runit,
        registration,
        deadline,
        patience,
    };
    match request {
        Request::Start => asked.start(),
        Request::Stop => asked.stop(),
        Request::Restart => {
            asked.stop()?;
            asked.start()
        }
    }
}

struct Asked<'a> {
    runit: &'a Runit,
    registration: &'a Registration,
    deadline: Instant,
    patience: Duration,
}

impl Asked<'_> {
    fn start(&self) -> Result<(), Error> {
        let name = &self.registration.definition.name;
        let dir = self.runit.service_dir(name);
        if !dir.exists() {
            return Err(Error::NotInstalled(name.clone()));
        }
        if !is_supervised(&dir)? {
            return Err(Error::Refused {
                attempt: format!("start {name}"),
                reason: "no runsv looks after it: it is disabled, or runsvdir does not run"
                    .to_owned(),
            });
        }
        tool::ask(&sv(&["up"], &dir)?, self.left())?;
        self.until(NativeState::Running, "start")
    }

    fn stop(&self) -> Result<(), Error> {
        let definition = &self.registration.definition;
        let dir = self.runit.service_dir(&definition.name);
        if !dir.exists() || !is_supervised(&dir)? {
            return Ok(());
        }
        let wait = script::seconds(definition.stop_timeout).to_string();
        tool::ask(&sv(&["-w", &wait, "force-stop"], &dir)?, self.left())?;
        self.until(NativeState::Stopped, "stop")
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Looks again and again, as `sv` itself does: runit tells nobody of a
    /// change.
    fn until(&self, wanted: NativeState, verb: &str) -> Result<(), Error> {
        let name = &self.registration.definition.name;
        while read(&self.runit.service_dir(name)).state != wanted {
            if self.left().is_zero() {
                return Err(Error::TimedOut {
                    attempt: format!("{verb} {name}"),
                    patience: self.patience,
                });
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}
