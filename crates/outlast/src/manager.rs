//! Who looks after this process.

use std::env;

use outlast_native::ManagerKind;
use outlast_os::manager_link::LinkKind;

/// Who has started this process and looks after it, or would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Manager {
    /// Windows' service control manager.
    Windows,
    /// systemd, or another that speaks its protocol of readiness.
    Systemd,
    /// launchd.
    Launchd,
    /// OpenRC.
    OpenRc,
    /// Scripts in `/etc/init.d`.
    SysV,
    /// FreeBSD's rc.d.
    FreeBsd,
    /// runit.
    Runit,
    /// s6.
    S6,
    /// An Outlast guardian.
    Outlast,
    /// Nobody that could be recognised: a person at a terminal, a container
    /// engine, a manager that leaves no trace.
    Nobody,
}

impl Manager {
    /// Who has started the service `name`, which has a link of this `kind`.
    pub(crate) fn recognise(kind: LinkKind, name: &str) -> Self {
        match kind {
            LinkKind::Scm => Self::Windows,
            // It listens only to services that are to tell how they are.
            LinkKind::Notify | LinkKind::Nobody if is("OUTLAST_SERVICE", |_| true) => Self::Outlast,
            LinkKind::Notify => Self::Systemd,
            LinkKind::Nobody if is("RC_SVCNAME", |_| true) => Self::OpenRc,
            // A terminal of macOS hands on its own.
            LinkKind::Nobody if is("XPC_SERVICE_NAME", |label| label.ends_with(name)) => {
                Self::Launchd
            }
            LinkKind::Nobody => Self::Nobody,
        }
    }
}

fn is(variable: &str, fits: impl FnOnce(&str) -> bool) -> bool {
    env::var(variable).is_ok_and(|value| !value.is_empty() && fits(&value))
}

impl From<ManagerKind> for Manager {
    fn from(manager_kind: ManagerKind) -> Self {
        match manager_kind {
            ManagerKind::Windows => Self::Windows,
            ManagerKind::Systemd => Self::Systemd,
            ManagerKind::Launchd => Self::Launchd,
            ManagerKind::OpenRc => Self::OpenRc,
            ManagerKind::SysV => Self::SysV,
            ManagerKind::FreeBsd => Self::FreeBsd,
            ManagerKind::Runit => Self::Runit,
            ManagerKind::S6 => Self::S6,
        }
    }
}
