//! Native services of systemd: units of the machine and of a user.
//!
//! Units are files and links, so they are plain steps, and enabling is one of
//! them: it works while systemd does not (in a chroot), and is taken back like
//! any other. systemd itself is only told to look again, and asked for states,
//! starts and stops: over D-Bus ([`outlast_os::bus`]), or by `systemctl` where
//! there is no D-Bus.

mod apply;
mod ask;
mod call;
mod folders;
mod identity;
mod linger;
mod render;
mod sandbox;
mod text;
mod unit;

pub mod state;

use std::time::Duration;

use outlast_os::bus::{self, Whose};

use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, Manager, ManagerKind, NativeStatus, Property, Rendered, Request};
use crate::register::Registration;
use crate::step::Step;

pub use call::SystemdCall;
pub use folders::{Folders, User};
pub use text::{Place, spell, spell_path};

/// systemd, as a native manager.
#[derive(Clone, Debug)]
pub struct Systemd {
    folders: Folders,
}

impl Systemd {
    /// The one of this machine, and of the user who runs this process.
    pub fn here() -> Self {
        Self::with(Folders::here())
    }

    /// One with its units in other folders; for tests.
    pub const fn with(folders: Folders) -> Self {
        Self { folders }
    }

    /// What systemd has made for the state of `definition` by itself, and a purge
    /// is to remove: a dynamic user's folder is elsewhere, with a link to it.
    pub(crate) fn purge(definition: &Definition) -> Vec<Step> {
        identity::purge(definition)
    }

    /// What `call` means right now, for whoever wants to take it back.
    pub(crate) fn inverse(call: &SystemdCall) -> Vec<SystemdCall> {
        apply::inverse(call)
    }

    /// Does `call`.
    pub(crate) fn make(call: &SystemdCall) -> Result<(), Error> {
        apply::make(call)
    }
}

impl Manager for Systemd {
    fn kind(&self) -> ManagerKind {
        ManagerKind::Systemd
    }

    fn is_running_here(&self) -> bool {
        bus::is_running(Whose::Machine)
    }

    fn render(&self, definition: &Definition) -> Result<Rendered, Error> {
        render::render(definition, &self.folders)
    }

    fn status(&self, name: &NativeName, scope: Scope) -> Result<NativeStatus, Error> {
        apply::status(&self.folders, name, scope)
    }

    fn properties(&self, registration: &Registration) -> Result<Vec<Property>, Error> {
        apply::properties(registration)
    }

    fn control(
        &self,
        registration: &Registration,
        request: Request,
        patience: Duration,
    ) -> Result<(), Error> {
        apply::control(registration, request, patience)
    }
}
