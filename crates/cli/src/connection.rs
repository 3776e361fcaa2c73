//! Speaking to a guardian.

use std::io;
use std::path::Path;
use std::pin::pin;
use std::time::Duration;

use outlast_api::v1::{Answer, GuardianStatus, Request, Target, convert};
use outlast_api::{CallError, Client};
use outlast_model::Exit;
use outlast_os::{endpoint, host};
use tokio::runtime::Runtime;

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// A start takes less, unless it waits for something.
const SLOW: Duration = Duration::from_secs(2);

/// Sends `request` to the guardian of `state_dir` and waits for its answer.
pub(crate) fn call(state_dir: &Path, request: &Request) -> Result<Answer, Failure> {
    try_call(state_dir, request)?.ok_or_else(|| nobody(state_dir))
}

fn nobody(state_dir: &Path) -> Failure {
    let message = format!(
        "no guardian runs in the state directory {}",
        state_dir.display()
    );
    Failure::new(ExitCode::NotRunning, message).hint("`outlast run` starts one")
}

/// The same; `None` when no guardian listens there.
pub(crate) fn try_call(state_dir: &Path, request: &Request) -> Result<Option<Answer>, Failure> {
    runtime()?.block_on(ask(state_dir, request))
}

/// As [`call`]. When the answer takes its time, `meanwhile` is told how the services
/// are that `target` names.
pub(crate) fn call_patiently(
    state_dir: &Path,
    (request, target): (&Request, Target),
    meanwhile: impl FnOnce(&GuardianStatus),
) -> Result<Answer, Failure> {
    let answer = runtime()?.block_on(async {
        let mut answer = pin!(ask(state_dir, request));
        if let Ok(answer) = tokio::time::timeout(SLOW, &mut answer).await {
            return answer;
        }
        let status = ask(state_dir, &Request::Status { target }).await;
        if let Ok(Some(Answer::Status(status))) = status {
            meanwhile(&status);
        }
        answer.await
    })?;
    answer.ok_or_else(|| nobody(state_dir))
}

fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of("make an event loop", &error))
}

async fn ask(state_dir: &Path, request: &Request) -> Result<Option<Answer>, Failure> {
    let address = endpoint::address(state_dir);
    let connection = match endpoint::connect(&address).await {
        Ok(connection) => connection,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => {
            return Err(Failure::of(
                &format!("connect to the guardian at {address}"),
                &error,
            ));
        }
    };
    match Client::new(connection).call(request).await {
        // It ended in this moment, as asked or for another reason.
        Err(CallError::Closed) if matches!(request, Request::Shutdown { .. }) => {
            Ok(Some(Answer::Done {}))
        }
        answer => Ok(Some(answer?)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
    )
}

/// How a process ended, for people.
pub(crate) fn exit_text(exit: Exit) -> String {
    convert::exit_text(exit, host::signal_name)
}
