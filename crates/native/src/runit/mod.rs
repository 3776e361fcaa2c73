//! Native services of a runit scan directory.
//!
//! A service is a folder in `/etc/sv` with a script `run`; a link to it in the
//! directory that `runsvdir` scans every five seconds has it supervised.

mod apply;
mod render;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, Manager, ManagerKind, NativeStatus, Property, Rendered, Request};
use crate::processes;
use crate::register::Registration;
use crate::script::below;

pub use apply::told;

/// As people call it.
const NAME: &str = "runit";

/// runit, as a native manager.
#[derive(Clone, Debug)]
pub struct Runit {
    /// Where the services are.
    services_dir: PathBuf,
    /// What `runsvdir` scans.
    scan_dir: PathBuf,
    /// Where runit keeps what does not outlive the machine's run.
    run_dir: PathBuf,
}

impl Runit {
    /// This machine's. Where nothing is found, as Debian has it.
    pub fn here() -> Self {
        let scan_dir = ["/etc/service", "/var/service", "/service"]
            .into_iter()
            .find(|dir| Path::new(dir).is_dir())
            .unwrap_or("/etc/service");
        Self::at("/etc/sv", scan_dir, "/run/runit")
    }

    /// One with its services, its scan directory and its run directory there.
    pub fn at(
        services_dir: impl Into<PathBuf>,
        scan_dir: impl Into<PathBuf>,
        run_dir: impl Into<PathBuf>,
    ) -> Self {
        Self {
            services_dir: services_dir.into(),
            scan_dir: scan_dir.into(),
            run_dir: run_dir.into(),
        }
    }

    fn service_dir(&self, name: &NativeName) -> PathBuf {
        below(&self.services_dir, name.as_str())
    }

    fn scan_link(&self, name: &NativeName) -> PathBuf {
        below(&self.scan_dir, name.as_str())
    }
}

impl Manager for Runit {
    fn kind(&self) -> ManagerKind {
        ManagerKind::Runit
    }

    fn is_running_here(&self) -> bool {
        processes::is_running("runsvdir")
    }

    fn render(&self, definition: &Definition) -> Result<Rendered, Error> {
        render::render(self, definition)
    }

    fn status(&self, name: &NativeName, scope: Scope) -> Result<NativeStatus, Error> {
        apply::status(self, name, scope)
    }

    fn properties(&self, registration: &Registration) -> Result<Vec<Property>, Error> {
        apply::properties(self, registration)
    }

    fn control(
        &self,
        registration: &Registration,
        request: Request,
        patience: Duration,
    ) -> Result<(), Error> {
        apply::control(self, registration, request, patience)
    }
}
