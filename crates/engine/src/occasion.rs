//! How services react to what the machine and its sessions do.
//!
//! A sleep that was announced waits until what was stopped for it is stopped and
//! what was started for it is over; then it is allowed, once. Nobody waits for
//! longer than the operating system itself does, so there is no limit here.
//!
//! That the machine has slept is told by the system, seen by the clock, or both,
//! in either order: whichever comes first counts as the resume.

use std::time::Duration;

use outlast_model::machine::{Session, SessionChange};
use outlast_model::record::{GuardianEntry, ServiceEntry, StopReason};
use outlast_model::service::{Occasion, Reaction};
use outlast_model::{AwakeTime, Effect, MachineEvent, State};

use crate::gap::Slept;
use crate::graph;
use crate::inhibitor;
use crate::instance;
use crate::log_off;
use crate::network;
use crate::propagate::By;
use crate::session;
use crate::step::Step;
use crate::ward::Ward;
use crate::wards::WardId;

/// What is known of the machine's sleep.
#[derive(Debug, Default)]
pub(crate) struct Sleep {
    phase: Phase,
    /// When the machine last began to run again.
    pub(crate) resumed: Option<AwakeTime>,
}

#[derive(Debug, Default)]
enum Phase {
    /// The machine is awake.
    #[default]
    Awake,
    /// It is awake, as the clock has shown; the system may still say so.
    Untold,
    /// It is about to sleep, and waits for these to come to rest.
    Announced(Awaited),
    /// As far as this guardian is concerned, it may.
    Allowed,
}

/// What fails so soon after a sleep may fail because of it.
pub const RESUME_GRACE: Duration = Duration::from_secs(30);

/// The most by which restarts after a sleep are spread: a tenth of a second for
/// each service, which a small machine needs to start it, and no more than
/// somebody waits who has just opened the lid.
pub const MAX_SPREAD: Duration = Duration::from_secs(5);

const SPREAD_EACH: Duration = Duration::from_millis(100);

/// What is added to a delay now, so that services that fail together right after
/// a sleep do not start together.
pub(crate) fn spread(step: &mut Step<'_>) -> Duration {
    let resumed = step.world.sleep.resumed;
    if resumed.is_none_or(|at| step.now.awake.since(at) >= RESUME_GRACE) {
        return Duration::ZERO;
    }
    let services = u32::try_from(step.world.wards.len()).unwrap_or(u32::MAX);
    let most = SPREAD_EACH
        .saturating_mul(services.saturating_sub(1))
        .min(MAX_SPREAD);
    most.mul_f64(step.world.random.share())
}

/// What a reaction is complete without.
#[derive(Debug, Default)]
struct Awaited {
    /// Who is stopped, unless somebody wants it to run after all.
    held: Vec<WardId>,
    /// Who was started and ends by itself.
    started: Vec<WardId>,
}

pub(crate) fn on_machine_event(step: &mut Step<'_>, event: &MachineEvent) {
    step.record_guardian(GuardianEntry::Machine(event.clone()));
    if let MachineEvent::Session {
        session,
        change: SessionChange::LoggedOff,
    } = event
    {
        log_off::on_log_off(step, session);
    }
    inhibitor::on_machine(step, event);
    if step.world.is_shutting_down() {
        // Everything is being stopped anyway.
        match event {
            MachineEvent::Suspending { .. } | MachineEvent::ShuttingDown => {
                step.world.sleep.phase = Phase::Allowed;
                step.effects.push(Effect::AllowSleep);
            }
            MachineEvent::Resumed => step.world.sleep.phase = Phase::Awake,
            _ => {}
        }
        return;
    }
    match event {
        MachineEvent::Suspending { .. } => announce(step),
        MachineEvent::Resumed => match step.world.sleep.phase {
            Phase::Untold => step.world.sleep.phase = Phase::Awake,
            Phase::Awake | Phase::Announced(_) | Phase::Allowed => {
                be_lenient(step);
                resume(step, Phase::Awake);
            }
        },
        MachineEvent::Session { session, change } => on_session(step, session, *change),
        // The guardian is told to end in its turn, and what else is stopped then
        // needs no head start.
        MachineEvent::ShuttingDown => {
            if let Phase::Announced(_) = step.world.sleep.phase {
                step.world.sleep.phase = Phase::Allowed;
            }
            step.effects.push(Effect::AllowSleep);
        }
        MachineEvent::ShutdownCancelled
        | MachineEvent::Power(_)
        | MachineEvent::Lid(_)
        | MachineEvent::Screen(_)
        | MachineEvent::Saver(_) => {}
    }
}

/// What the clock shows.
pub(crate) fn after(step: &mut Step<'_>, slept: Slept) {
    if slept == Slept::Yes && !step.world.is_shutting_down() {
        resume(step, Phase::Untold);
    }
}

/// A removed service is not waited for: its place may be another's soon.
pub(crate) fn forget(step: &mut Step<'_>, id: WardId) {
    if let Phase::Announced(awaited) = &mut step.world.sleep.phase {
        awaited.held.retain(|other| *other != id);
        awaited.started.retain(|other| *other != id);
    }
}

/// The end of a step: allows the sleep that was announced when nothing is left
/// to be waited for.
pub(crate) fn allow_sleep(step: &mut Step<'_>) {
    let Phase::Announced(awaited) = &step.world.sleep.phase else {
        return;
    };
    let find = |id: &WardId| step.world.wards.get(*id);
    let held = awaited.held.iter().filter_map(find);
    let mut held = held.filter(|ward| !ward.wish.wants_to_run());
    let mut started = awaited.started.iter().filter_map(find);
    if !held.any(Ward::is_under_way) && !started.any(Ward::is_under_way) {
        step.world.sleep.phase = Phase::Allowed;
        step.effects.push(Effect::AllowSleep);
    }
}

fn announce(step: &mut Step<'_>) {
    let mut awaited = react(step, Occasion::Suspend, Whose::Everybody);
    // It may be announced once more before it has been allowed.
    if let Phase::Announced(earlier) = &mut step.world.sleep.phase {
        awaited.held.append(&mut earlier.held);
        awaited.started.append(&mut earlier.started);
    }
    step.world.sleep.phase = Phase::Announced(awaited);
}

/// What fails right after a sleep fails of the sleep: the network is not back, a
/// peer has gone. It shall not be given up for that. Whether it still works is asked
/// at once.
pub(crate) fn be_lenient(step: &mut Step<'_>) {
    step.world.sleep.resumed = Some(step.now.awake);
    for id in step.world.wards.ids() {
        let ward = &mut step.world.wards[id];
        ward.recent_starts.clear();
        ward.breaker.openings = 0;
        instance::on_resumed(step, id);
    }
}

fn resume(step: &mut Step<'_>, phase: Phase) {
    step.world.sleep.phase = phase;
    bring_back(step, Occasion::Suspend, Whose::Everybody);
    react(step, Occasion::Resume, Whose::Everybody);
}

fn on_session(step: &mut Step<'_>, session: &Session, change: SessionChange) {
    let whose = Whose::Session(session);
    match change {
        SessionChange::Locked => drop(react(step, Occasion::Lock, whose)),
        SessionChange::Unlocked => {
            bring_back(step, Occasion::Lock, whose);
            react(step, Occasion::Unlock, whose);
            session::on_unlock(step, session);
        }
        SessionChange::LoggedOff => drop(react(step, Occasion::LogOff, whose)),
        SessionChange::LoggedOn => bring_back(step, Occasion::LogOff, whose),
        SessionChange::Connected | SessionChange::Disconnected => {}
    }
}

/// Whom an occasion concerns.
#[derive(Clone, Copy)]
enum Whose<'a> {
    /// Every service.
    Everybody,
    /// Those that are in no session, to which it does not matter whose it is, and
    /// those in this one.
    Session(&'a Session),
}

impl Whose<'_> {
    /// A template never runs, so it does not react either.
    fn includes(self, ward: &Ward) -> bool {
        if ward.is_template() {
            return false;
        }
        match self {
            Self::Everybody => true,
            Self::Session(session) => ward.in_session().is_none() || session::is_in(ward, session),
        }
    }
}

/// Has every service react that shall.
fn react(step: &mut Step<'_>, occasion: Occasion, whose: Whose<'_>) -> Awaited {
    let mut stopping = Vec::new();
    let mut replaced = Vec::new();
    let mut postponed = Vec::new();
    let mut started = Vec::new();
    for id in step.world.wards.ids() {
        let ward = &step.world.wards[id];
        if !ward.wish.wants_to_run() || !whose.includes(ward) {
            continue;
        }
        match ward.definition.reactions.get(&occasion) {
            Some(Reaction::Stop) => stopping.push(id),
            // Nobody has anything stale who is starting only now.
            Some(Reaction::Restart) if !matches!(ward.state, State::Running(_)) => {}
            Some(Reaction::Restart) if network::would_be_missed(step.world, id) => {
                postponed.push(id);
            }
            Some(Reaction::Restart) => replaced.push(id),
            Some(Reaction::Reload) => reload(step, id, occasion),
            Some(Reaction::Start(other)) => started.extend(step.world.wards.find(other)),
            None => {}
        }
    }
    let held = hold(step, &stopping, occasion);
    replaced.retain(|id| !held.contains(id));
    postponed.retain(|id| !held.contains(id));
    step.want_replaced(&replaced, StopReason::Occasion(occasion));
    for id in postponed {
        network::postpone(step, id, occasion);
    }
    step.want_running(&started, By::Request);
    Awaited { held, started }
}

fn reload(step: &mut Step<'_>, id: WardId, occasion: Occasion) {
    let State::Running(running) = &step.world.wards[id].state else {
        return;
    };
    let instance = running.instance;
    let service = step.world.wards[id].name().clone();
    step.record(id, ServiceEntry::Reloading { instance, occasion });
    step.effects.push(Effect::Reload { service, instance });
}

/// Stops `roots` and what depends on them until the occasion is over; gives all
/// of them.
fn hold(step: &mut Step<'_>, roots: &[WardId], occasion: Occasion) -> Vec<WardId> {
    let mut held = roots.to_vec();
    held.extend(graph::dependants_of(&step.world.wards, roots));
    held.retain(|id| step.world.wards[*id].wish.wants_to_run());
    step.want_stopped(roots, StopReason::Occasion(occasion));
    for &id in &held {
        step.world.wards[id].held = Some(occasion);
    }
    held
}

/// Starts again what was stopped for `occasion`, unless somebody has wanted
/// something else of it since.
fn bring_back(step: &mut Step<'_>, occasion: Occasion, whose: Whose<'_>) {
    let wards = &step.world.wards;
    let mut held = wards.ids();
    held.retain(|id| wards[*id].held == Some(occasion) && whose.includes(&wards[*id]));
    step.want_running(&held, By::Request);
}
