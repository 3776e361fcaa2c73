//! The sessions at the screen of a Mac, as its kernel has them (`IOConsoleUsers` in
//! the registry's root), and what has happened to them.
//!
//! Pure, and of every system, so that it is tested on each. The keys are those of
//! IOKitKeysPrivate.h, which is a header of the kernel's source; most of them are
//! in CGSession.h, too.

use outlast_model::MachineEvent;
use outlast_model::machine::{Presence, Session, SessionChange, SessionId};

/// A value of such a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Property {
    Text(String),
    Number(i64),
    Flag(bool),
}

/// A session that a user has logged on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Of the audit session, which is what launchd goes by (`login/ASID`).
    id: i64,
    user: String,
    /// `None`: it is not told.
    uid: Option<i64>,
    /// Else another user's session is, or the login window.
    is_at_screen: bool,
    is_locked: bool,
}

impl Listed {
    /// `None`: nobody has logged on there (the login window's is root's), or it has
    /// another form.
    pub(super) fn new(property: impl Fn(&str) -> Option<Property>) -> Option<Self> {
        let is_set = |name| property(name) == Some(Property::Flag(true));
        if !is_set("kCGSessionLoginDoneKey") {
            return None;
        }
        let Property::Number(id) = property("kCGSSessionAuditIDKey")? else {
            return None;
        };
        let Property::Text(user) = property("kCGSSessionUserNameKey")? else {
            return None;
        };
        let uid = match property("kCGSSessionUserIDKey") {
            Some(Property::Number(uid)) => Some(uid),
            _ => None,
        };
        Some(Self {
            id,
            user,
            uid,
            is_at_screen: is_set("kCGSSessionOnConsoleKey"),
            is_locked: is_set("CGSSessionScreenIsLocked"),
        })
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.id, &self.user) == (other.id, &other.user)
    }

    pub(super) fn session(&self) -> Session {
        Session {
            id: SessionId(self.id.to_string()),
            user: Some(self.user.clone()),
        }
    }

    fn event(&self, change: SessionChange) -> MachineEvent {
        MachineEvent::Session {
            session: self.session(),
            change,
        }
    }

    fn presence(&self) -> Presence {
        Presence {
            session: self.session(),
            is_active: self.is_at_screen,
            is_local: true,
        }
    }
}

/// Where a process is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its audit session; it need not be one at the screen.
    pub(super) session: i64,
    pub(super) uid: u32,
}

impl Place {
    /// That session, if its user is the process's. Names can differ: who logs on
    /// may use another name than the directory's.
    pub(super) fn among(self, sessions: &[Listed]) -> Option<&Listed> {
        let is_here =
            |one: &&Listed| one.id == self.session && one.uid == Some(i64::from(self.uid));
        sessions.iter().find(is_here)
    }
}

/// What was listed last. `None`: nothing yet.
#[derive(Debug, Default)]
pub(super) struct Known {
    sessions: Option<Vec<Listed>>,
    /// What was told to be there for programs.
    present: Option<Vec<Presence>>,
}

impl Known {
    /// What has happened, now that these are all. How it is at the beginning has not.
    ///
    /// Whoever leaves the screen does so before the next one comes.
    pub(super) fn hear(&mut self, now: &[Listed]) -> Vec<MachineEvent> {
        let Some(before) = self.sessions.replace(now.to_vec()) else {
            return Vec::new();
        };
        let mut leaving = Vec::new();
        let mut coming = Vec::new();
        for old in &before {
            let Some(new) = now.iter().find(|new| new.is_same(old)) else {
                leaving.push(old.event(SessionChange::LoggedOff));
                continue;
            };
            match (old.is_locked, new.is_locked) {
                (false, true) => leaving.push(old.event(SessionChange::Locked)),
                (true, false) => coming.push(old.event(SessionChange::Unlocked)),
                _ => {}
            }
            match (old.is_at_screen, new.is_at_screen) {
                (true, false) => leaving.push(old.event(SessionChange::Disconnected)),
                (false, true) => coming.push(old.event(SessionChange::Connected)),
                _ => {}
            }
        }
        let is_new = |one: &&Listed| !before.iter().any(|old| old.is_same(one));
        let new = now.iter().filter(is_new);
        coming.extend(new.map(|one| one.event(SessionChange::LoggedOn)));
        leaving.append(&mut coming);
        leaving
    }

    /// Where a process at `place` can start programs for users, if that is somewhere
    /// else than was told before: in its own session.
    pub(super) fn present(&mut self, place: Place) -> Option<Vec<Presence>> {
        let own = place.among(self.sessions.as_ref()?).map(Listed::presence);
        let present = Vec::from_iter(own);
        if self.present.as_ref() == Some(&present) {
            return None;
        }
        self.present = Some(present.clone());
        Some(present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `ioreg -n Root -d1` shows one.
    fn raw(id: i64, user: &str) -> Vec<(&'static str, Property)> {
        vec![
            ("kCGSSessionAuditIDKey", Property::Number(id)),
            ("kCGSSessionIDKey", Property::Number(257)),
            ("kCGSSessionOnConsoleKey", Property::Flag(true)),
            ("kCGSSessionUserIDKey", Property::Number(501)),
            ("kCGSSessionUserNameKey", Property::Text(user.to_owned())),
            ("kCGSessionLoginDoneKey", Property::Flag(true)),
        ]
    }

    fn read(raw: &[(&'static str, Property)]) -> Option<Listed> {
        Listed::new(|wanted| {
            let found = raw.iter().rfind(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.clone())
        })
    }

    /// One that is at the screen, but for what is `changed`.
    fn listed(id: i64, user: &str, changed: &[(&'static str, bool)]) -> Listed {
        let mut raw = raw(id, user);
        let flags = changed
            .iter()
            .map(|(name, flag)| (*name, Property::Flag(*flag)));
        raw.extend(flags);
        read(&raw).expect("it has everything")
    }

    fn words(events: Vec<MachineEvent>) -> Vec<String> {
        let word = |event| match event {
            MachineEvent::Session { session, change } => {
                let user = session.user.unwrap_or_default();
                format!("{} {user} {}", session.id, change.word())
            }
            other => unreachable!("{other:?}"),
        };
        events.into_iter().map(word).collect()
    }

    const AWAY: (&str, bool) = ("kCGSSessionOnConsoleKey", false);
    const LOCKED: (&str, bool) = ("CGSSessionScreenIsLocked", true);

    #[test]
    fn a_session_is_read() {
        let session = read(&raw(100_006, "ann")).expect("it has everything");
        assert_eq!(session.id, 100_006);
        assert_eq!(session.user, "ann");
        assert!(session.is_at_screen && !session.is_locked);
        assert!(listed(1, "ann", &[LOCKED]).is_locked);
        assert!(!listed(1, "ann", &[AWAY]).is_at_screen);
    }

    #[test]
    fn the_login_window_is_no_session() {
        let mut at_login = raw(100_000, "root");
        at_login.push(("kCGSessionLoginDoneKey", Property::Flag(false)));
        assert_eq!(read(&at_login), None);
        at_login.retain(|(name, _)| *name != "kCGSessionLoginDoneKey");
        assert_eq!(read(&at_login), None);
    }

    #[test]
    fn what_has_another_form_is_no_session() {
        for key in ["kCGSSessionAuditIDKey", "kCGSSessionUserNameKey"] {
            let mut without = raw(1, "ann");
            without.retain(|(name, _)| *name != key);
            assert_eq!(read(&without), None, "{key}");
            without.push((key, Property::Flag(true)));
            assert_eq!(read(&without), None, "{key}");
        }
    }

    #[test]
    fn how_it_is_at_the_beginning_has_not_happened() {
        let mut known = Known::default();
        let sessions = [listed(1, "ann", &[LOCKED])];
        assert_eq!(known.hear(&sessions), []);
        assert_eq!(known.hear(&sessions), []);
    }

    #[test]
    fn a_user_logs_on_locks_unlocks_and_logs_off() {
        let mut known = Known::default();
        let mut hear = |sessions: &[Listed]| words(known.hear(sessions));
        assert_eq!(hear(&[]), [""; 0]);
        assert_eq!(hear(&[listed(1, "ann", &[])]), ["1 ann logged-on"]);
        assert_eq!(hear(&[listed(1, "ann", &[LOCKED])]), ["1 ann locked"]);
        assert_eq!(hear(&[listed(1, "ann", &[])]), ["1 ann unlocked"]);
        assert_eq!(hear(&[]), ["1 ann logged-off"]);
    }

    #[test]
    fn a_user_who_is_switched_away_has_not_logged_off() {
        let mut known = Known::default();
        let mut hear = |sessions: &[Listed]| words(known.hear(sessions));
        hear(&[listed(1, "ann", &[])]);
        assert_eq!(
            hear(&[listed(1, "ann", &[AWAY]), listed(2, "bob", &[])]),
            ["1 ann disconnected", "2 bob logged-on"]
        );
        assert_eq!(
            hear(&[listed(1, "ann", &[]), listed(2, "bob", &[AWAY, LOCKED])]),
            ["2 bob locked", "2 bob disconnected", "1 ann connected"]
        );
    }

    #[test]
    fn a_number_that_is_another_user_s_is_another_session() {
        let mut known = Known::default();
        known.hear(&[listed(1, "ann", &[])]);
        assert_eq!(
            words(known.hear(&[listed(1, "bob", &[])])),
            ["1 ann logged-off", "1 bob logged-on"]
        );
    }

    #[test]
    fn a_process_is_in_its_own_user_s_session_and_in_no_other() {
        let sessions = [listed(1, "ann@shop", &[]), listed(2, "bob", &[AWAY])];
        let own = |session, uid| {
            let place = Place { session, uid };
            place.among(&sessions).map(|one| one.user.as_str())
        };
        assert_eq!(own(1, 501), Some("ann@shop"));
        // By sudo, by ssh, as a daemon.
        assert_eq!(own(1, 0), None);
        assert_eq!(own(100_003, 501), None);
        let mut without = raw(1, "ann");
        without.retain(|(name, _)| *name != "kCGSSessionUserIDKey");
        let nobodys = [read(&without).expect("it has everything else")];
        let place = Place {
            session: 1,
            uid: 501,
        };
        assert_eq!(place.among(&nobodys), None);
    }

    #[test]
    fn its_own_session_is_told_when_it_differs() {
        let mut known = Known::default();
        let place = Place {
            session: 1,
            uid: 501,
        };
        assert_eq!(known.present(place), None, "nothing is known yet");
        let mut told = |sessions: &[Listed]| {
            known.hear(sessions);
            let present = known.present(place)?;
            let word = |one: &Presence| (one.session.id.0.clone(), one.is_active);
            Some(present.iter().map(word).collect::<Vec<_>>())
        };
        let at_screen = listed(1, "ann", &[]);
        let own = |is_active| Some(vec![("1".to_owned(), is_active)]);
        assert_eq!(told(std::slice::from_ref(&at_screen)), own(true));
        assert_eq!(told(&[listed(1, "ann", &[LOCKED])]), None);
        assert_eq!(told(&[at_screen.clone(), listed(2, "bob", &[AWAY])]), None);
        assert_eq!(told(&[listed(1, "ann", &[AWAY])]), own(false));
        assert_eq!(told(&[]), Some(vec![]));
        assert_eq!(told(&[listed(2, "bob", &[])]), None);
    }
}
