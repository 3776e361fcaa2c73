//! Finding out when the runs of schedules are.
//!
//! The rules of a time zone are on the disk (jiff keeps what it has read for some
//! minutes), so a thread of the pool does it; every question gets one answer, also when
//! it panics.

mod times;

#[cfg(test)]
mod times_tests;

use std::sync::Arc;

use jiff::tz::TimeZone;
use outlast_model::schedule::{Runs, Schedule};
use outlast_model::{Event, RealTime, Service};

use crate::dispatcher::Dispatcher;
use crate::fault;
use crate::wake::Wake;

impl Dispatcher {
    /// Looks for the runs between two moments, and the one that comes then; the answer
    /// comes as [`Event::RunsFound`].
    pub(crate) fn find_runs(
        &self,
        service: Arc<Service>,
        number: u32,
        (since, until): (RealTime, RealTime),
    ) {
        let (wakes, narrator) = (self.wakes.clone(), self.narrator.clone());
        tokio::task::spawn_blocking(move || {
            let found = fault::contained("looking for the runs of a schedule", || {
                find(&service, since, until)
            });
            let runs = match found {
                Some(Ok(runs)) => runs,
                Some(Err(complaint)) => {
                    narrator.complain(complaint);
                    Runs::default()
                }
                None => Runs::default(),
            };
            // The dispatcher is gone only when the guardian has ended.
            let _ = wakes.send(Wake::Happened(Event::RunsFound {
                service: service.name.clone(),
                number,
                runs,
            }));
        });
    }
}

fn find(service: &Service, since: RealTime, until: RealTime) -> Result<Runs, String> {
    let Some(Schedule { cron, zone, .. }) = &service.schedule else {
        return Ok(Runs::default());
    };
    let zone = time_zone(zone.as_deref()).map_err(|why| {
        let name = &service.name;
        format!("cannot tell when {name} is to be started, will look again: {why}")
    })?;
    Ok(times::runs(cron, &zone, since, until))
}

/// The machine's own zone (UTC, where it has none), or the one of this name.
pub(crate) fn time_zone(name: Option<&str>) -> Result<TimeZone, String> {
    match name {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|error| error.to_string()),
    }
}
