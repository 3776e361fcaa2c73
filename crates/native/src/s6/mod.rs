//! Native services of an s6 scan directory.
//!
//! A service is a folder with a script `run`; a link to it in the directory that
//! `s6-svscan` scans when it is told to has it supervised.

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
const NAME: &str = "s6";

/// s6, as a native manager.
#[derive(Clone, Debug)]
pub struct S6 {
    /// Where our services are.
    services_dir: PathBuf,
    /// What `s6-svscan` scans.
    scan_dir: PathBuf,
    /// What the scan directory is made from at each boot, when it is.
    image_dir: Option<PathBuf>,
}

/// Where scan directories commonly are.
const SCAN_DIRS: [&str; 4] = [
    "/run/service",
    "/var/run/service",
    "/var/service",
    "/service",
];

/// What s6-linux-init fills `/run/service` from.
const IMAGE_DIR: &str = "/etc/s6-linux-init/current/run-image/service";

impl S6 {
    /// This machine's: the scan directory of the `s6-svscan` that runs.
    pub fn here() -> Self {
        let is_scanned = |dir: &Path| dir.join(".s6-svscan").is_dir();
        let told = processes::arguments_of("s6-svscan").and_then(|words| {
            words
                .into_iter()
                .map(PathBuf::from)
                .rfind(|dir| dir.is_absolute() && is_scanned(dir))
        });
        let common = || {
            let mut dirs = SCAN_DIRS.into_iter().map(PathBuf::from);
            dirs.find(|dir| is_scanned(dir))
        };
        let scan_dir = told.or_else(common).unwrap_or(SCAN_DIRS[0].into());
        let image_dir = Path::new(IMAGE_DIR).is_dir().then(|| IMAGE_DIR.into());
        Self::at("/etc/s6/outlast", scan_dir, image_dir)
    }

    /// One with our services, its scan directory and what that is made from at
    /// boot there.
    pub fn at(
        services_dir: impl Into<PathBuf>,
        scan_dir: impl Into<PathBuf>,
        image_dir: Option<PathBuf>,
    ) -> Self {
        Self {
            services_dir: services_dir.into(),
            scan_dir: scan_dir.into(),
            image_dir,
        }
    }

    fn service_dir(&self, name: &NativeName) -> PathBuf {
        below(&self.services_dir, name.as_str())
    }

    fn scan_link(&self, name: &NativeName) -> PathBuf {
        below(&self.scan_dir, name.as_str())
    }

    /// Whether the scan directory is empty after a boot.
    fn forgets(&self) -> bool {
        let is_volatile = ["/run", "/var/run", "/tmp", "/dev/shm"]
            .into_iter()
            .any(|dir| self.scan_dir.starts_with(dir));
        is_volatile && self.image_dir.is_none()
    }
}

impl Manager for S6 {
    fn kind(&self) -> ManagerKind {
        ManagerKind::S6
    }

    fn is_running_here(&self) -> bool {
        processes::is_running("s6-svscan")
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
