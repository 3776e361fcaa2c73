//! What the checker learns from what the engine is told.

use std::collections::BTreeSet;
use std::time::Duration;

use outlast_engine::REBOOT_AFTER;
use outlast_model::event::Tree;
use outlast_model::request::{Target, Urgency, Verb};
use outlast_model::service::InSession;
use outlast_model::watch::OnChange;
use outlast_model::{
    Event, HealthPolicy, InstanceId, MachineEvent, RequestId, Service, ServiceName,
};

use super::{Checked, Checker, Leaving, Sleep};
use crate::host::{ANSWER, LATE};
use crate::track::{Live, Track, longest_stop};

impl Checker {
    pub(super) fn on_event(&mut self, event: &Event) {
        let now = self.now;
        match event {
            Event::Started {
                service, instance, ..
            } => {
                if let Some(live) = self.live(service, *instance) {
                    live.started = Some(now);
                }
                self.health_begins(service, *instance);
            }
            Event::StartFailed {
                service, instance, ..
            } => {
                if self.live(service, *instance).is_some() {
                    let track = self.track(service);
                    track.live = None;
                    track.ended_well = false;
                }
            }
            Event::Exited {
                service,
                instance,
                exit,
                tree,
                ..
            } => {
                if let Some(live) = self.live(service, *instance) {
                    live.ended = Some(*exit);
                    live.asked = live.stopping.is_some();
                    self.death = Some((service.clone(), *instance));
                    self.on_main_ended(service);
                    if *tree == Tree::Empty {
                        self.gone(service);
                    }
                }
            }
            Event::TreeEmptied { service, instance } => {
                if self.live(service, *instance).is_some() {
                    self.gone(service);
                }
            }
            Event::Machine(event) => self.on_machine_event(event),
            Event::Thawed | Event::Diagnosed { .. } => {}
            Event::Sessions(sessions) => self.on_sessions(sessions),
            Event::Network(network) => self.on_network(*network),
            Event::Probed {
                service,
                instance,
                number,
                outcome,
            } => self.on_answer((service, *instance), (*number, outcome)),
            Event::Sampled {
                service,
                instance,
                number,
                sample,
            } => self.on_sample((service, *instance), (*number, *sample)),
            Event::RunsFound {
                service,
                number,
                runs,
            } => self.on_runs(service, *number, *runs),
            Event::Notified {
                service,
                instance,
                notice,
            } => self.on_notice((service, *instance), notice),
            Event::LinePrinted { service, instance } => self.on_line((service, *instance)),
            Event::Watched { service, .. } => self.on_files_changed(service),
            Event::Inhibited { service, answer } => self.on_inhibited(service, answer),
            Event::TimerDue => self.timer = None,
        }
    }

    /// Every service may react.
    fn on_machine_event(&mut self, event: &MachineEvent) {
        match event {
            MachineEvent::Power(source) => self.power = Some(*source),
            MachineEvent::Suspending { .. } | MachineEvent::ShuttingDown => {
                self.sleep = Sleep::Announced;
            }
            MachineEvent::Resumed => {
                self.sleep = Sleep::Awake;
                self.woke();
            }
            _ => {}
        }
        self.may_react();
    }

    pub(super) fn may_react(&mut self) {
        if self.shutdown.is_none() {
            let all = self.tracks.keys().cloned().collect();
            self.want(all, Edges::Both);
        }
    }

    /// As a restart that is asked for, of it or of what it has started.
    fn on_files_changed(&mut self, service: &ServiceName) {
        if self.shutdown.is_some() {
            return;
        }
        let mut names = self.named(&Target::Services(vec![service.clone()]));
        let watch = self.tracks.get(service);
        let watch = watch.and_then(|track| track.definition.watch.as_ref());
        if let Some(OnChange::Start(other)) = watch.map(|watch| &watch.on_change) {
            names.push(other.clone());
        }
        self.want(names, Edges::Both);
    }

    fn on_main_ended(&mut self, service: &ServiceName) {
        let now = self.now;
        let track = self.track(service);
        if let Some(Live {
            started: Some(started),
            spawned,
            ..
        }) = &track.live
        {
            let ran_for = now.since(*started);
            let was_healthy = ran_for >= spawned.restart.backoff.reset_after;
            if spawned.health == HealthPolicy::default() {
                track.healthy |= was_healthy;
            } else {
                // It need not have been well all the time.
                track.anew |= was_healthy;
            }
        }
    }

    fn gone(&mut self, service: &ServiceName) {
        let track = self.track(service);
        let Some(live) = track.live.take() else {
            return;
        };
        track.was_stopped = live.asked;
        if let Some(exit) = live.ended
            && !live.asked
        {
            track.ended_well = exit.is_success(&live.spawned.success_codes);
        }
    }

    pub(super) fn track(&mut self, service: &ServiceName) -> &mut Track {
        self.tracks.get_mut(service).expect("the service is known")
    }

    pub(super) fn live(
        &mut self,
        service: &ServiceName,
        instance: InstanceId,
    ) -> Option<&mut Live> {
        let live = self.tracks.get_mut(service)?.live.as_mut();
        live.filter(|live| live.instance == instance)
    }

    pub(super) fn on_request(&mut self, verb: &Verb) {
        if self.shutdown.is_some() && !matches!(verb, Verb::Shutdown(Urgency::Immediate)) {
            return;
        }
        match verb {
            Verb::Start(target) => {
                let mut names = self.named(target);
                if *target == Target::All {
                    names.retain(|name| self.tracks[name].definition.schedule.is_none());
                }
                self.want(names, Edges::Needed);
            }
            Verb::Restart(target) => {
                let names = self.named(target);
                self.want(names, Edges::Both);
            }
            Verb::Stop(_) => {}
            Verb::Apply(services) => self.apply(services),
            Verb::Shutdown(urgency) => {
                self.shutdown = Some((self.patient_now(), *urgency));
            }
        }
    }

    /// Who is named alone in a stop or restart has to end, in bounded time.
    pub(super) fn expect_end(&mut self, request: RequestId, verb: &Verb) {
        let (Verb::Stop(Target::Services(names)) | Verb::Restart(Target::Services(names))) = verb
        else {
            return;
        };
        if let [service] = names.as_slice()
            && let Some(track) = self.tracks.get(service)
            && let Some(live) = &track.live
        {
            let leaving = Leaving {
                request,
                service: service.clone(),
                instance: live.instance,
                deadline: self.patient_now().after(self.longest_stops()),
            };
            self.leaving.push(leaving);
        }
    }

    pub(super) fn longest_stops(&self) -> Duration {
        let one = |track: &Track| {
            let spawned = track.live.as_ref();
            let spawned = spawned.map(|live| longest_stop(&live.spawned));
            spawned
                .unwrap_or_default()
                .max(longest_stop(&track.definition))
                + ANSWER
                + LATE
        };
        self.tracks.values().map(one).sum()
    }

    pub(super) fn check_leaving(&mut self) -> Checked {
        let (tracks, answered) = (&self.tracks, &self.answered);
        self.leaving.retain(|leaving| {
            let live = tracks
                .get(&leaving.service)
                .and_then(|track| track.live.as_ref());
            !answered.contains_key(&leaving.request)
                && live.is_some_and(|live| live.instance == leaving.instance && !live.unkillable)
        });
        match self
            .leaving
            .iter()
            .find(|leaving| self.patient_now() > leaving.deadline)
        {
            Some(leaving) => Err(format!("2: {} does not end", leaving.service)),
            None => Ok(()),
        }
    }

    fn named(&self, target: &Target) -> Vec<ServiceName> {
        match target {
            Target::All => self.tracks.keys().cloned().collect(),
            Target::Services(names) => {
                let is_named = |track: &&Track| match &track.definition.session {
                    Some(InSession::One { of, .. }) => names.contains(of),
                    _ => false,
                };
                let made = self.tracks.values().filter(is_named);
                let made = made.map(|track| track.definition.name.clone());
                names.iter().cloned().chain(made).collect()
            }
        }
    }

    fn apply(&mut self, services: &[Service]) {
        self.valid = is_valid(services);
        let mut concerned = Vec::new();
        for service in services {
            let known = self.tracks.get_mut(&service.name);
            match known {
                Some(track) if !track.removed && track.definition == *service => continue,
                Some(track) => {
                    track.removed = false;
                    track.redefine(service.clone());
                }
                None => {
                    let track = Track::new(service.clone());
                    self.tracks.insert(service.name.clone(), track);
                }
            }
            concerned.push(service.name.clone());
        }
        let kept: BTreeSet<&ServiceName> = services.iter().map(|service| &service.name).collect();
        concerned.extend(self.remake(services));
        for (name, track) in &mut self.tracks {
            if !kept.contains(name) && !name.is_in_session() {
                track.removed = true;
                concerned.push(name.clone());
            }
        }
        self.want(concerned, Edges::Both);
    }

    /// What is started then is started by nobody's wish but the file's.
    pub(super) fn on_failed(&mut self, service: &ServiceName) {
        let on_failure = self.track(service).definition.on_failure.clone();
        let started = on_failure.start.into_iter().chain(on_failure.reboot);
        self.want(started.collect(), Edges::Needed);
    }

    /// A machine is not restarted again and again.
    pub(super) fn check_withheld(&self, after: Duration) -> Checked {
        if after < REBOOT_AFTER && after <= self.now.since_origin() {
            return Ok(());
        }
        Err(format!("a restart of the machine withheld after {after:?}"))
    }

    /// What a schedule starts is started as by its file.
    pub(super) fn want_run(&mut self, service: &ServiceName) {
        self.want(vec![service.clone()], Edges::Needed);
        self.track(service).count_anew();
    }

    /// What an occasion has put off until the network is there, or its bound is over.
    pub(super) fn want_restarted(&mut self, names: Vec<ServiceName>) {
        if self.shutdown.is_none() {
            self.want(names, Edges::Both);
        }
    }

    /// Marks everyone whom a wish for `names` may concern.
    fn want(&mut self, names: Vec<ServiceName>, edges: Edges) {
        let mut open = names;
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            if let Some(track) = self.tracks.get_mut(&name) {
                track.want();
                let needed = track.definition.depends_on.iter();
                open.extend(needed.map(|edge| edge.service.clone()));
            }
            if edges == Edges::Both {
                let dependants = self
                    .tracks
                    .iter()
                    .filter(|(_, track)| depends(track, &name));
                open.extend(dependants.map(|(name, _)| name.clone()));
            }
        }
    }
}

/// Whether all dependencies exist and form no cycle.
pub(super) fn is_valid(services: &[Service]) -> bool {
    let mut settled: BTreeSet<&ServiceName> = BTreeSet::new();
    loop {
        let before = settled.len();
        for service in services {
            if service
                .depends_on
                .iter()
                .all(|edge| settled.contains(&edge.service))
            {
                settled.insert(&service.name);
            }
        }
        if settled.len() == before {
            return before == services.len();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edges {
    Needed,
    Both,
}

fn depends(track: &Track, name: &ServiceName) -> bool {
    let spawned = track.live.as_ref().map(|live| &live.spawned.depends_on);
    let edges = track
        .definition
        .depends_on
        .iter()
        .chain(spawned.into_iter().flatten());
    edges.into_iter().any(|edge| edge.service == *name)
}
