//! `outlast list`: every guardian on this machine that this user can know of.

use std::path::{Path, PathBuf};

use outlast_api::v1::{Answer, GuardianStatus, Request, ServiceState, Target};
use outlast_native::{NativeState, NativeStatus, Scope};
use serde_json::{Value, json};

use crate::args::List;
use crate::at_hand;
use crate::connection;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::registered::{self, Installed};
use crate::table;
use crate::terminal::{self, FAINT, styled};

pub(crate) fn perform(arguments: &List) -> Result<ExitCode, Failure> {
    let guardians = all()?;
    if arguments.json {
        let values: Vec<Value> = guardians.iter().map(Known::json).collect();
        terminal::print(&Value::Array(values).to_string())?;
        return Ok(ExitCode::Ok);
    }
    if guardians.is_empty() {
        terminal::tell("no guardian is installed or runs on this machine");
        return Ok(ExitCode::Ok);
    }
    let head = ["NAME", "STATE", "SERVICES", "MANAGER", "START", "WHAT"];
    let head = head.iter().map(|title| styled(FAINT, title)).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head)
        .chain(guardians.iter().map(Known::row))
        .collect();
    for line in table::lines(&rows) {
        terminal::print(&line)?;
    }
    Ok(ExitCode::Ok)
}

/// What is known of one guardian.
struct Known {
    state_dir: PathBuf,
    /// As it tells itself; `None`: it does not answer.
    status: Option<GuardianStatus>,
    /// As its manager tells; `None`: it is not installed.
    installed: Option<(Installed, Result<NativeStatus, Failure>)>,
}

fn all() -> Result<Vec<Known>, Failure> {
    let mut known: Vec<Known> = Vec::new();
    for installed in registered::all()? {
        let native = installed.status();
        known.push(Known {
            state_dir: installed.state_dir.clone(),
            status: status(&installed.state_dir),
            installed: Some((installed, native)),
        });
    }
    for state_dir in at_hand::running()? {
        if !known.iter().any(|known| known.state_dir == state_dir) {
            known.push(Known {
                status: status(&state_dir),
                state_dir,
                installed: None,
            });
        }
    }
    known.sort_by_key(Known::name);
    Ok(known)
}

fn status(state_dir: &Path) -> Option<GuardianStatus> {
    let target = Target::All;
    match connection::try_call(state_dir, &Request::Status { target }) {
        Ok(Some(Answer::Status(status))) => Some(status),
        _ => None,
    }
}

impl Known {
    fn name(&self) -> String {
        if let Some((installed, _)) = &self.installed {
            return installed.name().to_string();
        }
        let folder = || self.state_dir.file_name().unwrap_or_default();
        self.status.as_ref().map_or_else(
            || folder().to_string_lossy().into_owned(),
            |status| status.name.clone(),
        )
    }

    /// The manager's word where it has one; a guardian that somebody started in
    /// a terminal answers all the same.
    fn state(&self) -> &'static str {
        match &self.installed {
            Some((_, Ok(native)))
                if self.status.is_none() || native.state != NativeState::Stopped =>
            {
                native.state.word()
            }
            Some((_, Err(_))) if self.status.is_none() => NativeState::Unknown.word(),
            _ => NativeState::Running.word(),
        }
    }

    fn services(&self) -> Option<(usize, usize)> {
        let all = &self.status.as_ref()?.services;
        let services = all
            .iter()
            .filter(|service| service.part_of.is_none() && !service.awaits_a_session());
        let running = services
            .clone()
            .filter(|service| service.state == ServiceState::Running);
        Some((running.count(), services.count()))
    }

    /// Its file, or that it has none.
    fn what(&self) -> String {
        let file = match (&self.installed, &self.status) {
            (Some((installed, _)), _) => file_of(installed),
            (None, Some(status)) => status.config_path.clone(),
            (None, None) => None,
        };
        file.unwrap_or_else(|| "a command".to_owned())
    }

    fn row(&self) -> Vec<String> {
        let none = || "-".to_owned();
        vec![
            self.name(),
            self.state().to_owned(),
            self.services()
                .map_or_else(none, |(running, all)| format!("{running}/{all} running")),
            self.installed.as_ref().map_or_else(
                || "none".to_owned(),
                |(installed, _)| manager_text(installed),
            ),
            self.installed.as_ref().map_or_else(none, |(installed, _)| {
                installed.registration.definition.start.word().to_owned()
            }),
            self.what(),
        ]
    }

    fn json(&self) -> Value {
        let native = self
            .installed
            .as_ref()
            .map(|(installed, status)| native_json(installed, status.as_ref().ok()));
        json!({
            "name": self.name(),
            "state": self.state(),
            "state_dir": self.state_dir.display().to_string(),
            "pid": self.status.as_ref().map(|status| status.pid),
            "services": self.services().map(|(running, all)| json!({ "running": running, "all": all })),
            "native": native,
        })
    }
}

fn file_of(installed: &Installed) -> Option<String> {
    let file = installed.file.as_ref()?;
    Some(file.display().to_string())
}

fn manager_text(installed: &Installed) -> String {
    let manager = installed.registration.manager_kind.word();
    match installed.scope() {
        Scope::System => manager.to_owned(),
        Scope::User => format!("{manager} (user)"),
    }
}

/// A native service as `list`, `status` and `install` print it.
pub(crate) fn native_json(installed: &Installed, status: Option<&NativeStatus>) -> Value {
    let definition = &installed.registration.definition;
    json!({
        "name": definition.name.as_str(),
        "manager": installed.registration.manager_kind.word(),
        "scope": match installed.scope() { Scope::System => "system", Scope::User => "user" },
        "state": status.map_or(NativeState::Unknown, |status| status.state).word(),
        "pid": status.and_then(|status| status.pid),
        "enabled": status.and_then(|status| status.is_enabled),
        "start": definition.start.word(),
        "file": file_of(installed),
        "state_dir": installed.state_dir.display().to_string(),
        "remark": status.and_then(|status| status.remark.clone()),
    })
}
