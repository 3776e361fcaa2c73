//! A guardian on its way to become a native service: what is installed
//! ([`subject`]), with which settings ([`settings`]), as which definition
//! ([`definition`]), whether that is safe ([`risks`]), and how all of it is shown ([`show`]).

pub(crate) mod definition;
pub(crate) mod difference;
pub(crate) mod password;
pub(crate) mod risks;
pub(crate) mod settings;
pub(crate) mod show;
pub(crate) mod subject;

use outlast_native::register::Register;
use outlast_native::transaction;
use outlast_native::{ManagerKind, Scope};
use outlast_os::account::Account;

use crate::args::ManagerWord;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// The manager that is meant: the one that was named, else the one that runs
/// this machine.
pub(crate) fn manager(word: Option<ManagerWord>) -> Result<ManagerKind, Failure> {
    match word {
        Some(word) => Ok(word.kind()),
        None => Ok(ManagerKind::detect()?),
    }
}

/// The register of `scope`.
pub(crate) fn register(scope: Scope) -> Result<Register, Failure> {
    Register::of(scope).map_err(|error| Failure::of("find the register of services", &error))
}

/// Refuses what this user may not do, before anything is begun.
pub(crate) fn check_rights(scope: Scope, attempt: &str) -> Result<(), Failure> {
    if scope == Scope::User || Account::is_privileged() {
        return Ok(());
    }
    Err(
        Failure::of_rights(format!("no permission to {attempt} of this machine")).hint(format!(
            "{}; `outlast install --user` makes a service of this user, which takes no rights",
            Account::how_to_be_privileged()
        )),
    )
}

/// Why nothing, or not all, was installed.
pub(crate) fn failed(failure: transaction::Failure) -> Failure {
    match failure {
        transaction::Failure::TakenBack(error) => error.into(),
        half_done @ transaction::Failure::HalfDone { .. } => {
            Failure::new(ExitCode::Failed, half_done.to_string())
                .hint("the same command tries again to take it back before it does anything else")
        }
    }
}

impl ManagerWord {
    const fn kind(self) -> ManagerKind {
        match self {
            Self::Windows => ManagerKind::Windows,
            Self::Systemd => ManagerKind::Systemd,
            Self::Launchd => ManagerKind::Launchd,
            Self::Openrc => ManagerKind::OpenRc,
            Self::Sysv => ManagerKind::SysV,
            Self::Freebsd => ManagerKind::FreeBsd,
            Self::Runit => ManagerKind::Runit,
            Self::S6 => ManagerKind::S6,
        }
    }
}
