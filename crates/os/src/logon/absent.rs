//! Where logging on as a service is nobody's right.

use std::io;

use super::Verdict;

fn unsupported<T>() -> io::Result<T> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "only Windows has a right to log on as a service",
    ))
}

pub(super) fn find(_account: &str) -> io::Result<String> {
    unsupported()
}

pub(super) fn is_allowed(_account: &str) -> io::Result<bool> {
    unsupported()
}

pub(super) fn allow(_account: &str) -> io::Result<()> {
    unsupported()
}

pub(super) fn forbid(_account: &str) -> io::Result<()> {
    unsupported()
}

pub(super) fn check(_account: &str, _password: &str) -> io::Result<Verdict> {
    unsupported()
}
