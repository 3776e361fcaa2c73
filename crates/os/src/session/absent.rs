//! Nobody tells of sessions.

use outlast_model::machine::Session;

use super::SessionError;
use crate::account::{Logon, Obstacle, Starter};

const OBSTACLE: Obstacle = Obstacle {
    reason: "on this operating system nobody tells a guardian of users' sessions",
    hint: "run a guardian of the user's own there, or leave `session` out",
};

pub(super) fn enter(session: &Session) -> Result<Logon, SessionError> {
    Err(SessionError::OutOfReach {
        session: session.id.clone(),
        obstacle: OBSTACLE,
    })
}

pub(super) const fn obstacle(_starter: Starter) -> Option<Obstacle> {
    Some(OBSTACLE)
}
