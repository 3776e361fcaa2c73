//! Which managers there are, and which one this machine has.

use crate::manager::{Error, Manager, ManagerKind};

impl ManagerKind {
    /// Every one of them.
    pub const ALL: [Self; 8] = [
        Self::Windows,
        Self::Systemd,
        Self::Launchd,
        Self::OpenRc,
        Self::SysV,
        Self::FreeBsd,
        Self::Runit,
        Self::S6,
    ];

    /// The manager behind it.
    pub fn manager(self) -> Box<dyn Manager> {
        match self {
            Self::Windows => Box::new(crate::windows::Windows),
            Self::Systemd => Box::new(crate::systemd::Systemd::here()),
            Self::Launchd => Box::new(crate::launchd::Launchd::here()),
            Self::OpenRc => Box::new(crate::openrc::OpenRc),
            Self::SysV => Box::new(crate::sysv::SysV::here()),
            Self::FreeBsd => Box::new(crate::freebsd::FreeBsd),
            Self::Runit => Box::new(crate::runit::Runit::here()),
            Self::S6 => Box::new(crate::s6::S6::here()),
        }
    }

    /// The word for `--manager`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Windows => "windows",
            Self::Systemd => "systemd",
            Self::Launchd => "launchd",
            Self::OpenRc => "openrc",
            Self::SysV => "sysv",
            Self::FreeBsd => "freebsd",
            Self::Runit => "runit",
            Self::S6 => "s6",
        }
    }

    /// The manager that runs on this machine.
    ///
    /// # Errors
    /// [`Error::NoManager`] when there is none, as in most containers.
    pub fn detect() -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|manager_kind| manager_kind.manager().is_running_here())
            .ok_or(Error::NoManager)
    }
}
