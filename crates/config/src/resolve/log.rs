//! `log`: defaults, and sizes that must fit each other.

use outlast_model::service::{Capture, LogPolicy};

use crate::defaults;
use crate::diagnostic::Diagnostic;
use crate::file::{LogKeys, LogSetting, MaxAge};
use crate::report::Report;
use crate::source::Located;

pub(super) fn resolve(setting: Option<&Located<LogSetting>>, report: &mut Report) -> LogPolicy {
    match setting.map(|setting| &setting.value) {
        None | Some(LogSetting::Switch(true)) => defaults::LOG,
        Some(LogSetting::Switch(false)) => LogPolicy::Discard,
        Some(LogSetting::Word(_)) => LogPolicy::Inherit,
        Some(LogSetting::Table(keys)) => LogPolicy::Capture(capture(keys, report)),
    }
}

fn capture(keys: &LogKeys, report: &mut Report) -> Capture {
    let standard = defaults::CAPTURE;
    check(keys, report);
    let keep = keys.keep.map_or(standard.keep, |keep| keep.value.0);
    Capture {
        // Only a default gives way here: two that were written were compared.
        rotate: keys
            .rotate
            .map_or(standard.rotate, |rotate| rotate.value.0)
            .min(keep),
        keep,
        max_age: match keys.max_age.map(|age| age.value) {
            None => standard.max_age,
            Some(MaxAge::Any) => None,
            Some(MaxAge::AtMost(age)) => Some(age.0),
        },
        max_block: keys
            .max_block
            .map_or(standard.max_block, |block| block.value.0),
    }
}

fn check(keys: &LogKeys, report: &mut Report) {
    if let Some(keep) = keys.keep
        && keep.value.0 < defaults::LEAST_KEEP
    {
        report.push(
            Diagnostic::error(keep.span, "`log.keep` must be at least 64KiB")
                .help("to keep nothing, write log = false"),
        );
    }
    if let Some(Located { value, span }) = keys.rotate
        && value.0 == 0
    {
        report.push(
            Diagnostic::error(span, "`log.rotate` cannot be zero")
                .help("remove it: the default is 16MiB"),
        );
    }
    if let Some(Located { value, span }) = keys.max_age
        && matches!(value, MaxAge::AtMost(age) if age.0.is_zero())
    {
        report.push(
            Diagnostic::error(span, "`log.max_age` cannot be zero")
                .help("write false if age is no reason to delete, or log = false to keep nothing"),
        );
    }
    check_rotate_fits(keys, report);
}

fn check_rotate_fits(keys: &LogKeys, report: &mut Report) {
    let Some(rotate) = keys.rotate else { return };
    let keep = keys
        .keep
        .map_or(defaults::CAPTURE.keep, |keep| keep.value.0);
    if rotate.value.0 <= keep {
        return;
    }
    let mut diagnostic = Diagnostic::error(rotate.span, "`log.rotate` is larger than `log.keep`");
    diagnostic = match keys.keep {
        Some(keep) => diagnostic
            .also(keep.span, "all that is kept")
            .help("raise the one or lower the other"),
        None => diagnostic.help("the default of `keep` is 256MiB; raise it as well"),
    };
    report.push(diagnostic);
}
