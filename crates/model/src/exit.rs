//! How an instance ended, or why it never began.

use std::path::PathBuf;
use std::time::Duration;

/// How a process ended, as the operating system tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// It ended with this code. On Windows the code is the status of
    /// `GetExitCodeProcess`, so a crash shows as for example `0xC0000005`.
    Code(i32),
    /// A signal with this number ended it (Unix).
    Signal {
        /// As `signal(7)` numbers them on this machine.
        number: i32,
        /// Whether the kernel says that it dumped core.
        core_dumped: bool,
    },
    /// It is gone and nobody can say how.
    Unknown,
}

impl Exit {
    /// Whether this is one of `success_codes`.
    pub fn is_success(self, success_codes: &[i32]) -> bool {
        matches!(self, Self::Code(code) if success_codes.contains(&code))
    }
}

/// What an ended process had used, as the kernel counted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Processor time in user mode.
    pub user: Duration,
    /// Processor time in the kernel.
    pub system: Duration,
    /// The largest resident set, in bytes; `None` where the OS does not tell.
    pub max_resident: Option<u64>,
}

/// Why an instance never ran its first instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartFailure {
    /// What was being done.
    pub step: StartStep,
    /// On which path or account.
    pub subject: PathBuf,
    /// The operating system's error number (`errno`, `GetLastError`), where
    /// there is one.
    pub os_error: Option<i32>,
    /// The whole reason in words, for people.
    pub message: String,
}

/// The steps of a start that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StartStep {
    /// Finding the program.
    FindProgram,
    /// Reading the environment file.
    ReadEnvironment,
    /// Getting a secret, or handing it over.
    ReadSecret,
    /// Finding the account, or changing to it.
    ChangeUser,
    /// Opening a socket at which it listens.
    Listen,
    /// Entering the folder.
    EnterDir,
    /// Shutting it off from the rest of the machine.
    Confine,
    /// Making pipes, the control group or the job.
    Prepare,
    /// Making the process.
    Fork,
    /// Replacing it by the program.
    Execute,
}
