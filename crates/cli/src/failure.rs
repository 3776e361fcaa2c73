//! Why a command failed: one type for all of them, told in one place.

use std::error::Error;
use std::io;

use outlast_api::CallError;
use outlast_api::v1::{ErrorBody, ErrorCode};
use outlast_os::account::Account;

use crate::exit_code::ExitCode;
use crate::terminal;

/// What went wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What was attempted, on what, and why it failed; several lines are
    /// allowed.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// How the command ends.
    pub(crate) code: ExitCode,
    /// Whether an administrator would have succeeded.
    pub(crate) rights: Rights,
}

/// What rights have to do with a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rights {
    /// Nothing, as far as is known.
    Irrelevant,
    /// It takes an administrator's, and nothing was begun without them.
    Missing,
}

impl Failure {
    /// A failure without a hint.
    pub(crate) fn new(code: ExitCode, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            code,
            rights: Rights::Irrelevant,
        }
    }

    /// A failure for lack of an administrator's rights, before anything was done.
    pub(crate) fn of_rights(message: impl Into<String>) -> Self {
        Self {
            rights: Rights::Missing,
            ..Self::new(ExitCode::NoPermission, message)
        }
    }

    /// A failure of `attempt` ("read the file X") because of `error`, with all
    /// of its causes.
    pub(crate) fn of(attempt: &str, error: &(dyn Error + 'static)) -> Self {
        Self::new(
            code_of(error),
            format!("cannot {attempt}: {}", with_causes(error)),
        )
    }

    /// The same with a hint.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Tells it on standard error and returns the exit code.
    pub(crate) fn tell(&self, json: bool) -> ExitCode {
        if json {
            let error = serde_json::json!({
                "error": { "message": self.message, "hint": self.hint, "exit_code": self.code.number() }
            });
            terminal::tell(&error.to_string());
        } else {
            terminal::tell_error(&self.message, self.hint.as_deref());
        }
        self.code
    }
}

/// `error` and its sources, joined.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn code_of(error: &(dyn Error + 'static)) -> ExitCode {
    let mut next = Some(error);
    while let Some(error) = next {
        if error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
        {
            return ExitCode::NoPermission;
        }
        next = error.source();
    }
    ExitCode::Failed
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Refused(body) => body.into(),
            other => Self::of("speak to the guardian", &other),
        }
    }
}

impl From<ErrorBody> for Failure {
    fn from(body: ErrorBody) -> Self {
        let code = match body.code {
            ErrorCode::BadConfiguration => ExitCode::BadConfiguration,
            ErrorCode::NoPermission => ExitCode::NoPermission,
            ErrorCode::ShuttingDown => ExitCode::NotRunning,
            _ => ExitCode::Failed,
        };
        Self {
            hint: body.hint,
            ..Self::new(code, body.message)
        }
    }
}

impl From<outlast_native::Error> for Failure {
    fn from(error: outlast_native::Error) -> Self {
        use outlast_native::Error as Native;
        let failure = Self::new(native_code(&error), with_causes(&error));
        match error {
            Native::NoPermission { .. } => {
                Self::of_rights(failure.message).hint(Account::how_to_be_privileged())
            }
            Native::Taken { .. } => {
                failure.hint("choose another name: `name` in the file, or --name for a command")
            }
            Native::NoManager => failure.hint(
                "in a container, make `outlast run` its first process (PID 1): it starts the services, passes signals \
                 on and reaps orphans; elsewhere, --manager names a manager",
            ),
            Native::NotInstalled(_) => failure.hint("`outlast list` shows what is installed"),
            _ => failure,
        }
    }
}

const fn native_code(error: &outlast_native::Error) -> ExitCode {
    use outlast_native::Error as Native;
    match error {
        Native::NoPermission { .. } => ExitCode::NoPermission,
        Native::NotInstalled(_) => ExitCode::NotInstalled,
        Native::Inexpressible { .. } | Native::Account { .. } => ExitCode::BadConfiguration,
        _ => ExitCode::Failed,
    }
}
