//! What logind has told so far, and which of its news are events.
//!
//! Pure: says in [`MachineEvent`]s what differs, and which sessions there are. logind tells some things twice
//! (that a session shall be locked, that it is), and after a bus that was away it
//! is asked again.

use std::collections::BTreeMap;
use std::time::Duration;

use outlast_model::MachineEvent;
use outlast_model::machine::{Presence, Session, SessionChange, SessionId};

/// What is known of the machine.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By the object path. `None`: logind was not asked yet.
    sessions: Option<BTreeMap<String, SessionFacts>>,
    /// The sessions of [`Known::news_of_sessions`] that were told last.
    told: Option<Vec<Presence>>,
    announced: Announced,
}

/// What logind has announced and not taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Announced {
    #[default]
    Nothing,
    Sleep,
    Shutdown,
}

/// A session, and how it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SessionFacts {
    pub(super) session: Session,
    pub(super) is_locked: bool,
    pub(super) is_active: bool,
    /// It has a seat.
    pub(super) is_local: bool,
    /// Whether this process could start programs in it.
    pub(super) is_enterable: bool,
}

impl SessionFacts {
    /// As `id` of `user`, neither locked nor in the background, far from any seat.
    pub(super) fn new(id: &str, user: Option<&str>) -> Self {
        Self {
            session: Session {
                id: SessionId(id.to_owned()),
                user: user.map(str::to_owned),
            },
            is_locked: false,
            is_active: true,
            is_local: false,
            is_enterable: true,
        }
    }

    fn changed(&self, change: SessionChange) -> MachineEvent {
        MachineEvent::Session {
            session: self.session.clone(),
            change,
        }
    }
}

impl Known {
    /// These are all sessions there are: what differs from before. The first time
    /// nothing has happened, they are there.
    pub(super) fn sessions_are(
        &mut self,
        present: BTreeMap<String, SessionFacts>,
    ) -> Vec<MachineEvent> {
        let Some(before) = self.sessions.replace(present) else {
            return Vec::new();
        };
        let present = self.sessions.iter().flatten();
        let mut events: Vec<MachineEvent> = (before.iter())
            .filter(|(path, facts)| !self.is_same(path, facts))
            .map(|(_, facts)| facts.changed(SessionChange::LoggedOff))
            .collect();
        for (path, facts) in present {
            match before.get(path).filter(|old| old.session == facts.session) {
                None => events.push(facts.changed(SessionChange::LoggedOn)),
                Some(old) => events.extend(differences(old, facts)),
            }
        }
        events
    }

    fn is_same(&self, path: &str, facts: &SessionFacts) -> bool {
        let present = self.sessions.as_ref().and_then(|all| all.get(path));
        present.is_some_and(|present| present.session == facts.session)
    }

    pub(super) fn session_began(
        &mut self,
        path: String,
        facts: SessionFacts,
    ) -> Option<MachineEvent> {
        let event = facts.changed(SessionChange::LoggedOn);
        let before = self.sessions.get_or_insert_default().insert(path, facts);
        before.is_none().then_some(event)
    }

    pub(super) fn session_ended(&mut self, path: &str) -> Option<MachineEvent> {
        let ended = self.sessions.as_mut()?.remove(path)?;
        Some(ended.changed(SessionChange::LoggedOff))
    }

    /// A session is locked, or shall be; or is at its screen; or the opposite.
    pub(super) fn session_is(&mut self, path: &str, now: SessionChange) -> Option<MachineEvent> {
        let facts = self.sessions.as_mut()?.get_mut(path)?;
        let before = facts.clone();
        match now {
            SessionChange::Locked => facts.is_locked = true,
            SessionChange::Unlocked => facts.is_locked = false,
            SessionChange::Connected => facts.is_active = true,
            SessionChange::Disconnected => facts.is_active = false,
            SessionChange::LoggedOn | SessionChange::LoggedOff => {}
        }
        differences(&before, facts).next()
    }

    /// The sessions that programs can be started in, if that is known and others
    /// than this gave before.
    pub(super) fn news_of_sessions(&mut self) -> Option<Vec<Presence>> {
        let enterable = |facts: &&SessionFacts| facts.is_enterable;
        let sessions = self.sessions.as_ref()?.values();
        let mut present: Vec<Presence> = sessions
            .filter(enterable)
            .map(|facts| Presence {
                session: facts.session.clone(),
                is_active: facts.is_active,
                is_local: facts.is_local,
            })
            .collect();
        present.sort_by(|one, other| one.session.id.cmp(&other.session.id));
        if self.told.as_ref() == Some(&present) {
            return None;
        }
        self.told = Some(present.clone());
        Some(present)
    }

    /// A sleep begins, which waits for so long.
    pub(super) fn sleep_begins(&mut self, time_left: Option<Duration>) -> Option<MachineEvent> {
        self.begins(Announced::Sleep)
            .then_some(MachineEvent::Suspending { time_left })
    }

    /// There is no sleep, or no more.
    pub(super) fn sleep_is_over(&mut self) -> Option<MachineEvent> {
        self.is_over(Announced::Sleep)
            .then_some(MachineEvent::Resumed)
    }

    /// The machine shuts down.
    pub(super) fn shutdown_begins(&mut self) -> Option<MachineEvent> {
        self.begins(Announced::Shutdown)
            .then_some(MachineEvent::ShuttingDown)
    }

    /// It does not, or not after all.
    pub(super) fn shutdown_is_over(&mut self) -> Option<MachineEvent> {
        self.is_over(Announced::Shutdown)
            .then_some(MachineEvent::ShutdownCancelled)
    }

    /// Whether that is news.
    fn begins(&mut self, announced: Announced) -> bool {
        std::mem::replace(&mut self.announced, announced) != announced
    }

    fn is_over(&mut self, announced: Announced) -> bool {
        let was_announced = self.announced == announced;
        if was_announced {
            self.announced = Announced::Nothing;
        }
        was_announced
    }

    /// Whether something is announced that waits.
    pub(super) fn is_something_announced(&self) -> bool {
        self.announced != Announced::Nothing
    }
}

/// What became of a session that is the same.
fn differences(before: &SessionFacts, now: &SessionFacts) -> impl Iterator<Item = MachineEvent> {
    let lock = (before.is_locked != now.is_locked).then_some(if now.is_locked {
        SessionChange::Locked
    } else {
        SessionChange::Unlocked
    });
    let screen = (before.is_active != now.is_active).then_some(if now.is_active {
        SessionChange::Connected
    } else {
        SessionChange::Disconnected
    });
    [lock, screen]
        .into_iter()
        .flatten()
        .map(|change| now.changed(change))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/org/freedesktop/login1/session/_31";

    fn words(events: impl IntoIterator<Item = MachineEvent>) -> Vec<String> {
        let word = |event| match event {
            MachineEvent::Session { session, change } => {
                format!("{} {}", session.id, change.word())
            }
            other => format!("{other:?}"),
        };
        events.into_iter().map(word).collect()
    }

    fn one(facts: SessionFacts) -> BTreeMap<String, SessionFacts> {
        BTreeMap::from([(PATH.to_owned(), facts)])
    }

    #[test]
    fn who_is_there_at_the_beginning_has_not_logged_on() {
        let mut known = Known::default();
        let present = one(SessionFacts::new("1", Some("ann")));
        assert_eq!(known.sessions_are(present.clone()), []);
        assert_eq!(known.sessions_are(present), []);
    }

    #[test]
    fn a_lock_that_is_asked_for_and_done_is_one_lock() {
        let mut known = Known::default();
        known.session_began(PATH.to_owned(), SessionFacts::new("1", None));
        assert_eq!(
            words(known.session_is(PATH, SessionChange::Locked)),
            ["1 locked"]
        );
        assert_eq!(known.session_is(PATH, SessionChange::Locked), None);
        assert_eq!(
            words(known.session_is(PATH, SessionChange::Unlocked)),
            ["1 unlocked"]
        );
        assert_eq!(known.session_is(PATH, SessionChange::Unlocked), None);
    }

    #[test]
    fn what_happened_while_the_bus_was_away_is_told_afterwards() {
        let mut known = Known::default();
        let mut facts = SessionFacts::new("1", Some("ann"));
        known.sessions_are(one(facts.clone()));
        facts.is_locked = true;
        facts.is_active = false;
        let events = known.sessions_are(one(facts));
        assert_eq!(words(events), ["1 locked", "1 disconnected"]);
        // After a restart of the machine's logind its ids begin anew.
        let events = known.sessions_are(one(SessionFacts::new("1", Some("bob"))));
        assert_eq!(words(events), ["1 logged-off", "1 logged-on"]);
        assert_eq!(words(known.sessions_are(BTreeMap::new())), ["1 logged-off"]);
    }

    /// Each as its id, with a `+` when it is active.
    fn present(known: &mut Known) -> Option<Vec<String>> {
        let word = |present: Presence| {
            let sign = if present.is_active { "+" } else { "" };
            format!("{}{sign}", present.session.id)
        };
        Some(known.news_of_sessions()?.into_iter().map(word).collect())
    }

    #[test]
    fn sessions_are_told_when_they_are_known_and_when_they_differ() {
        let mut known = Known::default();
        assert_eq!(present(&mut known), None);
        known.sessions_are(BTreeMap::new());
        assert_eq!(present(&mut known), Some(Vec::new()));
        assert_eq!(present(&mut known), None);
        known.session_began(PATH.to_owned(), SessionFacts::new("1", Some("ann")));
        assert_eq!(present(&mut known), Some(vec!["1+".to_owned()]));
        known.session_is(PATH, SessionChange::Locked);
        assert_eq!(present(&mut known), None);
        known.session_is(PATH, SessionChange::Disconnected);
        assert_eq!(present(&mut known), Some(vec!["1".to_owned()]));
        known.session_ended(PATH);
        assert_eq!(present(&mut known), Some(Vec::new()));
    }

    #[test]
    fn a_session_that_is_out_of_reach_is_heard_of_and_not_listed() {
        let mut known = Known::default();
        known.sessions_are(BTreeMap::new());
        known.news_of_sessions();
        let mut facts = SessionFacts::new("1", Some("ann"));
        facts.is_enterable = false;
        let event = known.session_began(PATH.to_owned(), facts);
        assert_eq!(words(event), ["1 logged-on"]);
        assert_eq!(present(&mut known), None);
    }

    #[test]
    fn a_session_that_is_unknown_does_nothing() {
        let mut known = Known::default();
        assert_eq!(known.session_ended(PATH), None);
        assert_eq!(known.session_is(PATH, SessionChange::Locked), None);
        assert_eq!(known.session_is(PATH, SessionChange::Disconnected), None);
    }

    #[test]
    fn a_resume_without_a_sleep_is_none() {
        let mut known = Known::default();
        assert_eq!(known.sleep_is_over(), None);
        let suspending = MachineEvent::Suspending { time_left: None };
        assert_eq!(known.sleep_begins(None), Some(suspending));
        assert!(known.is_something_announced());
        assert_eq!(known.sleep_begins(None), None);
        assert_eq!(known.shutdown_is_over(), None);
        assert_eq!(known.sleep_is_over(), Some(MachineEvent::Resumed));
        assert!(!known.is_something_announced());
    }

    #[test]
    fn a_shutdown_can_be_cancelled() {
        let mut known = Known::default();
        assert_eq!(known.shutdown_begins(), Some(MachineEvent::ShuttingDown));
        assert_eq!(known.shutdown_begins(), None);
        let cancelled = Some(MachineEvent::ShutdownCancelled);
        assert_eq!(known.shutdown_is_over(), cancelled);
    }
}
