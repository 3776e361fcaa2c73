//! `ready`, `alive`, `watchdog` and `notify`.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outlast_model::HealthPolicy;
use outlast_model::hang::HangPolicy;
use outlast_model::health::{Liveness, Probe, Readiness, ReadyBy};
use outlast_model::service::{Command, LogPolicy, SleepWhile};

use crate::defaults;
use crate::diagnostic::Diagnostic;
use crate::file::{
    AliveKeys, CommandLine, HangKeys, HostText, ReadyKeys, ReadySetting, ReadyWord, ServiceKeys,
    SleepKeys, SleepSetting, UrlText,
};
use crate::read::Text;
use crate::report::Report;
use crate::source::{Located, Span};

/// No one is asked, or has to tell, more often: that would be a load, not a
/// question.
const LEAST: Duration = Duration::from_millis(100);

pub(super) fn resolve(keys: &ServiceKeys, dir: &Path, report: &mut Report) -> HealthPolicy {
    let ready = keys
        .ready
        .as_ref()
        .and_then(|setting| ready(setting, dir, report));
    let alive = keys
        .alive
        .as_ref()
        .and_then(|table| alive(table, dir, report));
    HealthPolicy {
        ready,
        alive,
        watchdog: keys.watchdog.map(|every| {
            not_too_often(every.value.0, every.span, report);
            every.value.0
        }),
        hang: keys
            .hang
            .map(|table| hang(table, report))
            .unwrap_or_default(),
        notify: keys.notify.is_some_and(|notify| notify.value)
            || says_when_busy(keys)
            || stores(keys),
    }
}

/// Output that is not kept is not looked at either.
pub(super) fn check_output(keys: &ServiceKeys, log: &LogPolicy, report: &mut Report) {
    if let LogPolicy::Capture(_) = log {
        return;
    }
    let Some(setting) = &keys.log else { return };
    let silent = keys.hang.as_ref().and_then(|hang| hang.value.silent);
    if let Some(silent) = silent {
        report.push(unseen(silent.span, setting.span));
    }
    if let Some(ready) = &keys.ready
        && let ReadySetting::Table(ready) = &ready.value
        && let Some(line) = &ready.log
    {
        report.push(unseen(line.span, setting.span));
    }
}

fn unseen(what: Span, log: Span) -> Diagnostic {
    Diagnostic::error(what, "nothing is seen, because the output is not kept")
        .also(log, "where it goes")
        .help("keep it: log = true, or a table with bounds such as { keep = \"1MiB\" }")
}

/// Whether it may have something kept.
fn stores(keys: &ServiceKeys) -> bool {
    keys.fd_store.is_some_and(|count| count.value > 0)
}

/// Whether it has to be able to.
fn says_when_busy(keys: &ServiceKeys) -> bool {
    let sleep = keys.sleep.as_ref().map(|sleep| &sleep.value);
    let Some(SleepSetting::Table(SleepKeys { lasts, .. })) = sleep else {
        return false;
    };
    lasts.is_some_and(|lasts| lasts.value.0 == SleepWhile::Busy)
}

fn ready(setting: &Located<ReadySetting>, dir: &Path, report: &mut Report) -> Option<Readiness> {
    let keys = match &setting.value {
        ReadySetting::Word(word) => {
            return Some(Readiness {
                by: match word {
                    ReadyWord::Notify => ReadyBy::Notice,
                    ReadyWord::Port => ReadyBy::Probe(Probe::Port),
                },
                timeout: defaults::READY_TIMEOUT,
            });
        }
        ReadySetting::Table(keys) => keys,
    };
    let by = only(ready_ways(keys, dir), setting.span, ("ready", report))?;
    let timeout = keys.timeout.map(|timeout| timeout.value.0);
    if let (ReadyBy::Delay(_), Some(timeout)) = (&by, keys.timeout) {
        report.push(
            Diagnostic::error(timeout.span, "a delay is over when it is over")
                .help("remove `timeout`"),
        );
    }
    Some(Readiness {
        by,
        timeout: timeout.unwrap_or(defaults::READY_TIMEOUT),
    })
}

fn ready_ways(keys: &ReadyKeys, dir: &Path) -> Vec<ReadyBy> {
    let is_true = |key: Option<Located<bool>>| key.is_some_and(|key| key.value);
    let shared = ways((&keys.http, &keys.tcp), (&keys.unix, &keys.exec), dir);
    let mut ways: Vec<ReadyBy> = shared.into_iter().map(ReadyBy::Probe).collect();
    ways.extend(is_true(keys.notify).then_some(ReadyBy::Notice));
    ways.extend(is_true(keys.port).then_some(ReadyBy::Probe(Probe::Port)));
    let file = keys.file.as_ref();
    ways.extend(file.map(|file| ReadyBy::Probe(Probe::File(path(file, dir)))));
    let log = keys.log.as_ref();
    ways.extend(log.map(|log| ReadyBy::Line(log.value.0.clone())));
    ways.extend(keys.delay.map(|delay| ReadyBy::Delay(delay.value.0)));
    ways
}

fn alive(table: &Located<AliveKeys>, dir: &Path, report: &mut Report) -> Option<Liveness> {
    let keys = &table.value;
    let shared = ways((&keys.http, &keys.tcp), (&keys.unix, &keys.exec), dir);
    let probe = only(shared, table.span, ("alive", report))?;
    if let Some(interval) = keys.interval {
        not_too_often(interval.value.0, interval.span, report);
    }
    let failures = match keys.failures {
        None => Some(defaults::ALIVE_FAILURES),
        Some(Located { value, span }) => {
            let failures = u32::try_from(value).ok().and_then(NonZeroU32::new);
            if failures.is_none() {
                report.push(
                    Diagnostic::error(span, "`alive.failures` is out of range")
                        .help("write 1 to stop the service at the first bad answer"),
                );
            }
            failures
        }
    };
    let timeout = keys.timeout.map(|timeout| timeout.value.0);
    if let Some(timeout) = keys.timeout
        && timeout.value.0.is_zero()
    {
        report.push(Diagnostic::error(timeout.span, "nobody answers in no time"));
    }
    Some(Liveness {
        probe,
        interval: keys
            .interval
            .map_or(defaults::ALIVE_INTERVAL, |interval| interval.value.0),
        timeout: timeout.unwrap_or(defaults::ALIVE_TIMEOUT),
        failures: failures?,
        grace: keys
            .grace
            .map_or(defaults::ALIVE_GRACE, |grace| grace.value.0),
    })
}

/// A hang is found in eight steps of at least a second each.
const LEAST_HANG: Duration = Duration::from_secs(8);

fn hang(table: Located<HangKeys>, report: &mut Report) -> HangPolicy {
    let keys = table.value;
    let times = [keys.silent, keys.stuck, keys.spin];
    if times.iter().all(Option::is_none) {
        report.push(
            Diagnostic::error(table.span, "`hang` looks for nothing").help(
                "write one of `silent`, `stuck` and `spin` in it, such as { silent = \"5m\" }",
            ),
        );
    }
    for time in times.into_iter().flatten() {
        if time.value.0 < LEAST_HANG {
            report.push(
                Diagnostic::error(time.span, "nobody can tell in so short a time")
                    .help("write \"8s\" or more; minutes are usual"),
            );
        }
    }
    let [silent, stuck, spin] = times.map(|time| time.map(|time| time.value.0));
    HangPolicy {
        silent,
        stuck,
        spin,
    }
}

fn not_too_often(time: Duration, span: Span, report: &mut Report) {
    if time < LEAST {
        report.push(Diagnostic::error(span, "that is too often").help("write \"100ms\" or more"));
    }
}

/// The ways that both questions have.
fn ways(
    (http, tcp): (&Option<Located<UrlText>>, &Option<Located<HostText>>),
    (unix, exec): (&Option<Located<Text>>, &Option<Located<CommandLine>>),
    dir: &Path,
) -> Vec<Probe> {
    let http = http.as_ref().map(|url| Probe::Http(url.value.0.clone()));
    let tcp = tcp.as_ref().map(|host| Probe::Tcp(host.value.0.clone()));
    let unix = unix.as_ref().map(|at| Probe::Unix(path(at, dir)));
    let exec = exec.as_ref().map(|line| {
        Probe::Exec(Command {
            program: line.value.program.value.clone(),
            arguments: line.value.arguments.clone(),
        })
    });
    [http, tcp, unix, exec].into_iter().flatten().collect()
}

fn path(text: &Located<Text>, dir: &Path) -> PathBuf {
    dir.join(&text.value.0)
}

fn only<T>(ways: Vec<T>, span: Span, (key, report): (&str, &mut Report)) -> Option<T> {
    let mut ways = ways.into_iter();
    if let (Some(way), None) = (ways.next(), ways.next()) {
        return Some(way);
    }
    let known = match key {
        "ready" => "`notify`, `http`, `tcp`, `unix`, `exec`, `file`, `port`, `log` and `delay`",
        _ => "`http`, `tcp`, `unix` and `exec`",
    };
    report.push(
        Diagnostic::error(span, format!("`{key}` asks in exactly one way"))
            .help(format!("write one of {known} in it")),
    );
    None
}
