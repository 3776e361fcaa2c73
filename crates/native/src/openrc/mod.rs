//! Native services of OpenRC.
//!
//! A service is a script in `/etc/init.d`; a link to it in a folder of
//! `/etc/runlevels` has it started with the machine. Its own
//! `supervise-daemon` starts the program again when it ends.

mod apply;
mod orphan;
mod render;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, Manager, ManagerKind, NativeStatus, Property, Rendered, Request};
use crate::register::Registration;
use crate::script::below;

/// As people call it.
const NAME: &str = "OpenRC";

/// OpenRC, as a native manager.
#[derive(Clone, Copy, Debug)]
pub struct OpenRc;

fn script(name: &NativeName) -> PathBuf {
    below("/etc/init.d", name.as_str())
}

/// What `rc-update add NAME default` makes.
fn runlevel_link(name: &NativeName) -> PathBuf {
    below("/etc/runlevels/default", name.as_str())
}

impl Manager for OpenRc {
    fn kind(&self) -> ManagerKind {
        ManagerKind::OpenRc
    }

    fn is_running_here(&self) -> bool {
        // Made when OpenRC brings the machine up.
        ["/run/openrc/softlevel", "/lib/rc/init.d/softlevel"]
            .into_iter()
            .any(|path| Path::new(path).exists())
    }

    fn render(&self, definition: &Definition) -> Result<Rendered, Error> {
        render::render(definition)
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
