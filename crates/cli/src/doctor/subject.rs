//! What is examined.

use std::path::{Path, PathBuf};

use outlast_model::Service;
use outlast_native::{Account, Definition, ManagerKind, Scope};

/// A guardian that is to become a native service. Nothing of it need be on the
/// machine yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned<'a> {
    pub(crate) definition: &'a Definition,
    pub(crate) manager_kind: ManagerKind,
    /// Its file; `None`: a command given once.
    pub(crate) file: Option<&'a Path>,
    pub(crate) services: &'a [Service],
}

/// A guardian, and what there is of it on the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) planned: Planned<'a>,
    pub(crate) presence: Presence<'a>,
}

/// What there is of a guardian on the machine.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Presence<'a> {
    /// Nothing yet.
    Planned,
    /// It is registered.
    Installed {
        /// Its process; `None`: it does not run, or its manager does not say.
        running: Option<u32>,
        /// Whether its manager starts it on its own; `None`: it does not say.
        enabled: Option<bool>,
        /// What its manager reads: unit files, scripts.
        files: &'a [PathBuf],
    },
}

impl<'a> Subject<'a> {
    /// One that is not there yet.
    pub(crate) const fn planned(planned: Planned<'a>) -> Self {
        Self {
            planned,
            presence: Presence::Planned,
        }
    }

    /// Whether it is registered already.
    pub(crate) const fn is_installed(&self) -> bool {
        matches!(self.presence, Presence::Installed { .. })
    }

    /// Whether it belongs to a user, and systemd keeps it.
    pub(crate) fn is_a_user_s_with_systemd(&self) -> bool {
        !self.planned.is_the_machine_s() && self.planned.manager_kind == ManagerKind::Systemd
    }

    /// Its process.
    pub(crate) const fn running(&self) -> Option<u32> {
        match self.presence {
            Presence::Planned => None,
            Presence::Installed { running, .. } => running,
        }
    }

    /// Whether its manager starts it on its own, as far as that is known.
    pub(crate) const fn enabled(&self) -> Option<bool> {
        match self.presence {
            Presence::Planned => None,
            Presence::Installed { enabled, .. } => enabled,
        }
    }

    /// The files that its manager reads.
    pub(crate) const fn files(&self) -> &'a [PathBuf] {
        match self.presence {
            Presence::Planned => &[],
            Presence::Installed { files, .. } => files,
        }
    }
}

impl Planned<'_> {
    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        self.definition.name.as_str()
    }

    /// Whether it belongs to the machine and not to one user.
    pub(crate) fn is_the_machine_s(&self) -> bool {
        self.definition.scope == Scope::System
    }

    /// Whether it may do everything on this machine.
    pub(crate) fn is_all_powerful(&self) -> bool {
        let is_root = match &self.definition.account {
            Account::System => true,
            Account::User { name, .. } => name == "root" || name == "0",
            _ => false,
        };
        is_root && self.is_the_machine_s()
    }

    /// Who may do everything, as people call it there.
    pub(crate) fn all_powerful(&self) -> &'static str {
        match self.manager_kind {
            ManagerKind::Windows => "LocalSystem",
            _ => "root",
        }
    }
}
