//! The token of a session: its user's, as he has logged on. An administrator's is
//! the one without an administrator's rights, as the programs of his desktop have it.
//!
//! The session that this process itself runs in takes none, if it is its user's:
//! whatever it starts is there. That has an administrator's rights if this process has.

use std::io;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::ptr;

use outlast_model::machine::Session;
use windows_sys::Win32::Foundation::{
    ERROR_CTX_WINSTATION_NOT_FOUND, ERROR_FILE_NOT_FOUND, ERROR_NO_TOKEN, ERROR_PRIVILEGE_NOT_HELD,
};
use windows_sys::Win32::System::RemoteDesktop::{WTSQueryUserToken, WTSWinStationName};

use super::SessionError;
use crate::account::{self, Account, Logon, Obstacle, Starter};
use crate::machine::{own_session, text_of_session};

/// `SE_TCB_NAME` and the privileges to start a program with a token: the same that
/// it takes to start one under another account.
const ONLY_THE_SYSTEM: Obstacle = Obstacle {
    reason: "only LocalSystem may start programs in users' sessions, and others in their own",
    hint: "install the guardian (`outlast install`), which then is LocalSystem",
};

pub(super) fn enter(session: &Session) -> Result<Logon, SessionError> {
    let refused = |source| SessionError::Refused {
        session: session.id.clone(),
        source,
    };
    let gone = || SessionError::Gone(session.id.clone());
    let id: u32 = session.id.0.parse().map_err(|_| gone())?;
    if own_session().is_some_and(|own| own.id == session.id) {
        return enter_own(session);
    }
    let token = token(id).map_err(|error| match meaning(error.raw_os_error()) {
        Meaning::Gone => gone(),
        Meaning::NotAllowed => SessionError::OutOfReach {
            session: session.id.clone(),
            obstacle: ONLY_THE_SYSTEM,
        },
        Meaning::Other => refused(error),
    })?;
    let account = account::windows::of_token(&token).map_err(|source| SessionError::NoAccount {
        session: session.id.clone(),
        source,
    })?;
    // Numbers are used again.
    if !is_of(&account, session.user.as_deref()) {
        return Err(gone());
    }
    let name = text_of_session(id, WTSWinStationName);
    let logon = account::windows::Logon::in_session(account, token, name).map_err(refused)?;
    Ok(Logon(logon))
}

fn enter_own(session: &Session) -> Result<Logon, SessionError> {
    let logon = Account::current().and_then(Account::log_on);
    let logon = logon.map_err(|source| SessionError::NoAccount {
        session: session.id.clone(),
        source,
    })?;
    if !is_of(logon.account(), session.user.as_deref()) {
        return Err(SessionError::Gone(session.id.clone()));
    }
    Ok(logon)
}

fn token(id: u32) -> io::Result<OwnedHandle> {
    let mut token = ptr::null_mut();
    // SAFETY: the output is ours.
    if unsafe { WTSQueryUserToken(id, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, for us.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

/// What Windows means by not giving a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// There is no such session, or nobody in it.
    Gone,
    /// This process may not ask.
    NotAllowed,
    Other,
}

fn meaning(code: Option<i32>) -> Meaning {
    match code.map(i32::cast_unsigned) {
        Some(ERROR_FILE_NOT_FOUND | ERROR_NO_TOKEN | ERROR_CTX_WINSTATION_NOT_FOUND) => {
            Meaning::Gone
        }
        Some(ERROR_PRIVILEGE_NOT_HELD) => Meaning::NotAllowed,
        _ => Meaning::Other,
    }
}

/// A session's user is told without the domain.
fn is_of(account: &Account, user: Option<&str>) -> bool {
    let name = account.name();
    let bare = name.rsplit_once('\\').map_or(name, |(_, bare)| bare);
    user.is_none_or(|user| user.to_lowercase() == bare.to_lowercase())
}

pub(super) fn obstacle(starter: Starter) -> Option<Obstacle> {
    if starter == Starter::ThisProcess && own_session().is_some() {
        return None;
    }
    account::windows::obstacle(starter).map(|obstacle| match starter {
        Starter::ThisProcess => ONLY_THE_SYSTEM,
        // Who may not install it is told how to.
        Starter::NativeService => Obstacle {
            reason: ONLY_THE_SYSTEM.reason,
            hint: obstacle.hint,
        },
    })
}

#[cfg(test)]
mod tests {
    use outlast_model::machine::SessionId;

    use super::*;

    #[test]
    fn windows_reasons_are_told_apart() {
        assert_eq!(meaning(Some(1008)), Meaning::Gone);
        assert_eq!(meaning(Some(2)), Meaning::Gone);
        assert_eq!(meaning(Some(7022)), Meaning::Gone);
        assert_eq!(meaning(Some(1314)), Meaning::NotAllowed);
        assert_eq!(meaning(Some(5)), Meaning::Other);
        assert_eq!(meaning(None), Meaning::Other);
    }

    #[test]
    fn a_session_belongs_to_its_user_in_whatever_case_he_is_written() {
        let own = Account::current().expect("it has one");
        let bare = own.name().rsplit('\\').next().expect("a name").to_owned();
        assert!(is_of(&own, Some(&bare.to_uppercase())));
        assert!(is_of(&own, None));
        assert!(!is_of(&own, Some("somebody else")));
    }

    #[test]
    fn what_is_no_session_is_not_entered() {
        for id in ["c1", "", "-1", "4294967296"] {
            let error = enter(&session(id, None))
                .map(drop)
                .expect_err("not Windows'");
            assert!(matches!(error, SessionError::Gone(_)), "{error:?}");
        }
    }

    fn session(id: &str, user: Option<&str>) -> Session {
        Session {
            id: SessionId(id.to_owned()),
            user: user.map(str::to_owned),
        }
    }

    /// Wine gives anybody this process's own token for any session.
    #[test]
    fn another_session_is_entered_as_its_user_by_who_may() {
        match enter(&session(ANOTHER, None)) {
            Ok(logon) => {
                let own = Account::current().expect("it has one");
                assert_eq!(logon.account(), &own);
                assert!(logon.inherited().is_some());
                let error = enter(&session(ANOTHER, Some("somebody else")));
                let error = error.map(drop).expect_err("it is another's");
                assert!(matches!(error, SessionError::Gone(_)), "{error:?}");
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.contains("outlast install"), "{text}");
            }
        }
    }

    /// Far from the first ones, in which tests run.
    const ANOTHER: &str = "77";

    #[test]
    fn its_own_session_is_entered_by_anybody_and_without_a_token() {
        let Some(own) = own_session() else {
            // Among services, as tests of a pipeline are.
            let obstacle = obstacle(Starter::ThisProcess);
            assert_eq!(
                obstacle.is_none(),
                account::windows::obstacle(Starter::ThisProcess).is_none()
            );
            return;
        };
        assert_eq!(obstacle(Starter::ThisProcess), None);
        let logon = enter(&own).expect("it is here");
        assert!(Account::current().is_ok_and(|account| account == *logon.account()));
        assert!(logon.token().is_none());
        // Its windows can be reached from here.
        assert!(!logon.is_in_session());
        let error = enter(&session(&own.id.0, Some("somebody else")));
        let error = error.map(drop).expect_err("it is another's");
        assert!(matches!(error, SessionError::Gone(_)), "{error:?}");
    }
}
