//! What is done to a guardian as a whole: through its native manager when that
//! keeps it, so that the manager's view stays true; otherwise by asking the
//! guardian itself.

use std::path::Path;
use std::time::Duration;

use outlast_api::v1::{Request as Asked, Target, Urgency};
use outlast_native::{NativeState, Request};
use serde_json::json;

use super::change::{Form, request};
use crate::connection;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::registered::{self, Installed};
use crate::terminal;

/// How long a guardian may take until it says that it is up. It says so after
/// 90 s at the latest.
pub(crate) const START_PATIENCE: Duration = Duration::from_secs(120);

/// On top of the time that the manager gives a guardian to end.
const STOP_MARGIN: Duration = Duration::from_secs(30);

/// Starts it, or what of its services does not run.
pub(crate) fn start(state_dir: &Path, form: Form) -> Result<ExitCode, Failure> {
    let asked = Asked::Start {
        target: Target::All,
    };
    match registered::by_state_dir(state_dir)? {
        Some(installed) if !is_answering(state_dir)? => control(&installed, Request::Start, form),
        _ => request(state_dir, &asked, form),
    }
}

/// Ends it with all of its services.
pub(crate) fn stop(state_dir: &Path, form: Form) -> Result<ExitCode, Failure> {
    let asked = Asked::Shutdown {
        urgency: Urgency::Orderly,
    };
    match registered::by_state_dir(state_dir)? {
        Some(installed) if is_kept(&installed)? || !is_answering(state_dir)? => {
            control(&installed, Request::Stop, form)
        }
        _ => request(state_dir, &asked, form),
    }
}

/// Ends it and starts it again.
pub(crate) fn restart(state_dir: &Path, form: Form) -> Result<ExitCode, Failure> {
    let asked = Asked::Restart {
        target: Target::All,
    };
    match registered::by_state_dir(state_dir)? {
        Some(installed) if is_kept(&installed)? || !is_answering(state_dir)? => {
            control(&installed, Request::Restart, form)
        }
        _ => request(state_dir, &asked, form),
    }
}

/// Whether the manager runs it, and not somebody in a terminal.
fn is_kept(installed: &Installed) -> Result<bool, Failure> {
    Ok(matches!(
        installed.status()?.state,
        NativeState::Starting | NativeState::Running | NativeState::Stopping
    ))
}

fn is_answering(state_dir: &Path) -> Result<bool, Failure> {
    Ok(connection::try_call(state_dir, &Asked::Ping)?.is_some())
}

/// Has the manager fulfil `request` for the native service.
pub(crate) fn control(
    installed: &Installed,
    request: Request,
    form: Form,
) -> Result<ExitCode, Failure> {
    let stop = installed.registration.definition.stop_timeout + STOP_MARGIN;
    let patience = match request {
        Request::Start => START_PATIENCE,
        Request::Stop => stop,
        Request::Restart => stop + START_PATIENCE,
    };
    installed
        .manager()
        .control(&installed.registration, request, patience)?;
    if form == Form::Json {
        terminal::print(&json!({ "done": {} }).to_string())?;
    }
    Ok(ExitCode::Ok)
}
