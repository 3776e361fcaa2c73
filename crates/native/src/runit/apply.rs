//! What `runsv` tells in `supervise/status`, and `sv`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::Runit;
use crate::asked::Asked;
use crate::bounded;
use crate::definition::{NativeName, Scope};
use crate::manager::{Error, NativeState, NativeStatus, Property, Request};
use crate::register::Registration;
use crate::script;
use crate::step::Tool;
use crate::tool;

/// `sv status` asks nobody that could keep it waiting.
const ANSWER: Duration = Duration::from_secs(10);

/// Looked again and again, as `sv` itself does: runit tells nobody of a change.
const INTERVAL: Duration = Duration::from_millis(20);

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
        return Ok(NativeStatus::ABSENT);
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
    let asked = Asked::begin(&registration.definition.name, patience);
    let dir = runit.service_dir(asked.name);
    let link = runit.scan_link(asked.name);
    let wait = registration.definition.stop_timeout;
    match request {
        Request::Start => start(&asked, &dir, &link),
        Request::Stop => stop(&asked, &dir, wait),
        Request::Restart => {
            stop(&asked, &dir, wait)?;
            start(&asked, &dir, &link)
        }
    }
}

/// Without its link a `runsv` may still be there, for as long as `runsvdir` has not
/// looked and the service has not ended. Told to start it now, it would not end at all.
fn start(asked: &Asked<'_>, dir: &Path, link: &Path) -> Result<(), Error> {
    if !dir.exists() {
        return Err(Error::NotInstalled(asked.name.clone()));
    }
    if fs::symlink_metadata(link).is_err() || !is_supervised(dir)? {
        let reason = "no runsv looks after it: it is disabled, or runsvdir does not run";
        return Err(asked.refused("start", reason));
    }
    tool::ask(&sv(&["up"], dir)?, asked.left())?;
    asked.until("start", INTERVAL, || {
        Ok(read(dir).state == NativeState::Running)
    })
}

fn stop(asked: &Asked<'_>, dir: &Path, wait: Duration) -> Result<(), Error> {
    if !dir.exists() || !is_supervised(dir)? {
        return Ok(());
    }
    let wait = script::seconds(wait).to_string();
    tool::ask(&sv(&["-w", &wait, "force-stop"], dir)?, asked.left())?;
    asked.until("stop", INTERVAL, || {
        Ok(read(dir).state == NativeState::Stopped)
    })
}
