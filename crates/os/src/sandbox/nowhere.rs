//! Systems on which nothing is shut off.

use outlast_model::StartFailure;
use outlast_model::sandbox::Sandbox as Definition;

use super::{Needs, Obstacle};

/// There is none.
#[derive(Debug)]
pub(crate) enum Plan {}

impl Plan {
    pub(super) fn new(_: &Definition, needs: Needs<'_>) -> Result<Self, StartFailure> {
        Err(super::failure(needs.program, REASON))
    }
}

const REASON: &str = "only Linux on x86-64 and aarch64 shuts programs off for Outlast";

#[expect(clippy::unnecessary_wraps, reason = "elsewhere there may be none")]
pub(super) fn obstacle() -> Option<Obstacle> {
    Some(Obstacle {
        reason: REASON.to_owned(),
        hint: "leave `sandbox` out; give the service an account of its own with `user`",
    })
}
