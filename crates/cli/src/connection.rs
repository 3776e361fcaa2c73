//! Speaking to a guardian.

use std::io;
use std::path::Path;

use outlast_api::v1::{Answer, Request, convert};
use outlast_api::{CallError, Client};
use outlast_model::Exit;
use outlast_os::{endpoint, host};

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Sends `request` to the guardian of `state_dir` and waits for its answer.
pub(crate) fn call(state_dir: &Path, request: &Request) -> Result<Answer, Failure> {
    match try_call(state_dir, request)? {
        Some(answer) => Ok(answer),
        None => Err(Failure::new(
            ExitCode::NotRunning,
            format!(
                "no guardian runs in the state directory {}",
                state_dir.display()
            ),
        )
        .hint("`outlast run` starts one")),
    }
}

/// The same; `None` when no guardian listens there.
pub(crate) fn try_call(state_dir: &Path, request: &Request) -> Result<Option<Answer>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of("make an event loop", &error))?;
    runtime.block_on(async {
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
    })
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
