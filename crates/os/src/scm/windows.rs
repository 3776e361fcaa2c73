//! Through the `windows-service` crate, and Win32 where that lacks a call: it
//! writes command lines only by its own rules, changes settings only all at
//! once, and knows no triggers, variables and marks.

mod open;
mod read;
mod registry;
mod trigger;
mod waiting;
mod write;

use std::ffi::OsStr;
use std::io;

use windows_service::service::ServiceAccess;

use self::open::{error, existing};
pub(super) use self::read::{query, status};
pub(super) use self::waiting::{wait_for, wait_until_gone};
pub(super) use self::write::{change, create, delete};

pub(super) const IS_HERE: bool = true;

/// The value of a mark, in the folder that Windows leaves to each service for
/// its own and removes with it.
const MARK: &str = "RegisteredBy";

pub(super) fn start(name: &str) -> io::Result<()> {
    existing(name, ServiceAccess::START)?
        .start(&[] as &[&OsStr])
        .map_err(error)
}

pub(super) fn stop(name: &str) -> io::Result<()> {
    existing(name, ServiceAccess::STOP)?
        .stop()
        .map(drop)
        .map_err(error)
}

pub(super) fn mark_of(name: &str) -> io::Result<Option<String>> {
    registry::text(&registry::parameters(name), MARK)
}
