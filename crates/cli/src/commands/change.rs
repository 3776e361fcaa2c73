//! What `start`, `stop`, `restart` and `reload` have in common: a request, and
//! a word when it is done.

use std::path::Path;

use outlast_api::v1::{Answer, GuardianStatus, Request, Target};

use super::status;
use crate::connection;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal;

/// Whether the outcome is printed for people or for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    People,
    Json,
}

impl From<bool> for Form {
    fn from(json: bool) -> Self {
        if json { Self::Json } else { Self::People }
    }
}

/// Sends `request` and waits until it is done.
pub(crate) fn request(
    state_dir: &Path,
    request: &Request,
    form: Form,
) -> Result<ExitCode, Failure> {
    let answer = match request {
        Request::Start { target } | Request::Restart { target } => {
            let asked = (request, target.clone());
            connection::call_patiently(state_dir, asked, tell_waits)?
        }
        _ => connection::call(state_dir, request)?,
    };
    if form == Form::Json {
        let text =
            serde_json::to_string(&answer).map_err(|error| Failure::of("write JSON", &error))?;
        terminal::print(&text)?;
    } else if let Answer::Reloaded(reloaded) = &answer {
        terminal::print(&crate::describe::reloaded(
            &reloaded.added,
            &reloaded.changed,
            &reloaded.removed,
        ))?;
    }
    Ok(ExitCode::Ok)
}

/// Says what services wait for, to whoever waits for them.
fn tell_waits(status: &GuardianStatus) {
    for service in &status.services {
        let waits = status::waits(service);
        if !waits.is_empty() {
            terminal::tell(&format!("{} {}", service.name, waits.join("; ")));
        }
    }
}

/// The services of these names; without any, all.
pub(crate) fn target(services: Option<Vec<String>>) -> Target {
    services.map_or(Target::All, Target::Services)
}
