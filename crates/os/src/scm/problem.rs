//! What the errors of the service control manager mean.

use std::io;

/// Why the manager, or a service, did not do as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such service.
    NoSuchService,
    /// Another service has the name.
    NameTaken,
    /// Another service has the name, or the display name.
    DisplayNameTaken,
    /// The service was deleted and has not gone yet.
    MarkedForDeletion,
    /// It runs already, or is about to.
    RunsAlready,
    /// It does not run.
    DoesNotRun,
    /// It may not be started, or has no program.
    Disabled,
    /// There is no such account, or it may not be named so.
    NoSuchAccount,
    /// The account could not be logged on: its password is not the one that the
    /// manager knows, or it lacks the right to log on as a service.
    LogonFailed,
    /// The program did not report to the manager in time.
    NoReport,
    /// The program is not there.
    NoProgram,
    /// It is not a program, or not for this machine.
    NotAProgram,
    /// A service that it depends on is not there, or is disabled.
    NoDependency,
    /// A service that it depends on did not start.
    DependencyFailed,
    /// It depends on itself, by way of others.
    CircularDependency,
    /// Others that run depend on it.
    NeededByOthers,
    /// It cannot take requests in its present state.
    NotNow,
    /// Its process ended without having told why.
    EndedUnexpectedly,
    /// Windows cannot have such a name.
    BadName,
    /// This user may not.
    NotAllowed,
    /// The machine is shutting down.
    ShuttingDown,
    /// This Windows has no such setting.
    NoSuchSetting,
    /// Something else.
    Other,
}

impl Problem {
    /// What `error`, of a call of [`scm`](crate::scm), means.
    pub fn of(error: &io::Error) -> Self {
        // "System Error Codes" (Microsoft), winerror.h.
        match error.raw_os_error().unwrap_or_default() {
            1060 => Self::NoSuchService,
            1073 => Self::NameTaken,
            1078 => Self::DisplayNameTaken,
            1072 => Self::MarkedForDeletion,
            1056 => Self::RunsAlready,
            1062 => Self::DoesNotRun,
            1058 => Self::Disabled,
            1057 | 1317 | 1332 => Self::NoSuchAccount,
            1069 | 1326 | 1385 => Self::LogonFailed,
            1053 => Self::NoReport,
            2 | 3 => Self::NoProgram,
            193 | 216 => Self::NotAProgram,
            1075 => Self::NoDependency,
            1068 => Self::DependencyFailed,
            1059 => Self::CircularDependency,
            1051 => Self::NeededByOthers,
            1061 => Self::NotNow,
            1067 => Self::EndedUnexpectedly,
            123 => Self::BadName,
            5 => Self::NotAllowed,
            1115 => Self::ShuttingDown,
            124 => Self::NoSuchSetting,
            _ => Self::Other,
        }
    }
}
