//! Handles to the manager and its services, and the errors of their crate.

use std::io;

use windows_service::service::{Service, ServiceAccess};
use windows_service::service_manager::{ServiceManager, ServiceManagerAccess};
use windows_sys::Win32::Foundation::{ERROR_INVALID_LEVEL, ERROR_SERVICE_DOES_NOT_EXIST};

/// The service `name`, for `access`.
///
/// # Errors
/// 1060 when there is none.
pub(super) fn existing(name: &str, access: ServiceAccess) -> io::Result<Service> {
    ServiceManager::local_computer(None::<&str>, ServiceManagerAccess::CONNECT)
        .and_then(|manager| manager.open_service(name, access))
        .map_err(error)
}

/// The same; `None` when there is none.
pub(super) fn open(name: &str, access: ServiceAccess) -> io::Result<Option<Service>> {
    match existing(name, access) {
        Ok(service) => Ok(Some(service)),
        Err(error) if is(&error, ERROR_SERVICE_DOES_NOT_EXIST) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The system's error in an error of `windows-service`.
pub(super) fn error(error: windows_service::Error) -> io::Error {
    match error {
        windows_service::Error::Winapi(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidInput, other),
    }
}

pub(super) fn is(error: &io::Error, code: u32) -> bool {
    error.raw_os_error() == Some(code.cast_signed())
}

/// `None` when this Windows has no such setting. Wine 8 has few of them.
pub(super) fn if_known<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if is(&error, ERROR_INVALID_LEVEL) => Ok(None),
        Err(error) => Err(error),
    }
}
