//! Services that run in sessions of users.
//!
//! The service of the file is a *template*: nothing of it ever runs. While a
//! session lasts that it is for, another service is made of it, with a name, a
//! state, restarts and output of its own, which differs from any other only in
//! where it is started. It is forgotten when the session is over. So whatever is
//! true of services is true of these, and who comes back after a log-off begins
//! with new delays and a new start limit.
//!
//! What is wanted of a template is whether services shall be made of it.

use outlast_model::machine::{Presence, Session};
use outlast_model::record::StopReason;
use outlast_model::service::InSession;
use outlast_model::state::{Failed, Stopped, WhyFailed, WhyStopped};
use outlast_model::{Service, ServiceName, State};

use crate::graph;
use crate::step::Step;
use crate::ward::Ward;
use crate::wards::{WardId, Wards};
use crate::wish::Wish;

/// These are all sessions there are now.
pub(crate) fn on_sessions(step: &mut Step<'_>, sessions: Vec<Presence>) {
    step.world.sessions = sessions;
    for id in step.world.wards.ids() {
        // One that was changed from an ordinary service may still be ending.
        let ward = step.world.wards.get(id);
        if ward.is_some_and(|ward| ward.is_template() && !ward.is_under_way()) {
            reconcile(step, id);
        }
    }
}

/// A template's wish, or what it depends on, may have changed; nothing of what it
/// was before runs.
pub(crate) fn on_template_wish(step: &mut Step<'_>, id: WardId) {
    let wants_to_run = step.world.wards[id].wish.wants_to_run();
    let why = match &step.world.wards[id].state {
        _ if wants_to_run => WhyStopped::InSessions,
        // Nothing has been wanted of it yet.
        State::Stopped(Stopped {
            why: why @ WhyStopped::NeverStarted,
            ..
        }) => *why,
        _ => WhyStopped::Requested,
    };
    if wants_to_run {
        step.wish(id, Wish::Run);
    }
    let is_shown = matches!(&step.world.wards[id].state, State::Stopped(state) if state.why == why);
    if !is_shown {
        let since = step.now.real;
        step.set_state(id, State::Stopped(Stopped { since, why }));
    }
    reconcile(step, id);
}

/// Somebody has unlocked a session: what is not there any more is started in it as
/// at the log-on, unless somebody has stopped it.
pub(crate) fn on_unlock(step: &mut Step<'_>, session: &Session) {
    let wards = &step.world.wards;
    let mut ids = wards.ids();
    ids.retain(|id| is_in(&wards[*id], session) && has_ended(&wards[*id]));
    for id in ids {
        begin(step, id);
    }
}

/// A service is no more. If it was made for a session, its name may be waited for.
pub(crate) fn forgotten(step: &mut Step<'_>, ward: &Ward) {
    if let Some((of, _)) = ward.in_session()
        && let Some(template) = step.world.wards.find(of)
    {
        step.enqueue(template);
    }
}

/// Adds to `ids` what was made of the templates among them.
pub(crate) fn with_sessions(step: &Step<'_>, ids: &mut Vec<WardId>) {
    let wards = &step.world.wards;
    let templates = ids.iter().filter(|id| wards[**id].is_template());
    let made: Vec<WardId> = templates.flat_map(|id| made_of(wards, *id)).collect();
    ids.extend(made.iter().filter(|id| !wards[**id].wish.leaves()));
}

/// Begins now in all sessions what `ids` shall run in them, so that a request waits
/// for that, too; gives `ids` with what was made of them.
pub(crate) fn open(step: &mut Step<'_>, mut ids: Vec<WardId>) -> Vec<WardId> {
    for &id in &ids {
        let ward = &step.world.wards[id];
        if ward.is_template() && !ward.is_under_way() {
            reconcile(step, id);
        }
    }
    let asked = ids.len();
    with_sessions(step, &mut ids);
    let (before, made) = ids.split_at(asked);
    let new = made.iter().filter(|id| !before.contains(id));
    before.iter().chain(new).copied().collect()
}

/// `services` as a new file has them, each template followed by what it becomes in
/// the sessions for which something was made of it.
pub(crate) fn with_those_made_of(step: &Step<'_>, services: Vec<Service>) -> Vec<Service> {
    let wards = &step.world.wards;
    let mut all = Vec::with_capacity(services.len());
    for service in services {
        let made = wards.find(&service.name).filter(|_| service.is_template());
        let made = made.map(|id| made_of(wards, id)).unwrap_or_default();
        let made = made.iter().map(|id| &wards[*id]);
        let made: Vec<Service> = made
            .filter(|ward| !ward.wish.leaves())
            .filter_map(|ward| Some((ward.name(), ward.in_session()?.1)))
            .map(|(name, session)| in_session(&service, name.clone(), session))
            .collect();
        all.push(service);
        all.extend(made);
    }
    all
}

/// Makes of a template what it shall be in the sessions that there are, and ends
/// what was made for others.
fn reconcile(step: &mut Step<'_>, template: WardId) {
    if step.world.is_shutting_down() {
        return;
    }
    let wanted = wanted(&step.world.wards, template, &step.world.sessions);
    for id in made_of(&step.world.wards, template) {
        let ward = &step.world.wards[id];
        let is_wanted = wanted.iter().any(|session| is_in(ward, session));
        if !is_wanted && !ward.wish.leaves() {
            step.wish(id, Wish::Leave(StopReason::SessionOver));
        }
    }
    if step.world.wards[template].wish.wants_to_run() {
        for session in wanted {
            make(step, template, &session);
        }
    }
}

/// The sessions that a template is for.
fn wanted(wards: &Wards, template: WardId, sessions: &[Presence]) -> Vec<Session> {
    if wards[template].definition.session == Some(InSession::Each) {
        return sessions.iter().map(|each| each.session.clone()).collect();
    }
    let made = made_of(wards, template);
    let made = made.iter().map(|id| &wards[*id]);
    let mut made = made.filter(|ward| !ward.wish.leaves());
    let present = made.next().and_then(Ward::in_session);
    let active = active(sessions, present.map(|(_, session)| session));
    active.into_iter().cloned().collect()
}

/// The session in which something for the active one runs: that at this machine's
/// screen, else one that is in use from afar, else where it was: a login screen comes
/// and goes, nobody's session is active meanwhile, and nothing shall be stopped for
/// that. Of several it stays where it was, or is the one that was told last.
fn active<'a>(sessions: &'a [Presence], present: Option<&Session>) -> Option<&'a Session> {
    let is_present = |presence: &Presence| present == Some(&presence.session);
    let candidates = sessions
        .iter()
        .filter(|presence| presence.is_active || is_present(presence));
    let best = candidates.max_by_key(|presence| {
        (
            presence.is_active && presence.is_local,
            presence.is_active,
            is_present(presence),
        )
    })?;
    Some(&best.session)
}

/// Makes of a template what runs in `session`, unless that is there already or the
/// name is not free yet: then [`forgotten`] comes back here.
fn make(step: &mut Step<'_>, template: WardId, session: &Session) {
    let wards = &step.world.wards;
    let mut made = made_of(wards, template).into_iter();
    if made.any(|id| !wards[id].wish.leaves() && is_in(&wards[id], session)) {
        return;
    }
    let Some(name) = free_name(wards, template, session) else {
        return;
    };
    let service = in_session(&wards[template].definition, name, session);
    let ward = Ward::new(service, step.now.real);
    let Some(id) = step.world.wards.add(ward) else {
        return;
    };
    step.world.wards.move_behind(template);
    graph::rebuild(&mut step.world.wards);
    begin(step, id);
}

fn in_session(template: &Service, name: ServiceName, session: &Session) -> Service {
    Service {
        name,
        session: Some(InSession::One {
            of: template.name.clone(),
            session: session.clone(),
        }),
        ..template.clone()
    }
}

/// `None`: one is about to be free.
fn free_name(wards: &Wards, template: WardId, session: &Session) -> Option<ServiceName> {
    let of = wards[template].name();
    let mut names =
        (1..).map(|number| ServiceName::in_session(of, session.user.as_deref(), number));
    loop {
        let name = names.next()?;
        match wards.find(&name).map(|id| &wards[id]) {
            None => return Some(name),
            Some(ward) if ward.wish.leaves() && !ward.is_unkillable() => return None,
            Some(_) => {}
        }
    }
}

/// It shall run. What an operator has stopped of what it needs is not started: to
/// log on is no request.
fn begin(step: &mut Step<'_>, id: WardId) {
    step.begin_anew(id);
    step.wish(id, Wish::Run);
    step.enqueue(id);
}

/// All that was made of a template and is not forgotten yet, in the file's order.
fn made_of(wards: &Wards, template: WardId) -> Vec<WardId> {
    let name = wards[template].name();
    let mut ids = wards.ids();
    ids.retain(|id| matches!(wards[*id].in_session(), Some((of, _)) if of == name));
    ids
}

/// Whether `ward` was made for `session`.
pub(crate) fn is_in(ward: &Ward, session: &Session) -> bool {
    matches!(ward.in_session(), Some((_, its)) if its == session)
}

/// Whether it has ended and nobody has asked for that.
const fn has_ended(ward: &Ward) -> bool {
    match &ward.state {
        State::Stopped(Stopped { why, .. }) => matches!(why, WhyStopped::Completed(_)),
        State::Failed(Failed { why, .. }) => !matches!(why, WhyFailed::Unkillable(_)),
        State::Waiting(_)
        | State::Starting(_)
        | State::Running(_)
        | State::Stopping(_)
        | State::BackingOff(_) => false,
    }
}
