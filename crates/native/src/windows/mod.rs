//! Native services of Windows' service control manager.
//!
//! A service is registered by one step, which says everything that is set for
//! it, and which the manager takes in one piece as far as account, program and
//! start type go. It is given a mark; one of the same name without it is
//! somebody else's and is not touched.

mod account;
pub mod command_line;
mod control;
mod error;
mod properties;
mod render;
mod service;

pub(crate) mod apply;

use std::time::Duration;

use outlast_os::scm;

pub use self::service::{Failure, FailureKind, Failures, Service, Start};
use crate::definition::{Definition, NativeName, Scope};
use crate::manager::{Error, Manager, ManagerKind, NativeStatus, Property, Rendered, Request};
use crate::register::Registration;

/// Windows' service control manager, as a native manager.
#[derive(Clone, Copy, Debug)]
pub struct Windows;

impl Manager for Windows {
    fn kind(&self) -> ManagerKind {
        ManagerKind::Windows
    }

    fn is_running_here(&self) -> bool {
        scm::is_here()
    }

    fn render(&self, definition: &Definition) -> Result<Rendered, Error> {
        render::render(definition)
    }

    fn status(&self, name: &NativeName, _scope: Scope) -> Result<NativeStatus, Error> {
        control::status(name)
    }

    fn properties(&self, registration: &Registration) -> Result<Vec<Property>, Error> {
        let name = &registration.definition.name;
        match apply::found(name.as_str())? {
            Some(service) => Ok(properties::of(name, &service)),
            None => Err(Error::NotInstalled(name.clone())),
        }
    }

    fn control(
        &self,
        registration: &Registration,
        request: Request,
        patience: Duration,
    ) -> Result<(), Error> {
        control::control(registration, request, patience)
    }
}
