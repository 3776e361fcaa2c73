//! Where there is no service control manager.

use std::io;
use std::time::Duration;

use super::{Deletion, Settings, State, Status};

pub(super) const IS_HERE: bool = false;

fn unsupported<T>() -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this operating system has no service control manager",
    ))
}

pub(super) fn query(_name: &str) -> io::Result<Option<Settings>> {
    unsupported()
}

pub(super) fn status(_name: &str) -> io::Result<Option<Status>> {
    unsupported()
}

pub(super) fn create(
    _name: &str,
    _settings: &Settings,
    _password: Option<&str>,
    _mark: &str,
) -> io::Result<()> {
    unsupported()
}

pub(super) fn change(_name: &str, _settings: &Settings, _password: Option<&str>) -> io::Result<()> {
    unsupported()
}

pub(super) fn delete(_name: &str) -> io::Result<Deletion> {
    unsupported()
}

pub(super) fn start(_name: &str) -> io::Result<()> {
    unsupported()
}

pub(super) fn stop(_name: &str) -> io::Result<()> {
    unsupported()
}

pub(super) fn wait_for(_name: &str, _states: &[State], _patience: Duration) -> io::Result<Status> {
    unsupported()
}

pub(super) fn wait_until_gone(_name: &str, _patience: Duration) -> io::Result<Deletion> {
    unsupported()
}

pub(super) fn mark_of(_name: &str) -> io::Result<Option<String>> {
    unsupported()
}
