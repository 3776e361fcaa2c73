//! `restart`: defaults, ranges, and keys that must fit each other.

use std::num::NonZeroU32;
use std::time::Duration;

use outlast_model::service::{Backoff, RestartPolicy, StartLimit};

use crate::defaults;
use crate::diagnostic::Diagnostic;
use crate::file::{RestartKeys, RestartSetting};
use crate::read::DurationText;
use crate::report::Report;
use crate::source::Located;

pub(super) fn resolve(
    setting: Option<&Located<RestartSetting>>,
    report: &mut Report,
) -> RestartPolicy {
    let keys = setting.map(|setting| setting.value.keys());
    let keys = keys.unwrap_or_default();
    let starts = starts(keys.limit, report);
    if starts.is_some() {
        // Without a limit neither of the two means anything.
        refuse_zero(keys.window, "window", report);
        refuse_zero(keys.reset_after, "reset_after", report);
    }
    let (delay, max_delay) = delays(&keys, report);
    let standard = &defaults::RESTART.backoff;
    RestartPolicy {
        when: keys
            .policy
            .map_or(defaults::RESTART.when, |policy| policy.value.0),
        backoff: Backoff {
            delay,
            max_delay,
            factor: factor(keys.factor, report),
            jitter: jitter(keys.jitter, report),
            reset_after: duration(keys.reset_after, standard.reset_after),
        },
        limit: starts.map(|starts| StartLimit {
            starts,
            window: duration(keys.window, defaults::LIMIT.window),
        }),
    }
}

fn duration(written: Option<Located<DurationText>>, default: Duration) -> Duration {
    written.map_or(default, |written| written.value.0)
}

/// The one that was written moves the default of the other; two that were
/// written must agree.
fn delays(keys: &RestartKeys, report: &mut Report) -> (Duration, Duration) {
    let standard = &defaults::RESTART.backoff;
    let delay = duration(keys.delay, standard.delay);
    let max_delay = duration(keys.max_delay, standard.max_delay);
    match (keys.delay, keys.max_delay) {
        (Some(first), Some(cap)) if cap.value.0 < first.value.0 => {
            report.push(
                Diagnostic::error(
                    cap.span,
                    "`restart.max_delay` is shorter than `restart.delay`",
                )
                .label("the longest delay")
                .also(first.span, "the first delay")
                .help("raise the one or lower the other"),
            );
            (delay, delay)
        }
        (Some(_), None) => (delay, max_delay.max(delay)),
        (None, _) => (delay.min(max_delay), max_delay),
        (Some(_), Some(_)) => (delay, max_delay),
    }
}

/// `None`: never give up.
fn starts(limit: Option<Located<i64>>, report: &mut Report) -> Option<NonZeroU32> {
    let Some(Located { value, span }) = limit else {
        return Some(defaults::LIMIT.starts);
    };
    let Ok(starts) = u32::try_from(value) else {
        report.push(
            Diagnostic::error(span, "`restart.limit` must be from 0 to 4294967295")
                .help("0 means: never give up"),
        );
        return Some(defaults::LIMIT.starts);
    };
    NonZeroU32::new(starts)
}

fn refuse_zero(written: Option<Located<DurationText>>, name: &str, report: &mut Report) {
    if let Some(Located { value, span }) = written
        && value.0.is_zero()
    {
        report.push(
            Diagnostic::error(span, format!("`restart.{name}` cannot be zero"))
                .help("to never give up, write limit = 0"),
        );
    }
}

fn factor(written: Option<Located<f64>>, report: &mut Report) -> f64 {
    let range = 1.0..=f64::MAX;
    let written = written.filter(|factor| {
        let valid = range.contains(&factor.value);
        if !valid {
            report.push(
                Diagnostic::error(factor.span, "`restart.factor` must be at least 1")
                    .help("1 keeps the delay as it is, 2 doubles it each time"),
            );
        }
        valid
    });
    written.map_or(defaults::RESTART.backoff.factor, |factor| factor.value)
}

fn jitter(written: Option<Located<f64>>, report: &mut Report) -> f64 {
    let range = 0.0..=1.0;
    let written = written.filter(|jitter| {
        let valid = range.contains(&jitter.value);
        if !valid {
            report.push(
                Diagnostic::error(jitter.span, "`restart.jitter` must be from 0 to 1")
                    .help("0.1 makes a delay up to a tenth longer"),
            );
        }
        valid
    });
    written.map_or(defaults::RESTART.backoff.jitter, |jitter| jitter.value)
}
