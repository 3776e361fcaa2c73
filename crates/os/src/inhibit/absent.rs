//! A system whose machines do not sleep by themselves, or that has no way to ask
//! it not to.

use std::io;
use std::time::Duration;

use outlast_model::inhibitor::{Denied, Grant};

use super::{Listed, Purpose};

#[derive(Debug)]
pub(super) enum Held {}

pub(super) fn hold(_: &Purpose<'_>, _: Duration) -> Result<(Held, Grant), Denied> {
    Err(denied())
}

pub(super) fn check() -> Result<(), Denied> {
    Err(denied())
}

fn denied() -> Denied {
    Denied {
        reason: "this operating system has no way to keep a machine awake".to_owned(),
    }
}

pub(super) fn list(_: Duration) -> io::Result<Vec<Listed>> {
    Err(io::ErrorKind::Unsupported.into())
}
