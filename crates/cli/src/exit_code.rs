//! The exit codes: a stable list, told in `docs/exit-codes.md`.

use std::process;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// What was asked for is done, or so.
    Ok,
    /// It failed.
    Failed,
    /// `status`: not running (LSB).
    StatusNotRunning,
    /// `status`: nobody can say (LSB). Elsewhere: no permission.
    NoPermission,
    /// There is no such guardian on this machine.
    NotInstalled,
    /// The configuration is wrong.
    BadConfiguration,
    /// No guardian runs that could be spoken to.
    NotRunning,
    /// As the program that was guarded ended.
    Program(u8),
}

impl ExitCode {
    /// As a number.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::StatusNotRunning => 3,
            Self::NoPermission => 4,
            Self::NotInstalled => 5,
            Self::BadConfiguration => 6,
            Self::NotRunning => 7,
            Self::Program(code) => code,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.number().into()
    }
}
