//! `stop`: from its three spellings to a sequence.

use std::time::Duration;

use outlast_model::service::{Ask, StopSequence, StopStep};

use crate::defaults;
use crate::diagnostic::Diagnostic;
use crate::file::{ConsoleWord, StepKeys, StepSetting, StopKeys, StopSetting, WindowWord};
use crate::report::Report;
use crate::source::{Located, Span};

/// More steps than anyone has ways of asking.
const MAX_STEPS: usize = 16;

pub(super) fn resolve(
    setting: Option<&Located<StopSetting>>,
    standard: &StopSequence,
    report: &mut Report,
) -> StopSequence {
    let Some(Located { value, span }) = setting else {
        return standard.clone();
    };
    match value {
        StopSetting::Kill(_) => StopSequence { steps: Vec::new() },
        StopSetting::Simple(keys) => simple(*keys, standard),
        StopSetting::Sequence(steps) => sequence(steps, *span, report),
    }
}

fn simple(keys: StopKeys, standard: &StopSequence) -> StopSequence {
    let timeout = keys.timeout.map(|timeout| timeout.value.0);
    match (keys.signal, timeout) {
        (Some(signal), timeout) => StopSequence {
            steps: vec![StopStep {
                ask: Ask::Signal(signal.value.0),
                wait: timeout.unwrap_or(defaults::STOP_TIMEOUT),
            }],
        },
        (None, Some(timeout)) => shared(standard, timeout),
        (None, None) => standard.clone(),
    }
}

/// `standard` with its waits stretched or shrunk to take `timeout` altogether.
fn shared(standard: &StopSequence, timeout: Duration) -> StopSequence {
    let total: Duration = standard.steps.iter().map(|step| step.wait).sum();
    let share = |wait: Duration| {
        if total.is_zero() {
            timeout
        } else {
            timeout.mul_f64(wait.as_secs_f64() / total.as_secs_f64())
        }
    };
    let steps = standard.steps.iter();
    StopSequence {
        steps: steps
            .map(|step| StopStep {
                ask: step.ask,
                wait: share(step.wait),
            })
            .collect(),
    }
}

fn sequence(steps: &[Located<StepSetting>], span: Span, report: &mut Report) -> StopSequence {
    if steps.len() > MAX_STEPS {
        let message = format!("a stop sequence has at most {MAX_STEPS} steps");
        report.push(Diagnostic::error(span, message));
    }
    let last = steps.len().saturating_sub(1);
    let mut resolved = Vec::new();
    for (index, Located { value, span }) in steps.iter().enumerate() {
        match value {
            StepSetting::Ask(keys) => resolved.extend(step(*keys, *span, report)),
            StepSetting::Kill(_) if index == last => {}
            StepSetting::Kill(_) => report.push(
                Diagnostic::error(*span, "after \"kill\" there is nobody left to ask")
                    .help("move it to the end"),
            ),
        }
    }
    StopSequence { steps: resolved }
}

fn step(keys: StepKeys, span: Span, report: &mut Report) -> Option<StopStep> {
    let signal = keys.signal.map(|signal| Ask::Signal(signal.value.0));
    let console = keys.console.map(|console| match console.value {
        ConsoleWord::CtrlC => Ask::CtrlC,
        ConsoleWord::CtrlBreak => Ask::CtrlBreak,
    });
    let window = keys.window.map(|window| match window.value {
        WindowWord::Close => Ask::CloseWindow,
    });
    let mut asks = [signal, console, window].into_iter().flatten();
    let (Some(ask), None) = (asks.next(), asks.next()) else {
        report.push(
            Diagnostic::error(span, "a step asks in exactly one way")
                .help("write one of `signal`, `console` and `window` in it, and the others as further steps"),
        );
        return None;
    };
    Some(StopStep {
        ask,
        wait: keys
            .wait
            .map_or(defaults::STOP_TIMEOUT, |wait| wait.value.0),
    })
}
