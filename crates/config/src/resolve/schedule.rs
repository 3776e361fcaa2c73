//! `schedule`: what it needs, and what does not go together with it.

use std::time::Duration;

use outlast_model::service::{RestartPolicy, RestartWhen};
use outlast_model::{Schedule, Service};

use crate::diagnostic::{Diagnostic, quoted};
use crate::file::{RestartKeys, RestartSetting, ScheduleKeys, ScheduleSetting, ServiceKeys};
use crate::report::Report;
use crate::resolve::Places;
use crate::source::Located;

/// What a service's schedule is, and how long each run may take.
pub(super) fn resolve(
    setting: Option<Located<ScheduleSetting>>,
    report: &mut Report,
) -> (Option<Schedule>, Option<Duration>) {
    let Some(Located { value, span }) = setting else {
        return (None, None);
    };
    let keys = match value {
        ScheduleSetting::Times(cron) => ScheduleKeys {
            cron: Some(Located::new(cron, span)),
            ..ScheduleKeys::default()
        },
        ScheduleSetting::Table(keys) => keys,
    };
    let Some(cron) = keys.cron else {
        let error = Diagnostic::error(span, "a schedule without times");
        report.push(error.help("add for example cron = \"30 2 * * *\""));
        return (None, None);
    };
    let schedule = Schedule {
        cron: cron.value.0,
        zone: keys.zone.map(|zone| zone.value.0),
        catch_up: keys.catch_up.map(|word| word.value.0).unwrap_or_default(),
    };
    let timeout = keys.timeout.map(|timeout| timeout.value.0);
    (Some(schedule), timeout)
}

/// Whoever has a schedule is not started again after a run unless the service itself
/// asks for that: neither the default nor `[defaults]` is meant for it.
pub(super) fn restarts(keys: &ServiceKeys, policy: RestartPolicy) -> RestartPolicy {
    let written = keys.restart.as_ref().and_then(|of| of.value.keys().policy);
    match (&keys.schedule, written) {
        (Some(_), None) => RestartPolicy {
            when: RestartWhen::Never,
            ..policy
        },
        _ => policy,
    }
}

/// `always` in `[defaults]` says nothing about a service with a schedule.
pub(super) fn without_always(setting: &mut Option<Located<RestartSetting>>) {
    if let Some(setting) = setting {
        let keys = setting.value.keys();
        let policy = keys.policy.map(|policy| policy.value.0);
        if policy == Some(RestartWhen::Always) {
            setting.value = RestartSetting::Table(RestartKeys {
                policy: None,
                ..keys
            });
        }
    }
}

/// Checks what can only be seen when every service is there.
pub(super) fn check(services: &[Service], places: &[Places], report: &mut Report) {
    for (service, place) in services.iter().zip(places) {
        check_needs(service, services, (place, report));
        if service.schedule.is_some() {
            check_one(service, (place, report));
        }
    }
}

fn check_one(service: &Service, (place, report): (&Places, &mut Report)) {
    let name = quoted(service.name.as_str());
    if service.restart.when == RestartWhen::Always {
        let message = format!("{name} is always restarted, and would never wait for its schedule");
        report.push(
            Diagnostic::error(place.restart, message)
                .also(place.schedule, "each run is to end")
                .help("leave the policy out, or write \"on-failure\""),
        );
    }
    if service.session.is_some() {
        let message = format!("{name} cannot have a schedule and run in sessions");
        report.push(
            Diagnostic::error(place.schedule, message)
                .also(place.session, "it runs as long as somebody is logged on")
                .help("leave one of them out"),
        );
    }
}

/// What runs now and then is not there when it is needed.
fn check_needs(service: &Service, all: &[Service], (place, report): (&Places, &mut Report)) {
    for needed in &service.depends_on {
        let mut others = all.iter().filter(|other| other.schedule.is_some());
        if others.any(|other| other.name == needed.service) {
            let (name, needed) = (service.name.as_str(), needed.service.as_str());
            let message = format!("{} cannot depend on {}", quoted(name), quoted(needed));
            report.push(
                Diagnostic::error(place.depends_on, message)
                    .label("it has a schedule, and nobody could say which run is meant")
                    .help("depend on a service without one, which has run once when it is needed"),
            );
        }
    }
}
