//! Invariant 16.

use std::collections::BTreeMap;

use outlast_engine::ServiceView;
use outlast_model::machine::{Presence, Session};
use outlast_model::request::Target;
use outlast_model::service::InSession;
use outlast_model::{Desired, Service, ServiceName, State};

use super::{Checked, Checker};
use crate::track::{Inhibitor, Track};

impl Checker {
    pub(super) fn on_sessions(&mut self, sessions: &[Presence]) {
        self.sessions = sessions.to_vec();
        for track in self.tracks.values_mut() {
            if let Some(InSession::One { session, .. }) = &track.definition.session {
                let mut present = sessions.iter().map(|presence| &presence.session);
                track.removed |= !present.any(|other| other == session);
            }
        }
        self.may_react();
    }

    /// A service that the engine has made is seen for the first time.
    pub(super) fn meet(&mut self, service: &Service) -> Checked {
        let Some(InSession::One { of, session }) = &service.session else {
            return Ok(());
        };
        if self.tracks.contains_key(&service.name) {
            return Ok(());
        }
        let Some(template) = self.tracks.get(of).filter(|track| !track.removed) else {
            return Err(format!("16: {} is made of nothing", service.name));
        };
        if made_of(&template.definition, &service.name, session).as_ref() != Some(service) {
            return Err(format!("16: {} is not as {of} is", service.name));
        }
        if self.shutdown.is_some() {
            return Err(format!("3: {} is made during a shutdown", service.name));
        }
        let is_active = template.definition.session == Some(InSession::Active);
        if is_active && !self.may_be_active(session) || !self.is_present(session) {
            return Err(format!("16: {} is for another session", service.name));
        }
        let mut track = Track::new(service.clone());
        track.want();
        if self.asked_unseen.remove(&service.name) {
            track.inhibitor = Inhibitor::Asked;
        }
        self.tracks.insert(service.name.clone(), track);
        Ok(())
    }

    pub(super) fn is_present(&self, session: &Session) -> bool {
        let mut present = self.sessions.iter().map(|presence| &presence.session);
        present.any(|other| other == session)
    }

    /// Whether no other session is more active.
    pub(super) fn may_be_active(&self, session: &Session) -> bool {
        let degree = |presence: &Presence| match (presence.is_active, presence.is_local) {
            (true, true) => 2,
            (true, false) => 1,
            (false, _) => 0,
        };
        let most = self.sessions.iter().map(degree).max();
        let its = self.sessions.iter().filter(|each| each.session == *session);
        its.map(degree).max() == most
    }

    /// What a new file makes of those that were made; gives whom that concerns.
    pub(super) fn remake(&mut self, services: &[Service]) -> Vec<ServiceName> {
        let mut concerned = Vec::new();
        for (name, track) in &mut self.tracks {
            let Some(InSession::One { of, session }) = &track.definition.session else {
                continue;
            };
            let template = services.iter().find(|service| service.name == *of);
            match template.and_then(|template| made_of(template, name, session)) {
                None => track.removed = true,
                Some(made) if made != track.definition && !track.removed => {
                    track.redefine(made);
                }
                Some(_) => continue,
            }
            concerned.push(name.clone());
        }
        concerned
    }

    /// Whether a request is about what is in sessions: how that is, may be another
    /// service's business by the time of the answer.
    pub(super) fn is_about_sessions(&self, target: &Target) -> bool {
        let Target::Services(names) = target else {
            return false;
        };
        let mut tracks = names.iter().filter_map(|name| self.tracks.get(name));
        tracks.any(|track| track.definition.session.is_some())
    }

    /// Every session has what belongs into it, unless what was there before has not
    /// ended yet.
    pub(super) fn check_template(
        &self,
        template: &ServiceView<'_>,
        views: &BTreeMap<&ServiceName, ServiceView<'_>>,
    ) -> Checked {
        let name = &template.definition.name;
        let made: Vec<(&Session, bool)> = views
            .values()
            .filter_map(|view| match &view.definition.session {
                Some(InSession::One { of, session }) if of == name => {
                    Some((session, self.tracks[&view.definition.name].removed))
                }
                _ => None,
            })
            .collect();
        let is_of_none = matches!(template.state, State::Stopped(_));
        if self.shutdown.is_some() || template.desired != Desired::Running || !is_of_none {
            return Ok(());
        }
        if template.definition.session == Some(InSession::Active) {
            let is_one_active = self.sessions.iter().any(|presence| presence.is_active);
            let is_there = made.iter().any(|(session, _)| self.may_be_active(session));
            return if is_one_active && !is_there && made.is_empty() {
                Err(format!("16: {name} is not in the active session"))
            } else {
                Ok(())
            };
        }
        for presence in &self.sessions {
            let session = &presence.session;
            let is_there = made
                .iter()
                .any(|(its, removed)| *its == session || *removed && its.user == session.user);
            if !is_there {
                return Err(format!("16: {name} is not in {session:?}"));
            }
        }
        Ok(())
    }
}

fn made_of(template: &Service, name: &ServiceName, session: &Session) -> Option<Service> {
    template.is_template().then(|| {
        let mut service = template.clone();
        service.name = name.clone();
        service.session = Some(InSession::One {
            of: template.name.clone(),
            session: session.clone(),
        });
        service
    })
}
