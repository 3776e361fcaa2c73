//! Native services of systemd.

use std::time::Duration;

use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Backend, Error, Manager, NativeStatus, Property, Rendered, Request};
use crate::register::Registration;

/// systemd, as a native manager.
#[derive(Clone, Copy, Debug)]
pub struct Systemd;

impl Manager for Systemd {
    fn backend(&self) -> Backend {
        Backend::Systemd
    }

    fn is_running_here(&self) -> bool {
        false
    }

    fn render(&self, _definition: &Definition) -> Result<Rendered, Error> {
        Err(Error::NoManager)
    }

    fn status(&self, _name: &NativeName, _scope: Scope) -> Result<NativeStatus, Error> {
        Err(Error::NoManager)
    }

    fn properties(&self, _registration: &Registration) -> Result<Vec<Property>, Error> {
        Err(Error::NoManager)
    }

    fn control(
        &self,
        _registration: &Registration,
        _request: Request,
        _patience: Duration,
    ) -> Result<(), Error> {
        Err(Error::NoManager)
    }
}
