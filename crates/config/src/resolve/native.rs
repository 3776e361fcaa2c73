//! `native`: defaults, ranges, and what must fit the services.

use std::path::Path;
use std::time::Duration;

use outlast_model::Service;

use crate::defaults;
use crate::diagnostic::Diagnostic;
use crate::file::{NativeTable, StartSetting, TriggerKeys, TriggerWord, WatchdogSetting};
use crate::native::{NativeKeys, Start};
use crate::read::{DurationText, Line};
use crate::report::Report;
use crate::resolve::Context;
use crate::source::Located;
use crate::stop_timeout::stop_timeout;

/// The shortest watchdog: below this a busy machine looks like a hang.
const LEAST_WATCHDOG: Duration = Duration::from_secs(1);

pub(super) fn resolve(
    written: Option<NativeTable>,
    context: Context<'_>,
    report: &mut Report,
) -> NativeKeys {
    let Some(keys) = written else {
        return defaults::NATIVE;
    };
    NativeKeys {
        display_name: keys.display_name.map(|line| line.value.0),
        description: keys.description.map(|line| line.value.0),
        start: start(keys.start, context.folder, report),
        account: keys.account.map(|account| account.value.0),
        groups: lines(keys.groups),
        capabilities: keys.capabilities.map_or_else(Vec::new, |names| {
            let names = names.value.into_iter();
            names.map(|name| name.value.0.to_owned()).collect()
        }),
        sandbox: keys
            .sandbox
            .map_or(defaults::NATIVE.sandbox, |sandbox| sandbox.value),
        depends_on: lines(keys.depends_on),
        network: keys
            .network
            .map_or(defaults::NATIVE.network, |network| network.value),
        restart_delay: keys
            .restart_delay
            .map_or(defaults::NATIVE.restart_delay, |delay| delay.value.0),
        watchdog: watchdog(keys.watchdog, report),
        stop_timeout: keys
            .stop_timeout
            .and_then(|time| written_time(time, report)),
    }
}

/// Warns when the services are given more time than the guardian itself.
pub(super) fn check_time(
    written: Option<Located<DurationText>>,
    services: &[Service],
    report: &mut Report,
) {
    let needed = stop_timeout(services);
    if let Some(Located { value, span }) = written
        && !value.0.is_zero()
        && value.0 < needed
    {
        let message = "`native.stop_timeout` is shorter than the services may take to stop";
        report.push(
            Diagnostic::warning(span, message)
                .label(format!("they may take {} s", needed.as_secs()))
                .help("remove it: the time is then computed from their stop sequences"),
        );
    }
}

fn lines(written: Option<Located<Vec<Located<Line>>>>) -> Vec<String> {
    let lines = written.into_iter().flat_map(|lines| lines.value);
    lines.map(|line| line.value.0).collect()
}

fn start(written: Option<Located<StartSetting>>, folder: &Path, report: &mut Report) -> Start {
    let Some(Located { value, span }) = written else {
        return defaults::NATIVE.start;
    };
    let keys = match value {
        StartSetting::Word(word) => return word.meaning(),
        StartSetting::Trigger(keys) => keys,
    };
    let TriggerKeys { trigger, path } = keys;
    match (trigger.value, path) {
        (TriggerWord::Network, None) => Start::OnNetwork,
        (TriggerWord::Network, Some(path)) => {
            report.push(
                Diagnostic::error(path.span, "the trigger `network` has no path")
                    .help("remove it, or write trigger = \"path\""),
            );
            Start::OnNetwork
        }
        (TriggerWord::Path, Some(path)) => {
            Start::OnPath(folder.join(path.value.0).components().collect())
        }
        (TriggerWord::Path, None) => {
            report.push(
                Diagnostic::missing(span, "the trigger `path` needs a path")
                    .help("add path = \"…\": the file or folder to wait for"),
            );
            defaults::NATIVE.start
        }
    }
}

fn watchdog(written: Option<Located<WatchdogSetting>>, report: &mut Report) -> Option<Duration> {
    let Some(Located { value, span }) = written else {
        return defaults::NATIVE.watchdog;
    };
    let WatchdogSetting::Every(DurationText(time)) = value else {
        return None;
    };
    if time < LEAST_WATCHDOG {
        report.push(
            Diagnostic::error(span, "`native.watchdog` must be at least 1s")
                .help("to have none, write watchdog = false"),
        );
    }
    Some(time)
}

fn written_time(written: Located<DurationText>, report: &mut Report) -> Option<Duration> {
    if written.value.0.is_zero() {
        report.push(
            Diagnostic::error(written.span, "`native.stop_timeout` cannot be zero")
                .help("remove it: the time is then computed from the services' stop sequences"),
        );
        return None;
    }
    Some(written.value.0)
}
