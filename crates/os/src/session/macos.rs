//! The session that this process runs in itself, if it is its user's: whatever it
//! starts is there.
//!
//! Others are out of reach. `launchctl asuser` (launchctl(1)) brings a command of
//! root's into the session of a user, and leaves it root: the user would have to be
//! changed after that, by a program between. So it would not be known at which step a
//! start has failed, and that program would run as root in the user's session.

use outlast_model::machine::Session;

use super::SessionError;
use crate::account::{Account, Logon, Obstacle, Starter};
use crate::machine::own_session;

const ONLY_ITS_OWN: Obstacle = Obstacle {
    reason: "on macOS a guardian starts programs only in the session at the screen that it runs in itself",
    hint: "install it as that user's agent (`outlast install` without sudo), or leave `session` out",
};

pub(super) fn enter(session: &Session) -> Result<Logon, SessionError> {
    let own = own_session().ok_or_else(|| SessionError::OutOfReach {
        session: session.id.clone(),
        obstacle: ONLY_ITS_OWN,
    })?;
    if own != *session {
        return Err(SessionError::Gone(session.id.clone()));
    }
    let logon = Account::current().and_then(Account::log_on);
    logon.map_err(|source| SessionError::NoAccount {
        session: session.id.clone(),
        source,
    })
}

/// A native service of root's is a daemon, which is in no session; any other's is an
/// agent, which launchd starts in its user's.
pub(super) fn obstacle(starter: Starter) -> Option<Obstacle> {
    let is_in_one = match starter {
        Starter::ThisProcess => own_session().is_some(),
        Starter::NativeService => !Account::is_privileged(),
    };
    (!is_in_one).then_some(ONLY_ITS_OWN)
}
