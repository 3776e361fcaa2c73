//! What has to be true between two steps.

use std::collections::BTreeMap;
use std::time::Duration;

use outlast_engine::{LOOK, PULSE, ServiceView, World};
use outlast_model::health::{Activity, ReadyState, Turn};
use outlast_model::request::{Outcome, Target, Verb};
use outlast_model::service::{Dependency, Until};
use outlast_model::state::{NetworkWait, Running, Stopped, WhyStopped};
use outlast_model::{AwakeTime, Desired, ServiceName, State};

use super::{Checked, Checker};

impl Checker {
    pub(crate) fn after(&mut self, world: &World) -> Checked {
        self.settle_answer();
        self.settle_network();
        self.end_gap();
        if self.reacting {
            self.may_react();
        }
        self.check_leaving()?;
        if self.death.is_some() {
            return Err("7: a death is not on record".to_owned());
        }
        let views: BTreeMap<&ServiceName, ServiceView<'_>> = world
            .services()
            .map(|view| (&view.definition.name, view))
            .collect();
        self.check_timer(&views)?;
        self.check_schedules(&views)?;
        self.check_stops()?;
        self.check_health()?;
        self.check_replies(&views)?;
        for view in views.values() {
            self.meet(view.definition)?;
        }
        if let Some(service) = self.asked_unseen.iter().next() {
            return Err(format!(
                "15: {service} asks for an inhibitor and is not there"
            ));
        }
        for (name, view) in &views {
            if is_template(view) {
                self.check_template(view, &views)?;
            }
            self.check_progress(name, view, &views)?;
            self.check_inhibitor(name, view)?;
            self.check_kept(name, view)?;
            self.check_network_wait(name, view)?;
        }
        Ok(())
    }

    /// Invariant 8.
    fn check_timer(&self, views: &BTreeMap<&ServiceName, ServiceView<'_>>) -> Checked {
        let due = views.values().filter_map(|view| match view.state {
            State::Stopping(stopping) => Some(stopping.deadline),
            State::BackingOff(backing_off) => Some(backing_off.until),
            State::Waiting(waiting) => match waiting.network {
                NetworkWait::Until(at) => Some(at),
                NetworkWait::None | NetworkWait::InVain => None,
            },
            State::Running(running) => due_of(running).map(|(at, _)| at),
            _ => None,
        });
        let earliest = due.min();
        let judges = views.values().any(|view| match view.state {
            State::Stopping(_) => true,
            State::Running(running) => due_of(running).is_some_and(|(_, judges)| judges),
            _ => false,
        });
        let is_pulse = |at: AwakeTime| judges && at <= self.now.after(PULSE);
        let look = self.look_at(views);
        let is_look = |at: AwakeTime| look.is_some_and(|look| at <= look);
        let is_set = match (earliest, self.timer) {
            (Some(due), Some(at)) if judges || look.is_some() => {
                at <= due
                    && (at == due || is_pulse(at) || is_look(at))
                    && (look.is_none() || is_look(at))
            }
            (None, Some(at)) if look.is_some() => is_look(at),
            (due, timer) => due == timer,
        };
        if !is_set {
            return Err(format!("8: due {earliest:?}, timer {:?}", self.timer));
        }
        if earliest.is_some_and(|at| at <= self.now) {
            return Err("8: something is overdue".to_owned());
        }
        Ok(())
    }

    /// When the wall clock has to be looked at.
    fn look_at(&self, views: &BTreeMap<&ServiceName, ServiceView<'_>>) -> Option<AwakeTime> {
        let schedules = views.iter().filter_map(|(name, view)| {
            let schedule = view.schedule?;
            Some(schedule.next.filter(|_| !self.is_asked_about(name)))
        });
        let waits = schedules.map(|next| {
            let nanos = next.map(|at| at.unix_nanos() - self.real.unix_nanos());
            let left = nanos.map(|nanos| Duration::from_nanos(nanos.max(0).cast_unsigned()));
            left.map_or(LOOK, |left| left.min(LOOK))
        });
        waits.min().map(|wait| self.now.after(wait))
    }

    /// Invariant 2.
    fn check_stops(&self) -> Checked {
        for (name, track) in &self.tracks {
            if let Some(live) = &track.live
                && let Some(since) = live.stopping
                && !live.unkillable
                && self.patient_now() > live.stop_ends_at(since.patiently)
            {
                return Err(format!("2: the stop of {name} does not end"));
            }
        }
        Ok(())
    }

    /// What an answer says is true, where it is about one service.
    fn check_replies(&self, views: &BTreeMap<&ServiceName, ServiceView<'_>>) -> Checked {
        for id in &self.replies {
            if self.answered[id] != Outcome::Done || self.about_sessions.contains(id) {
                continue;
            }
            let is_true = match &self.asked[id] {
                Verb::Start(target) | Verb::Restart(target) => one(target, views)
                    .is_none_or(|view| is_up(view) || completed(view) || is_template(view)),
                Verb::Stop(target) => one(target, views).is_none_or(|view| {
                    view.desired == Desired::Stopped && view.state.instance().is_none()
                }),
                Verb::Apply(_) | Verb::Shutdown(_) => true,
            };
            if !is_true {
                return Err(format!("9: {id:?} is not done"));
            }
        }
        Ok(())
    }

    /// Invariant 11.
    fn check_progress(
        &self,
        name: &ServiceName,
        view: &ServiceView<'_>,
        views: &BTreeMap<&ServiceName, ServiceView<'_>>,
    ) -> Checked {
        let hangs = match (view.desired, view.state) {
            (Desired::Running, State::Stopped(_)) => !is_template(view),
            (Desired::Stopped, State::Waiting(_) | State::BackingOff(_)) => true,
            (Desired::Stopped, State::Running(_)) => !self.is_needed(name),
            (Desired::Running, State::Waiting(waiting)) => {
                let mut needed = view.definition.depends_on.iter();
                self.valid
                    && !matches!(waiting.network, NetworkWait::Until(_))
                    && !self.is_needed_at_all(name)
                    && needed.all(|edge| self.is_there(edge, views))
            }
            _ => false,
        };
        if hangs {
            let state = view.state;
            return Err(format!("11: {name} hangs: {:?} {state:?}", view.desired));
        }
        Ok(())
    }

    /// Whether `edge` is met for certain: a running dependency may be about to
    /// be replaced while its dependants are being stopped.
    fn is_there(&self, edge: &Dependency, views: &BTreeMap<&ServiceName, ServiceView<'_>>) -> bool {
        let Some(view) = views.get(&edge.service) else {
            return false;
        };
        match edge.until {
            Until::Ready => is_up(view) && !self.is_needed(&edge.service),
            Until::ExitedOk => completed(view) && self.tracks[&edge.service].ended_well,
        }
    }

    fn is_needed(&self, name: &ServiceName) -> bool {
        let mut lives = self.tracks.values().filter_map(|track| track.live.as_ref());
        lives.any(|live| !live.unkillable && live.needs(name))
    }

    fn is_needed_at_all(&self, name: &ServiceName) -> bool {
        let mut lives = self.tracks.values().filter_map(|track| track.live.as_ref());
        lives.any(|live| live.depends_on(name))
    }
}

/// When something of an instance that runs is due, and whether it is judged by
/// its time.
fn due_of(running: &Running) -> Option<(AwakeTime, bool)> {
    let mut due: Vec<(AwakeTime, bool)> = Vec::new();
    due.extend(running.deadline.map(|at| (at, true)));
    due.extend(running.postponed.map(|postponed| (postponed.until, false)));
    if let Some(health) = &running.health {
        match health.readiness {
            ReadyState::Awaited(at) => due.push((at, true)),
            ReadyState::Delayed(at) => due.push((at, false)),
            ReadyState::Ready => due.extend(health.watchdog.map(|dog| (dog.until, true))),
        }
        let healthy = health.well_since.zip(health.trial);
        due.extend(healthy.map(|(since, trial)| (since.after(trial), false)));
        let ends = health.told.activity == Some(Activity::Stopping);
        due.extend(health.asking.as_ref().map(|asking| match asking.turn {
            Turn::Idle(at) => (at, ends),
            Turn::Open { by, .. } => (by, true),
        }));
        due.extend(health.hang.as_ref().map(|watch| match watch.turn {
            Turn::Idle(at) => (at, false),
            Turn::Open { by, .. } => (by, true),
        }));
    }
    let judges = due.iter().any(|(_, judges)| *judges);
    let at = due.into_iter().map(|(at, _)| at).min()?;
    Some((at, judges))
}

fn one<'a, 'b>(
    target: &Target,
    views: &'a BTreeMap<&ServiceName, ServiceView<'b>>,
) -> Option<&'a ServiceView<'b>> {
    match target {
        Target::Services(names) if names.len() == 1 => views.get(&names[0]),
        Target::Services(_) | Target::All => None,
    }
}

/// Whether it never runs itself.
fn is_template(view: &ServiceView<'_>) -> bool {
    view.definition.is_template()
}

fn is_up(view: &ServiceView<'_>) -> bool {
    view.desired == Desired::Running
        && matches!(view.state, State::Running(running) if running.is_ready())
}

fn completed(view: &ServiceView<'_>) -> bool {
    matches!(
        view.state,
        State::Stopped(Stopped {
            why: WhyStopped::Completed(_),
            ..
        })
    )
}
