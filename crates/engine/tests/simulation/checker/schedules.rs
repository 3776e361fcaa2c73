//! Invariant 20: what schedules start.

use std::collections::BTreeMap;

use outlast_engine::ServiceView;
use outlast_model::record::ServiceEntry;
use outlast_model::schedule::{CatchUp, Runs};
use outlast_model::{RealTime, Service, ServiceName};

use super::{Checked, Checker};

/// What is known of the schedules that are in force.
#[derive(Default)]
pub(crate) struct Schedules {
    /// The question that waits for its answer.
    open: BTreeMap<ServiceName, Question>,
    /// Whose run is due in this step, and nothing has come of it yet.
    due: Option<ServiceName>,
}

#[derive(Clone, Copy)]
struct Question {
    number: u32,
    since: RealTime,
    until: RealTime,
}

impl Checker {
    pub(super) fn on_find_runs(
        &mut self,
        service: &Service,
        number: u32,
        (since, until): (RealTime, RealTime),
    ) -> Checked {
        let question = Question {
            number,
            since,
            until,
        };
        let name = service.name.clone();
        if self.track(&name).definition != *service {
            return Err(format!("20: {name} is asked about as it was"));
        }
        if until < since {
            return Err(format!("20: {name} is asked about backwards"));
        }
        self.schedules.open.insert(name, question);
        Ok(())
    }

    /// A run that is due may be started, whatever has been asked for.
    pub(super) fn on_runs(&mut self, service: &ServiceName, number: u32, runs: Runs) {
        let is_awaited = |question: &Question| question.number == number;
        let Some(question) = self.schedules.open.get(service).copied() else {
            return;
        };
        if !is_awaited(&question) {
            return;
        }
        self.schedules.open.remove(service);
        if runs.passed > 0 {
            debug_assert!(question.since < question.until);
            self.schedules.due = Some(service.clone());
            self.want_run(service);
        }
    }

    pub(super) fn on_schedule_record(&mut self, service: &ServiceName, entry: &ServiceEntry) {
        let settles = match entry {
            ServiceEntry::Starting { .. }
            | ServiceEntry::Waiting { .. }
            | ServiceEntry::WaitingForNetwork { .. }
            | ServiceEntry::RunSkipped => true,
            ServiceEntry::RunsMissed { made_up, .. } => !made_up,
            _ => false,
        };
        if settles && self.schedules.due.as_ref() == Some(service) {
            self.schedules.due = None;
        }
    }

    pub(super) fn check_schedules(
        &mut self,
        views: &BTreeMap<&ServiceName, ServiceView<'_>>,
    ) -> Checked {
        if let Some(service) = self.schedules.due.take() {
            return Err(format!("20: nothing came of a run of {service}"));
        }
        let in_force = |name: &ServiceName| {
            let view = views.get(name);
            view.is_some_and(|view| view.schedule.is_some())
        };
        self.schedules.open.retain(|name, _| in_force(name));
        for (name, view) in views {
            let Some(schedule) = view.schedule else {
                continue;
            };
            if self.shutdown.is_some() || !view.definition.enabled {
                return Err(format!("20: the schedule of {name} is in force"));
            }
            let is_due = schedule.next.is_some_and(|at| at <= self.real);
            if is_due && !self.schedules.open.contains_key(*name) {
                return Err(format!("20: a run of {name} is due, and nobody looks"));
            }
        }
        Ok(())
    }

    pub(super) fn is_asked_about(&self, service: &ServiceName) -> bool {
        self.schedules.open.contains_key(service)
    }

    /// Whoever has a schedule is not started without a reason.
    pub(super) fn check_start_of(&mut self, service: &Service) -> Checked {
        let track = self.track(&service.name);
        let is_restart = track.retries();
        if service.schedule.is_some() && !track.wanted && !is_restart {
            return Err(format!("20: {} starts by itself", service.name));
        }
        Ok(())
    }

    /// Only who makes up for missed runs says so.
    pub(super) fn check_made_up(&mut self, service: &ServiceName, says: bool) -> Checked {
        let definition = &self.track(service).definition;
        let policy = definition.schedule.as_ref().map(|of| of.catch_up);
        if says == (policy == Some(CatchUp::Once)) {
            return Ok(());
        }
        Err(format!("20: {service} makes up for runs: {says}"))
    }
}
