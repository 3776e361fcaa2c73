//! What every effect has to observe.

use std::sync::Arc;

use outlast_model::record::{Death, Entry, GuardianEntry, ServiceEntry, StopReason};
use outlast_model::request::{Outcome, Urgency};
use outlast_model::service::{Occasion, Reaction, Until};
use outlast_model::{AwakeTime, Effect, InstanceId, Record, RequestId, Service, ServiceName};

use super::health::is_about_health;
use super::{Checked, Checker};
use crate::track::{Inhibitor, Live};

fn is_about_a_gap(effect: &Effect) -> bool {
    let Effect::Record(Record {
        entry: Entry::Guardian(entry),
        ..
    }) = effect
    else {
        return false;
    };
    matches!(
        entry,
        GuardianEntry::Slept { .. } | GuardianEntry::Frozen { .. } | GuardianEntry::ClockSet { .. }
    )
}

impl Checker {
    pub(crate) fn effect(&mut self, effect: &Effect) -> Checked {
        if self.finished {
            return Err("10: something came after the end".to_owned());
        }
        self.in_gap &= is_about_a_gap(effect) || self.waits_anew(effect);
        if !self.in_gap {
            self.check_death_first(effect)?;
            self.settle_answer();
            self.settle_network();
        }
        match effect {
            Effect::Spawn { service, instance } => self.on_spawn(service, *instance),
            Effect::Ask {
                service, instance, ..
            } => self.on_pressure(service, *instance),
            Effect::Kill { service, instance } => {
                if !self.killed.contains(instance) {
                    return Err("a kill is not on record".to_owned());
                }
                self.on_pressure(service, *instance)
            }
            Effect::Reload { service, instance } => match self.live(service, *instance) {
                Some(live) if live.runs() => Ok(()),
                _ => Err(format!("{service} is told to reload and does not run")),
            },
            Effect::Diagnose { service, instance } => self.on_diagnose(service, *instance),
            Effect::Gather { service, instance } => match self.live(service, *instance) {
                Some(live) if live.runs() => Ok(()),
                _ => Err(format!(
                    "evidence of {service}, which does not run any more"
                )),
            },
            Effect::Probe {
                service,
                instance,
                asked,
                number,
                ..
            } => self.on_probe((&service.name, *instance), (*asked, *number)),
            Effect::Sample {
                service,
                instance,
                number,
            } => self.on_sampling((service, *instance), *number),
            Effect::FindRuns {
                service,
                number,
                since,
                until,
            } => self.on_find_runs(service, *number, (*since, *until)),
            Effect::StopProbing { service, instance } => {
                self.on_stop_probing((service, *instance));
                Ok(())
            }
            Effect::AllowSleep => self.on_allowed(),
            Effect::Record(record) => self.on_record(record),
            Effect::SetTimer(at) if self.timer == Some(*at) => Err("8: set again".to_owned()),
            Effect::SetTimer(at) => {
                self.timer = Some(*at);
                Ok(())
            }
            Effect::ClearTimer if self.timer.is_none() => Err("8: cleared again".to_owned()),
            Effect::ClearTimer => {
                self.timer = None;
                Ok(())
            }
            Effect::HoldInhibitor { service } => self.on_hold(service),
            Effect::ReleaseInhibitor { service } => self.on_release(service),
            Effect::CloseKept { service } => self.on_close(service),
            Effect::Reply { request, outcome } => self.on_reply(*request, outcome),
            Effect::Forget(service) => self.on_forget(service),
            Effect::Finish => self.on_finish(),
        }
    }

    /// Invariant 7. What is told of a gap lies before the death.
    fn check_death_first(&mut self, effect: &Effect) -> Checked {
        let Some((of, number)) = self.death.take() else {
            return Ok(());
        };
        match effect {
            Effect::Record(Record {
                entry:
                    Entry::Service {
                        service,
                        entry: ServiceEntry::Death(Death { instance, .. }),
                    },
                ..
            }) if *service == of && *instance == number => Ok(()),
            other => Err(format!("7: {other:?} came before the death of {of}")),
        }
    }

    fn on_diagnose(&mut self, service: &ServiceName, instance: InstanceId) -> Checked {
        if !self.ended.contains(&instance) {
            return Err(format!(
                "{service} is diagnosed before its end is on record"
            ));
        }
        if !self.diagnosed.insert(instance) {
            return Err(format!("{service} is diagnosed twice"));
        }
        Ok(())
    }

    fn on_spawn(&mut self, service: &Arc<Service>, instance: InstanceId) -> Checked {
        let now = self.now;
        if self.shutdown.is_some() {
            return Err("3: something starts during a shutdown".to_owned());
        }
        if !self.announced.contains(&instance) {
            return Err("a start is not on record".to_owned());
        }
        self.meet(service)?;
        self.check_dependencies(service)?;
        self.check_no_dependant_is_stopping(service)?;
        self.check_network(service)?;
        if self.reacting {
            self.may_react();
        }
        self.check_start_of(service)?;
        let track = self.track(&service.name);
        if track.live.is_some() {
            return Err(format!("1: two instances of {}", service.name));
        }
        if track.removed || track.definition != **service {
            return Err(format!("{} starts with an old definition", service.name));
        }
        if !track.wanted && now < track.not_before {
            return Err(format!("{} starts before its delay is over", service.name));
        }
        track.starts.push(now);
        track.all_starts.push(now);
        track
            .check_limit(now)
            .map_err(|what| format!("5: {what}"))?;
        track.wanted = false;
        track.not_before = AwakeTime::ORIGIN;
        track.anew |= std::mem::take(&mut track.outdated);
        track.policy = service.restart.clone();
        track.is_kept_for |= service.is_kept_for();
        track.live = Some(Live {
            instance,
            spawned: Arc::clone(service),
            started: None,
            ended: None,
            stopping: None,
            health: None,
            by_itself: false,
            for_sleep: false,
            asked: false,
            unkillable: false,
        });
        Ok(())
    }

    /// Invariant 6, first half.
    fn check_dependencies(&self, service: &Service) -> Checked {
        let now = self.moment();
        for edge in &service.depends_on {
            let track = self.tracks.get(&edge.service);
            let is_met = track.is_some_and(|track| match edge.until {
                Until::Ready => track
                    .live
                    .as_ref()
                    .is_some_and(|live| live.is_ready_at(now)),
                Until::ExitedOk => track.ended_well,
            });
            if !is_met {
                return Err(format!(
                    "6: {} starts without {}",
                    service.name, edge.service
                ));
            }
        }
        Ok(())
    }

    /// A restart starts nothing before all that it stops is stopped.
    fn check_no_dependant_is_stopping(&self, service: &Service) -> Checked {
        let stopping = self.tracks.iter().find(|(name, track)| {
            let live = track.live.as_ref().filter(|live| !live.unkillable);
            **name != service.name
                && live.is_some_and(|live| {
                    live.stopping.is_some() && !live.by_itself && live.depends_on(&service.name)
                })
        });
        match stopping {
            Some((name, _)) => Err(format!("6: {} starts while {name} stops", service.name)),
            None => Ok(()),
        }
    }

    fn on_pressure(&mut self, service: &ServiceName, instance: InstanceId) -> Checked {
        match self.live(service, instance) {
            Some(live) if live.stopping.is_some() => Ok(()),
            Some(_) => Err(format!("{service} is asked to end without a record")),
            None => Err(format!(
                "{service} #{instance} is asked to end and is not there"
            )),
        }
    }

    fn on_record(&mut self, record: &Record) -> Checked {
        match &record.entry {
            Entry::Service { service, entry } => self.on_service_record(service, entry),
            Entry::Guardian(GuardianEntry::ShuttingDown) if self.shutdown.is_none() => {
                Err("3: a shutdown nobody asked for".to_owned())
            }
            Entry::Guardian(entry) => self.check_gap(entry),
        }
    }

    fn on_service_record(&mut self, service: &ServiceName, entry: &ServiceEntry) -> Checked {
        let now = self.now;
        self.on_schedule_record(service, entry);
        if let ServiceEntry::Death(Death { instance, .. })
        | ServiceEntry::StartFailed { instance, .. } = entry
        {
            self.ended.insert(*instance);
        }
        match entry {
            ServiceEntry::RunsMissed { made_up, .. } => self.check_made_up(service, *made_up),
            ServiceEntry::Starting { instance } => {
                self.announced.push(*instance);
                Ok(())
            }
            ServiceEntry::Killed { instance } => {
                self.killed.push(*instance);
                self.check_patience(service, *instance)
            }
            ServiceEntry::Stopping { instance, reason } => {
                self.on_stopping(service, *instance, *reason)
            }
            ServiceEntry::BackingOff {
                delay,
                spread,
                attempt,
            } => {
                self.check_spread(*spread)?;
                let track = self.track(service);
                track.not_before = now.after(*delay + *spread);
                let checked = track.check_delay(*attempt, *delay);
                track.wanted = false;
                checked.map_err(|what| format!("4: {service}: {what}"))
            }
            ServiceEntry::GaveUp { window, .. } => {
                let track = self.track(service);
                track.gave_up = true;
                let checked = track.check_giving_up(now, *window);
                self.on_failed(service);
                checked.map_err(|what| format!("5: {what}"))
            }
            ServiceEntry::Finished { .. } => {
                let track = self.track(service);
                if track.ended_well && !track.was_stopped {
                    // A dependant may wake it, and that is no restart.
                    track.want();
                } else {
                    track.gave_up = true;
                    self.on_failed(service);
                }
                Ok(())
            }
            ServiceEntry::RebootWithheld { after } => self.check_withheld(*after),
            ServiceEntry::Unkillable { instance } => {
                self.on_failed(service);
                let live = self
                    .live(service, *instance)
                    .ok_or("2: unkillable without a tree")?;
                live.unkillable = true;
                Ok(())
            }
            ServiceEntry::WaitingForNetwork { .. } => self.on_network_wait(service),
            ServiceEntry::NetworkMissing => self.on_network_missing(service),
            entry => self.on_health_record(service, entry),
        }
    }

    /// Invariant 6, second half.
    fn on_stopping(
        &mut self,
        service: &ServiceName,
        instance: InstanceId,
        reason: StopReason,
    ) -> Checked {
        self.check_unwell(service, reason)?;
        self.check_postponed(service, reason)?;
        let since = self.moment();
        let live = self
            .live(service, instance)
            .ok_or("a stop of what is not there")?;
        if live.stopping.replace(since).is_some() {
            return Err(format!("{service} is stopped twice"));
        }
        let reaction = live.spawned.reactions.get(&Occasion::Suspend);
        live.for_sleep =
            reason == StopReason::Occasion(Occasion::Suspend) && reaction == Some(&Reaction::Stop);
        let is_like_a_death = reason == StopReason::TimeLimit || is_about_health(reason);
        live.by_itself = reason == StopReason::LeftBehind || is_like_a_death;
        let alone = live.ended.is_some();
        if alone != (reason == StopReason::LeftBehind) && reason == StopReason::LeftBehind {
            return Err(format!("{service} left nothing behind"));
        }
        let at_once = matches!(self.shutdown, Some((_, Urgency::Immediate)));
        if alone || at_once || is_like_a_death {
            return Ok(());
        }
        let mut others = self.tracks.iter().filter(|(name, _)| *name != service);
        let needed = others.find(|(_, track)| {
            let live = track.live.as_ref();
            live.is_some_and(|live| !live.unkillable && live.needs(service))
        });
        match needed {
            Some((name, _)) => Err(format!("6: {service} is stopped before {name}")),
            None => Ok(()),
        }
    }

    /// Invariant 9.
    fn on_reply(&mut self, request: RequestId, outcome: &Outcome) -> Checked {
        if !self.asked.contains_key(&request) {
            return Err(format!("9: {request:?} was not asked"));
        }
        if self.answered.insert(request, outcome.clone()).is_some() {
            return Err(format!("9: {request:?} is answered twice"));
        }
        self.replies.push(request);
        Ok(())
    }

    fn on_forget(&mut self, service: &ServiceName) -> Checked {
        self.network.forget(service);
        let track = self.tracks.remove(service).ok_or("forgotten twice")?;
        // That another session is the active one now, is the engine's decision.
        let is_removed = track.removed || service.is_in_session();
        if !is_removed || track.live.is_some() {
            return Err(format!("{service} is forgotten while it is there"));
        }
        if track.inhibitor != Inhibitor::None {
            return Err(format!("15: {service} leaves its inhibitor"));
        }
        Ok(())
    }

    fn on_finish(&mut self) -> Checked {
        self.finished = true;
        let mut live = self.tracks.values().filter_map(|track| track.live.as_ref());
        if self.shutdown.is_none() || live.any(|live| !live.unkillable) {
            return Err("10: the end came too early".to_owned());
        }
        let mut tracks = self.tracks.values();
        if tracks.any(|track| track.inhibitor != Inhibitor::None) {
            return Err("15: an inhibitor is left".to_owned());
        }
        Ok(())
    }
}
