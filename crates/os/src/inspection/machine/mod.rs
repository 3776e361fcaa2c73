//! What services find that sessions do not, and the reverse; and what kind of
//! machine it is.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
use unix as sys;
#[cfg(windows)]
use windows as sys;

use std::ffi::OsString;
use std::path::Path;

/// The `PATH` that the operating system's own manager gives to services; `None`
/// when it cannot be read.
pub fn search_path_of_services() -> Option<OsString> {
    sys::search_path_of_services()
}

/// Whether `path` is on a drive that stands for a folder of another machine:
/// such a letter belongs to one session, and services have none of it. Always
/// `false` where there are no such drives.
pub fn is_on_mapped_drive(path: &Path) -> bool {
    sys::is_on_mapped_drive(path)
}

/// Whether it runs on a battery at times, and so probably has a lid; `None` when
/// it does not tell.
pub fn is_portable() -> Option<bool> {
    sys::is_portable()
}

/// The command line of the Windows service `name` as the service control manager
/// has it (`ImagePath`); `None` when there is none, or no such manager.
pub fn image_path(name: &str) -> Option<String> {
    sys::image_path(name)
}
