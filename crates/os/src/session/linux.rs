//! What logind says of a session, and what its own processes were started with.
//!
//! A display manager tells a screen's name to nobody but the programs that it
//! starts, so that is where it has to be read. They are the user's own, who may
//! have written there what he likes; it is given to programs that run as that very
//! user, and to nobody else.

mod processes;
mod variables;

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use outlast_model::machine::Session;

use self::processes::Variables;
use self::variables::Told;
use super::SessionError;
use crate::account::{self, Account, Logon, Obstacle, Starter};
use crate::bus::{self, BusError, is_logind_there};

/// logind answers in milliseconds, or does not.
const PATIENCE: Duration = Duration::from_secs(25);

/// How long the first program at a terminal may take. There may be none that can be
/// read (`sftp`), and each start waits so long then.
const PROGRAM_PATIENCE: Duration = Duration::from_secs(1);

/// How long a desktop may take until it has a screen.
const SCREEN_PATIENCE: Duration = Duration::from_secs(10);

const INTERVAL: Duration = Duration::from_millis(100);

pub(super) fn enter(session: &Session) -> Result<Logon, SessionError> {
    let id = &session.id;
    let gone = || SessionError::Gone(id.clone());
    let told = match bus::session(&id.0, PATIENCE) {
        Ok(told) => told,
        Err(BusError::Refused { name, .. }) if is_unknown(&name) => return Err(gone()),
        Err(source) => {
            return Err(SessionError::Unanswered {
                session: id.clone(),
                source,
            });
        }
    };
    let user = told.session.get("Name").cloned().unwrap_or_default();
    let is_closing = told
        .session
        .get("State")
        .is_some_and(|state| state == "closing");
    // Ids are used again.
    let is_another_s = session.user.as_ref().is_some_and(|known| *known != user);
    if is_closing || is_another_s {
        return Err(gone());
    }
    let account = account::unix::with_number(told.uid);
    let account = account.map_err(|source| SessionError::NoAccount {
        session: id.clone(),
        source,
    })?;
    if !account::unix::is_own(&account.0) && !Account::is_privileged() {
        return Err(SessionError::OutOfReach {
            session: id.clone(),
            obstacle: Obstacle {
                reason: "only root may start programs in another user's session",
                hint: "run the guardian as root",
            },
        });
    }
    let uid = told.uid;
    let told = Told::new(&id.0, &told);
    let seen = first_programs(&told, uid);
    let bus = told.bus_path().filter(|path| is_socket(path));
    let variables = variables::all(&told, bus.as_deref(), &seen);
    let has_seen = !seen.is_empty();
    Ok(Logon(account::unix::Logon::in_session(
        account, variables, has_seen,
    )))
}

/// What the session's programs have, once there are such. logind tells of a session
/// before the first of them, and a desktop's later ones know of the screen. Nobody
/// tells of that moment: so it is looked for, for a while.
fn first_programs(told: &Told, uid: u32) -> Variables {
    let is_at_a_screen = told.user_service().is_some();
    let most = if is_at_a_screen {
        SCREEN_PATIENCE
    } else {
        PROGRAM_PATIENCE
    };
    let until = Instant::now() + most;
    loop {
        let seen = processes::of_session(told.scope(), told.user_service(), uid);
        let is_complete = processes::has_screen(&seen) || !is_at_a_screen && !seen.is_empty();
        if is_complete || Instant::now() >= until {
            return seen;
        }
        thread::sleep(INTERVAL);
    }
}

/// Whoever is asked for what is over says so, or is over itself.
fn is_unknown(error: &str) -> bool {
    const UNKNOWN: [&str; 2] = [
        "org.freedesktop.login1.NoSuchSession",
        "org.freedesktop.DBus.Error.UnknownObject",
    ];
    UNKNOWN.contains(&error)
}

/// The folder is the user's: nothing that lies there is followed.
fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

pub(super) fn obstacle(_starter: Starter) -> Option<Obstacle> {
    (!is_logind_there()).then_some(Obstacle {
        reason: "no logind tells here which sessions there are, or the machine's bus is not there",
        hint: "install systemd's logind or elogind, and D-Bus, or leave `session` out",
    })
}
