//! Which sessions of users there are, and which of them is this process's own.

use std::process;
use std::ptr;
use std::slice;

use outlast_model::machine::{Presence, Session, SessionId};
use windows_sys::Win32::System::RemoteDesktop::{
    ProcessIdToSessionId, WTS_CONNECTSTATE_CLASS, WTS_SESSION_INFOW, WTSActive, WTSDomainName,
    WTSEnumerateSessionsW, WTSFreeMemory, WTSGetActiveConsoleSessionId,
};

use super::{text_of_session, user_of};
use crate::account::Account;

/// A session as Windows lists it.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) id: u32,
    pub(super) state: WTS_CONNECTSTATE_CLASS,
    /// `None`: nobody has logged on there.
    pub(super) user: Option<String>,
}

/// All sessions, and which of them is at this machine's own screen.
#[derive(Clone, Debug)]
pub(super) struct All {
    pub(super) listed: Vec<Listed>,
    pub(super) console: u32,
}

/// Where services are. Nobody logs on there.
const OF_SERVICES: u32 = 0;

/// What Windows lists now; asks another process. `None`: it does not say. The
/// services have a session in any case, so none at all is no answer either (Wine).
pub(super) fn all() -> Option<All> {
    let mut sessions: *mut WTS_SESSION_INFOW = ptr::null_mut();
    let mut count = 0;
    let this_machine = ptr::null_mut();
    // SAFETY: the outputs are ours; the other numbers are those that have to be.
    let is_known =
        unsafe { WTSEnumerateSessionsW(this_machine, 0, 1, &raw mut sessions, &raw mut count) };
    if is_known == 0 || sessions.is_null() {
        return None;
    }
    // SAFETY: so many were made for us, and they are freed once, after copying.
    let listed: Vec<(u32, WTS_CONNECTSTATE_CLASS)> = unsafe {
        let all = slice::from_raw_parts(sessions, usize::try_from(count).unwrap_or(0));
        let listed = all.iter().map(|one| (one.SessionId, one.State)).collect();
        WTSFreeMemory(sessions.cast());
        listed
    };
    if listed.is_empty() {
        return None;
    }
    let with_user = |(id, state)| Listed {
        id,
        state,
        user: user_of(id),
    };
    // SAFETY: it takes nothing.
    let console = unsafe { WTSGetActiveConsoleSessionId() };
    Some(All {
        listed: listed.into_iter().map(with_user).collect(),
        console,
    })
}

/// The session that this process runs in, if it is that of the user as whom it runs:
/// not among services, and not as somebody else (`runas`). Asks another process.
pub(crate) fn own() -> Option<Session> {
    let mut id = 0;
    // SAFETY: the output is ours.
    let is_known = unsafe { ProcessIdToSessionId(process::id(), &raw mut id) } != 0;
    if !is_known || id == OF_SERVICES {
        return None;
    }
    let user = user_of(id)?;
    let domain = text_of_session(id, WTSDomainName);
    let account = Account::current().ok()?;
    is_whole_name(account.name(), (domain.as_deref(), &user)).then(|| Session {
        id: SessionId(id.to_string()),
        user: Some(user),
    })
}

/// Whether an account is that user. Neither differs by case; a domain that nobody
/// tells is any.
fn is_whole_name(account: &str, (domain, user): (Option<&str>, &str)) -> bool {
    let (of, bare) = match account.split_once('\\') {
        Some((of, bare)) => (Some(of), bare),
        None => (None, account),
    };
    let is_same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let is_of_domain = match (of, domain) {
        (Some(of), Some(domain)) => is_same(of, domain),
        (None, _) | (_, None) => true,
    };
    is_of_domain && is_same(bare, user)
}

/// As [`all`], for a process that Windows tells of no sessions: its own alone. It
/// counts as one in use, as nobody tells of a change.
pub(super) fn own_alone() -> Option<All> {
    let Session { id, user } = own()?;
    // SAFETY: it takes nothing.
    let console = unsafe { WTSGetActiveConsoleSessionId() };
    let listed = Listed {
        id: id.0.parse().ok()?,
        state: WTSActive,
        user,
    };
    Some(All {
        listed: vec![listed],
        console,
    })
}

impl All {
    /// Those that a user is in, by their ids; `is_over` knows of one that Windows may
    /// still list for a moment.
    pub(super) fn of_users(&self, is_over: impl Fn(u32) -> bool) -> Vec<Presence> {
        let presence = |one: &Listed| {
            let user = one.user.clone()?;
            let is_there = one.id != OF_SERVICES && !is_over(one.id);
            is_there.then(|| Presence {
                session: Session {
                    id: SessionId(one.id.to_string()),
                    user: Some(user),
                },
                is_active: one.state == WTSActive,
                is_local: one.id == self.console,
            })
        };
        let mut present: Vec<Presence> = self.listed.iter().filter_map(presence).collect();
        present.sort_by(|one, other| one.session.id.cmp(&other.session.id));
        present
    }
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::System::RemoteDesktop::{WTSDisconnected, WTSListen};

    use super::*;

    fn listed(id: u32, state: WTS_CONNECTSTATE_CLASS, user: Option<&str>) -> Listed {
        Listed {
            id,
            state,
            user: user.map(str::to_owned),
        }
    }

    fn words(present: &[Presence]) -> Vec<String> {
        let word = |presence: &Presence| {
            let user = presence.session.user.as_deref().unwrap_or("nobody");
            let active = if presence.is_active { " active" } else { "" };
            let local = if presence.is_local { " local" } else { "" };
            format!("{} {user}{active}{local}", presence.session.id)
        };
        present.iter().map(word).collect()
    }

    #[test]
    fn sessions_without_a_user_are_none() {
        let all = All {
            listed: vec![
                listed(0, WTSDisconnected, Some("SYSTEM")),
                listed(1, WTSActive, Some("ann")),
                listed(3, WTSDisconnected, Some("bob")),
                listed(2, WTSActive, Some("eve")),
                listed(4, WTSActive, None),
                listed(65_536, WTSListen, None),
            ],
            console: 1,
        };
        let present = all.of_users(|_| false);
        assert_eq!(
            words(&present),
            ["1 ann active local", "2 eve active", "3 bob"]
        );
        assert_eq!(
            words(&all.of_users(|id| id == 1)),
            ["2 eve active", "3 bob"]
        );
    }

    #[test]
    fn a_user_is_told_from_one_of_another_domain() {
        let is = |domain, user| is_whole_name(r"SHOP\ann", (domain, user));
        assert!(is(Some("shop"), "Ann"));
        assert!(is(None, "ann"));
        assert!(!is(Some("LAPTOP"), "ann"));
        assert!(!is(Some("SHOP"), "bob"));
        assert!(is_whole_name("ann", (Some("SHOP"), "ann")));
    }

    #[test]
    fn where_nobody_is_at_the_console_no_session_is_local() {
        let all = All {
            listed: vec![listed(2, WTSActive, Some("ann"))],
            // As Windows says that one is just being attached.
            console: u32::MAX,
        };
        assert_eq!(words(&all.of_users(|_| false)), ["2 ann active"]);
    }
}
