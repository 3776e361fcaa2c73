//! Native services of FreeBSD's rc.d.
//!
//! A service is a script in `/usr/local/etc/rc.d`, started with the machine when
//! a variable of its own says YES in `/etc/rc.conf.d`. daemon(8) starts the
//! program again when it ends.

mod apply;
mod render;

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, Manager, ManagerKind, NativeStatus, Property, Rendered, Request};
use crate::register::Registration;
use crate::script::below;

/// As people call it.
const NAME: &str = "FreeBSD's rc.d";

/// FreeBSD's rc.d, as a native manager.
#[derive(Clone, Copy, Debug)]
pub struct FreeBsd;

fn script(name: &NativeName) -> PathBuf {
    below("/usr/local/etc/rc.d", name.as_str())
}

/// What rc.subr calls the service: a part of names of variables. Underscores
/// are not in our names, so no two share one.
fn variable(name: &NativeName) -> String {
    name.as_str().replace('-', "_")
}

/// Read by rc.subr after `/etc/rc.conf`, for this service only. `service NAME
/// enable` and `disable` write to it where it is there.
fn settings(name: &NativeName) -> PathBuf {
    below("/etc/rc.conf.d", &variable(name))
}

impl Manager for FreeBsd {
    fn kind(&self) -> ManagerKind {
        ManagerKind::FreeBsd
    }

    fn is_running_here(&self) -> bool {
        std::env::consts::OS == "freebsd" && Path::new("/etc/rc.subr").exists()
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
