//! Native services of scripts in `/etc/init.d`.
//!
//! `init` runs a script when the machine comes up and when it goes down, by
//! links in `/etc/rc?.d`. Between the two nobody looks after the program.

mod apply;
mod render;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, Manager, ManagerKind, NativeStatus, Property, Rendered, Request};
use crate::processes;
use crate::register::Registration;
use crate::script::below;

/// As people call it.
const NAME: &str = "SysV init";

/// Scripts in `/etc/init.d`, as a native manager.
#[derive(Clone, Copy, Debug)]
pub struct SysV {
    links: Links,
}

/// Who makes the links in `/etc/rc?.d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Debian's tool, which keeps an order of its own beside them.
    UpdateRcD,
    /// Red Hat's and SUSE's.
    Chkconfig,
    /// We do.
    Ours,
}

impl SysV {
    /// This machine's.
    pub fn here() -> Self {
        let has = |tool: &str| {
            Path::new("/usr/sbin").join(tool).exists() || Path::new("/sbin").join(tool).exists()
        };
        Self::with(match () {
            () if has("update-rc.d") => Links::UpdateRcD,
            () if has("chkconfig") => Links::Chkconfig,
            () => Links::Ours,
        })
    }

    /// One whose links are made so.
    pub fn with(links: Links) -> Self {
        Self { links }
    }
}

fn script(name: &NativeName) -> PathBuf {
    below("/etc/init.d", name.as_str())
}

impl Manager for SysV {
    fn kind(&self) -> ManagerKind {
        ManagerKind::SysV
    }

    fn is_running_here(&self) -> bool {
        let is_init = processes::first().is_some_and(|name| name == "init");
        // Busybox has an init too, and knows of no runlevels.
        is_init
            && ["/etc/inittab", "/etc/init.d", "/etc/rc2.d"]
                .into_iter()
                .all(|path| Path::new(path).exists())
    }

    fn render(&self, definition: &Definition) -> Result<Rendered, Error> {
        render::render(self.links, definition)
    }

    fn status(&self, name: &NativeName, scope: Scope) -> Result<NativeStatus, Error> {
        apply::status(name, scope)
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
