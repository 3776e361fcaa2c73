//! What Windows has told so far, and which of its news are events.
//!
//! Pure, as the translation is; the name of a user and the present source of power
//! are arguments.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use outlast_model::MachineEvent;
use outlast_model::machine::{
    Lid, PowerSource, Presence, Saver, Screen, Session, SessionChange, SessionId,
};

use super::present::All;
use super::translate::PowerNews;

/// How long Windows waits for who has been told of a suspension, less what the
/// rest of the way takes: two seconds by its documentation of `PBT_APMSUSPEND`.
pub(super) const PATIENCE: Duration = Duration::from_millis(1500);

/// What is known of the machine.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Whether a suspension was told, and no end of it.
    is_suspended: bool,
    /// Whose sessions are: at a log-off nobody may know any more.
    users: BTreeMap<u32, String>,
    /// Whose users have logged off. Windows lists them for as long as it takes them
    /// down.
    over: BTreeSet<u32>,
    /// The sessions that were told last.
    present: Option<Vec<Presence>>,
    source: Option<PowerSource>,
    lid: Option<Lid>,
    screen: Option<Screen>,
    saver: Option<Saver>,
}

impl Heard {
    /// What the power event `news` is. `source` tells where the power comes from.
    ///
    /// Windows tells each setting when somebody begins to listen to it: then it is
    /// as it was, and nothing has happened. Only a battery is told even so.
    pub(super) fn power(
        &mut self,
        news: PowerNews,
        source: impl FnOnce() -> Option<PowerSource>,
    ) -> Option<MachineEvent> {
        match news {
            PowerNews::Suspending => {
                self.is_suspended = true;
                Some(MachineEvent::Suspending {
                    time_left: Some(PATIENCE),
                })
            }
            PowerNews::Resumed => {
                self.is_suspended = false;
                Some(MachineEvent::Resumed)
            }
            // After `Resumed` it is the second word about the same.
            PowerNews::UserIsBack => {
                std::mem::take(&mut self.is_suspended).then_some(MachineEvent::Resumed)
            }
            PowerNews::StatusChanged => {
                let now = source()?;
                self.power_from(now)
            }
            PowerNews::Source(now) => self.power_from(now),
            PowerNews::Lid(now) => is_new(&mut self.lid, now).then_some(MachineEvent::Lid(now)),
            PowerNews::Screen(now) => {
                is_new(&mut self.screen, now).then_some(MachineEvent::Screen(now))
            }
            PowerNews::Saver(now) => {
                is_new(&mut self.saver, now).then_some(MachineEvent::Saver(now))
            }
        }
    }

    /// The mains are what everybody assumes until something else is told, so a
    /// battery at the beginning is news.
    fn power_from(&mut self, now: PowerSource) -> Option<MachineEvent> {
        let before = self.source.replace(now).unwrap_or(PowerSource::Mains);
        (before != now).then_some(MachineEvent::Power(now))
    }

    /// What the `change` of the session `id` is. `user` is whose it is, as far as
    /// Windows still tells.
    pub(super) fn session(
        &mut self,
        (id, change): (u32, SessionChange),
        user: Option<String>,
    ) -> MachineEvent {
        if let Some(user) = user {
            self.users.insert(id, user);
        }
        let user = match change {
            SessionChange::LoggedOff => {
                self.over.insert(id);
                self.users.remove(&id)
            }
            SessionChange::LoggedOn => {
                self.over.remove(&id);
                self.users.get(&id).cloned()
            }
            _ => self.users.get(&id).cloned(),
        };
        let id = SessionId(id.to_string());
        MachineEvent::Session {
            session: Session { id, user },
            change,
        }
    }

    /// The sessions of users, if others are there than were told before.
    pub(super) fn sessions(&mut self, all: &All) -> Option<Vec<Presence>> {
        // A number that is not listed any more, or has no user, can be another's.
        let has_user = |id: &u32| {
            let mut listed = all.listed.iter();
            listed.any(|one| one.id == *id && one.user.is_some())
        };
        self.over.retain(has_user);
        let present = all.of_users(|id| self.over.contains(&id));
        if self.present.as_ref() == Some(&present) {
            return None;
        }
        self.present = Some(present.clone());
        Some(present)
    }
}

/// Whether it was known and is something else `now`.
fn is_new<T: PartialEq + Copy>(known: &mut Option<T>, now: T) -> bool {
    known.replace(now).is_some_and(|before| before != now)
}

#[cfg(test)]
mod tests {
    use super::super::present::Listed;
    use super::*;

    fn power(heard: &mut Heard, news: PowerNews) -> Option<MachineEvent> {
        heard.power(news, || None)
    }

    #[test]
    fn one_resume_is_told_once() {
        let mut heard = Heard::default();
        assert!(power(&mut heard, PowerNews::Suspending).is_some());
        let resumed = Some(MachineEvent::Resumed);
        assert_eq!(power(&mut heard, PowerNews::Resumed), resumed);
        assert_eq!(power(&mut heard, PowerNews::UserIsBack), None);
    }

    #[test]
    fn a_resume_is_told_whichever_word_comes() {
        let mut heard = Heard::default();
        let resumed = Some(MachineEvent::Resumed);
        // A suspension at an empty battery is not told.
        assert_eq!(power(&mut heard, PowerNews::Resumed), resumed);
        power(&mut heard, PowerNews::Suspending);
        assert_eq!(power(&mut heard, PowerNews::UserIsBack), resumed);
    }

    #[test]
    fn how_it_is_at_the_beginning_has_not_happened() {
        let mut heard = Heard::default();
        let mut lid = |lid| power(&mut heard, PowerNews::Lid(lid));
        assert_eq!(lid(Lid::Open), None);
        assert_eq!(lid(Lid::Open), None);
        assert_eq!(lid(Lid::Closed), Some(MachineEvent::Lid(Lid::Closed)));
    }

    #[test]
    fn a_battery_at_the_beginning_is_told() {
        let mut heard = Heard::default();
        let battery = PowerSource::Battery;
        let told = power(&mut heard, PowerNews::Source(battery));
        assert_eq!(told, Some(MachineEvent::Power(battery)));
        let mains = PowerSource::Mains;
        assert_eq!(power(&mut Heard::default(), PowerNews::Source(mains)), None);
    }

    #[test]
    fn a_change_of_status_is_asked_about_and_told_once() {
        let mut heard = Heard::default();
        power(&mut heard, PowerNews::Source(PowerSource::Mains));
        let mut ask = |now| heard.power(PowerNews::StatusChanged, || now);
        // The charge of a battery is a status, too.
        assert_eq!(ask(Some(PowerSource::Mains)), None);
        assert_eq!(ask(None), None);
        let battery = PowerSource::Battery;
        assert_eq!(ask(Some(battery)), Some(MachineEvent::Power(battery)));
        assert_eq!(power(&mut heard, PowerNews::Source(battery)), None);
    }

    #[test]
    fn a_session_that_is_taken_down_is_listed_no_more() {
        let mut heard = Heard::default();
        let all = |user: Option<&str>| All {
            listed: vec![Listed {
                id: 3,
                state: 0,
                user: user.map(str::to_owned),
            }],
            console: 3,
        };
        let count = |told: Option<Vec<Presence>>| told.map(|present| present.len());
        assert_eq!(count(heard.sessions(&all(Some("ann")))), Some(1));
        assert_eq!(count(heard.sessions(&all(Some("ann")))), None);
        heard.session((3, SessionChange::LoggedOff), None);
        // Windows still knows whose it was.
        assert_eq!(count(heard.sessions(&all(Some("ann")))), Some(0));
        assert_eq!(count(heard.sessions(&all(Some("ann")))), None);
        // Its number is used again, with a word about it or without.
        assert_eq!(count(heard.sessions(&all(None))), None);
        assert_eq!(count(heard.sessions(&all(Some("bob")))), Some(1));
        heard.session((3, SessionChange::LoggedOff), None);
        heard.session((3, SessionChange::LoggedOn), None);
        assert_eq!(count(heard.sessions(&all(Some("bob")))), None);
    }

    #[test]
    fn a_user_who_is_gone_is_still_known_by_name() {
        let mut heard = Heard::default();
        heard.session((3, SessionChange::LoggedOn), Some("ann".to_owned()));
        let user = |event| match event {
            MachineEvent::Session { session, .. } => session.user,
            other => unreachable!("{other:?}"),
        };
        let gone = heard.session((3, SessionChange::LoggedOff), None);
        assert_eq!(user(gone).as_deref(), Some("ann"));
        // Its number is used again.
        let next = heard.session((3, SessionChange::Connected), None);
        assert_eq!(user(next), None);
    }
}
