//! The exit codes: a stable list, told in `docs/exit-codes.md`.

use std::process;

use outlast_model::Exit;

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
    /// That of a program which ended so, as a shell tells it: its code, or 128
    /// and the signal's number.
    pub(crate) fn of_program(exit: Exit) -> Self {
        match exit {
            Exit::Code(code) => Self::Program(u8::try_from(code).unwrap_or(1)),
            Exit::Signal { number, .. } => {
                Self::Program(u8::try_from(128 + number).unwrap_or(u8::MAX))
            }
            Exit::Unknown => Self::Failed,
        }
    }

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
